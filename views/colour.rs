//! Legible colours: the lightness changes until the contrast is enough; hue and character stay.

use palette::{
    FromColor, IsWithinBounds, Oklch, Srgb, color_difference::Wcag21RelativeContrast, convert::FromColorUnclamped,
};

/// The WCAG contrast that text needs.
pub(crate) const TEXT: f32 = 4.5;
/// How much the lightness changes at a time.
const STEP: f32 = 0.005;

/// Reads `#rgb` or `#rrggbb`.
pub(crate) fn parse(hex: &str) -> Option<Oklch> {
    let digits = hex.strip_prefix('#')?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || !matches!(digits.len(), 3 | 6) {
        return None;
    }
    let colour: Srgb<u8> = digits.parse().ok()?;
    Some(Oklch::from_color(colour.into_format::<f32>()))
}

/// Darkens the colour until it has the contrast to `background` that text needs.
pub(crate) fn darkened(colour: Oklch, background: Oklch) -> Srgb<u8> {
    moved(colour, background, -STEP)
}

/// The same, but lightens it.
pub(crate) fn lightened(colour: Oklch, background: Oklch) -> Srgb<u8> {
    moved(colour, background, STEP)
}

fn moved(mut colour: Oklch, background: Oklch, step: f32) -> Srgb<u8> {
    let background = shown(background);
    // Black and white end the search: one of them is always legible on a background that is nearly the other.
    while contrast(shown(colour), background) < TEXT && (0.0..=1.0).contains(&(colour.l + step)) {
        colour.l += step;
    }
    shown(colour)
}

/// The colour as a screen shows it: one that it cannot show becomes greyer but keeps its hue.
pub(crate) fn shown(mut colour: Oklch) -> Srgb<u8> {
    let mut rgb = Srgb::<f32>::from_color_unclamped(colour);
    while !rgb.is_within_bounds() && colour.chroma > 0.0 {
        colour.chroma = (colour.chroma - STEP).max(0.0);
        rgb = Srgb::from_color_unclamped(colour);
    }
    rgb.into_format()
}

/// WCAG contrast, 1 to 21.
pub(crate) fn contrast(one: Srgb<u8>, other: Srgb<u8>) -> f32 {
    one.into_format::<f32>().relative_contrast(other.into_format::<f32>())
}

/// `#rrggbb`.
pub(crate) fn hex(colour: Srgb<u8>) -> String {
    format!("#{colour:x}")
}
