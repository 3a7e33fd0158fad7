use palette::IntoColor;

use super::*;
use crate::colour::{TEXT, contrast, shown};

const BRANDS: [&str; 14] = [
    "#2159c9", "#000000", "#ffffff", "#808080", "#ffe600", "#00ff00", "#ff0000", "#0000ff", "#e6007e", "#ff6a00",
    "#0b3d2e", "#c0ffee", "#7a1fa2", "#fff",
];

/// Lightness and chroma of every background that links and buttons stand on, as `20-tokens.css` has them.
const LIGHT: [(f32, f32); 3] = [(1.0, 0.0), (0.97, 0.01), (0.94, 0.026)];
const DARK: [(f32, f32); 3] = [(0.205, 0.015), (0.245, 0.018), (0.265, 0.03)];

fn palette_of(brand: &str) -> Palette {
    Palette::of(colour::parse(brand).unwrap())
}

#[test]
fn every_brand_can_be_read_on_every_background() {
    for brand in BRANDS {
        let palette = palette_of(brand);
        let hue = colour::parse(brand).unwrap().hue;
        let background = |(lightness, chroma)| shown(Oklch::new(lightness, chroma * palette.tint, hue));
        for place in LIGHT {
            let found = contrast(palette.light, background(place));
            assert!(found >= TEXT, "{brand} on light {place:?}: {found}");
        }
        for place in DARK {
            let found = contrast(palette.dark, background(place));
            assert!(found >= TEXT, "{brand} on dark {place:?}: {found}");
        }
        let (light, dark) = (
            shown(Oklch::new(0.968, 0.018, 20.0)),
            shown(Oklch::new(0.26, 0.055, 24.0)),
        );
        assert!(contrast(palette.light, light) >= TEXT, "{brand} in a summary");
        assert!(contrast(palette.dark, dark) >= TEXT, "{brand} in a dark summary");
    }
}

#[test]
fn every_button_can_be_read() {
    for brand in BRANDS {
        let palette = palette_of(brand);
        assert!(contrast(palette.on_light, palette.light) >= TEXT, "{brand}, light");
        assert!(contrast(palette.on_dark, palette.dark) >= TEXT, "{brand}, dark");
    }
}

#[test]
fn a_colour_that_reads_well_stays_as_it_is() {
    assert_eq!(colour::hex(palette_of("#2159c9").light), "#2159c9");
}

#[test]
fn a_grey_brand_leaves_the_greys_grey() {
    assert!(palette_of("#808080").tint < 0.01);
    assert!((palette_of("#2159c9").tint - 1.0).abs() < f32::EPSILON);
}

#[test]
fn the_hue_survives() {
    for brand in ["#ffe600", "#ff6a00", "#2159c9"] {
        let before: Oklch = colour::parse(brand).unwrap();
        let after: Oklch = palette_of(brand).light.into_format::<f32>().into_color();
        let apart = (before.hue - after.hue).into_degrees().abs();
        assert!(apart < 8.0, "{brand} moved by {apart} degrees: {before:?} {after:?}");
    }
}

#[test]
fn the_tokens_have_the_backgrounds_that_are_measured() {
    let tokens = include_str!("../../assets/css/20-tokens.css");
    for expected in [
        "--tinted: light-dark(oklch(94% calc(0.026 * var(--tint)) var(--hue)), oklch(26.5% calc(0.03 * var(--tint)) var(--hue)))",
        "--raised: light-dark(oklch(97% ",
        "--surface: light-dark(oklch(100% 0 0), oklch(20.5% ",
        "--danger-surface: light-dark(oklch(96.8% 0.018 20), oklch(26% 0.055 24))",
    ] {
        assert!(tokens.contains(expected), "{expected}");
    }
}

/// Foreground, background and the contrast that is required, as `20-tokens.css` has them.
const PLAIN: [(&str, [f32; 3], [f32; 3], f32); 8] = [
    ("muted", [0.46, 0.025, 262.0], [0.935, 0.019, 262.0], TEXT),
    ("muted, tinted", [0.46, 0.025, 262.0], [0.94, 0.026, 262.0], TEXT),
    ("muted, dark", [0.74, 0.016, 262.0], [0.265, 0.03, 262.0], TEXT),
    ("control", [0.64, 0.02, 262.0], [1.0, 0.0, 0.0], 3.0),
    ("control, dark", [0.53, 0.022, 262.0], [0.205, 0.015, 262.0], 3.0),
    ("danger", [0.48, 0.18, 27.0], [0.968, 0.018, 20.0], TEXT),
    ("danger, dark", [0.78, 0.12, 25.0], [0.26, 0.055, 24.0], TEXT),
    ("danger at a field", [0.48, 0.18, 27.0], [1.0, 0.0, 0.0], TEXT),
];

#[test]
fn plain_text_controls_and_refusals_can_be_seen() {
    let of = |[lightness, chroma, hue]: [f32; 3]| shown(Oklch::new(lightness, chroma, hue));
    for (name, front, back, least) in PLAIN {
        let found = contrast(of(front), of(back));
        assert!(found >= least, "{name}: {found}");
    }
}

#[test]
fn writes_what_the_tokens_read() {
    let style = BrandStyle {
        radius_rem: Some(0.5),
        font: Some("Inter, 'Source Sans 3', sans-serif"),
        ..BrandStyle::default()
    };
    insta::assert_snapshot!(brand_css(&style).unwrap());
}

#[test]
fn refuses_what_is_not_a_style() {
    let colour = |colour| {
        brand_css(&BrandStyle {
            colour,
            ..BrandStyle::default()
        })
    };
    for text in ["", "2159c9", "#2159c", "#2159c9ff", "#gggggg", "red", "#21;}", "#é9c"] {
        assert_eq!(colour(text), Err(BrandError::Colour), "{text}");
    }
    let font = |font| {
        brand_css(&BrandStyle {
            font: Some(font),
            ..BrandStyle::default()
        })
    };
    for text in ["", "Inter,", "a;b", "a}b", "url(x)", "a\"b", "a\\b", "a/*", "</style>"] {
        assert_eq!(font(text), Err(BrandError::Font), "{text}");
    }
    for radius in [-0.1, 2.1, f32::NAN, f32::INFINITY] {
        let style = BrandStyle {
            radius_rem: Some(radius),
            ..BrandStyle::default()
        };
        assert_eq!(brand_css(&style), Err(BrandError::Radius), "{radius}");
    }
}
