//! Turns the operator's one colour into the few that pages need, each legible on its background.

use std::fmt;

use palette::{Oklch, Srgb};

use crate::colour;

/// The style that the operator chose.
#[derive(Clone, Copy, Debug)]
pub struct BrandStyle<'a> {
    /// `#2159c9`; three or six digits.
    pub colour: &'a str,
    /// Corner radius of controls in rem, 0 to 2; 0.75 if none.
    pub radius_rem: Option<f32>,
    /// Font families, comma-separated; the system's own if none.
    pub font: Option<&'a str>,
}

impl Default for BrandStyle<'_> {
    fn default() -> Self {
        Self {
            colour: "#2159c9",
            radius_rem: None,
            font: None,
        }
    }
}

/// Why a style cannot be used. The message reads as part of a sentence about the settings key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrandError {
    /// Not `#rgb` or `#rrggbb`.
    Colour,
    /// Not between 0 and 2.
    Radius,
    /// Characters that no font name has.
    Font,
}

impl fmt::Display for BrandError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Colour => "a colour is written #rgb or #rrggbb, for example #2159c9",
            Self::Radius => "a radius is a number of rem between 0 and 2, for example 0.75",
            Self::Font => "a font is a list of names, for example Inter, Source Sans 3, sans-serif",
        })
    }
}

impl std::error::Error for BrandError {}

/// The text of `/brand.css`: custom properties that `20-tokens.css` reads, and nothing else.
pub fn brand_css(style: &BrandStyle<'_>) -> Result<String, BrandError> {
    let palette = Palette::of(colour::parse(style.colour).ok_or(BrandError::Colour)?);
    let mut lines = vec![
        format!("--brand-hue: {:.1};", palette.hue),
        format!("--brand-tint: {:.2};", palette.tint),
        format!("--brand-light: {};", colour::hex(palette.light)),
        format!("--brand-on-light: {};", colour::hex(palette.on_light)),
        format!("--brand-dark: {};", colour::hex(palette.dark)),
        format!("--brand-on-dark: {};", colour::hex(palette.on_dark)),
    ];
    if let Some(radius) = style.radius_rem {
        lines.push(format!("--brand-radius: {}rem;", checked_radius(radius)?));
    }
    if let Some(font) = style.font {
        lines.push(format!("--brand-font: {};", checked_font(font)?));
    }
    Ok(format!(
        "@layer brand {{\n  :root {{\n    {}\n  }}\n}}\n",
        lines.join("\n    ")
    ))
}

/// The colours derived from the operator's one.
#[derive(Debug)]
struct Palette {
    hue: f32,
    /// How much of the hue the greys take on.
    tint: f32,
    light: Srgb<u8>,
    on_light: Srgb<u8>,
    dark: Srgb<u8>,
    on_dark: Srgb<u8>,
}

impl Palette {
    /// Measures against the background of `20-tokens.css` that is hardest to read on, `--tinted`: what is legible there
    /// is legible on all the others. A test keeps the two in step.
    fn of(brand: Oklch) -> Self {
        let hue = brand.hue;
        let tint = (brand.chroma / 0.08).min(1.0);
        let on_light = Srgb::new(255, 255, 255);
        let on_dark = colour::shown(Oklch::new(0.17, 0.03 * tint, hue));
        let pale = Oklch::new(brand.l.max(0.72), brand.chroma.min(0.15), hue);
        Self {
            hue: hue.into_positive_degrees(),
            tint,
            light: colour::darkened(brand, Oklch::new(0.94, 0.026 * tint, hue)),
            on_light,
            dark: colour::lightened(pale, Oklch::new(0.265, 0.03 * tint, hue)),
            on_dark,
        }
    }
}

fn checked_radius(radius: f32) -> Result<f32, BrandError> {
    if (0.0..=2.0).contains(&radius) {
        Ok(radius)
    } else {
        Err(BrandError::Radius)
    }
}

/// Quotes each name, so that no other CSS can stand in its place.
fn checked_font(font: &str) -> Result<String, BrandError> {
    let names: Vec<String> = font.split(',').map(checked_name).collect::<Result<_, _>>()?;
    Ok(names.join(", "))
}

fn checked_name(name: &str) -> Result<String, BrandError> {
    const GENERIC: [&str; 6] = [
        "system-ui",
        "sans-serif",
        "serif",
        "monospace",
        "ui-sans-serif",
        "ui-rounded",
    ];
    let name = name.trim().trim_matches(['"', '\'']);
    let is_plain = |letter: char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_' | '.' | '+' | '&');
    match name {
        "" => Err(BrandError::Font),
        generic if GENERIC.contains(&generic) => Ok(generic.to_owned()),
        name if name.chars().all(is_plain) => Ok(format!("\"{name}\"")),
        _ => Err(BrandError::Font),
    }
}

#[cfg(test)]
mod tests;
