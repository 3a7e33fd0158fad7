//! Whether the logo can be seen on the pages.

mod drawn;
mod pixels;
mod svg;

use drawn::Drawn;
use portico_views::Surface;

use crate::config::{BrandConfig, BrandPicture, Warning};

/// Below this contrast a picture is as good as not there. Far less than WCAG asks of what carries meaning: a logo may be pale.
const VISIBLE: f32 = 1.5;

/// The share of what a picture draws that must be visible, so that a shadow or the edge of a letter does not count.
const SHARE: f32 = 0.02;

/// The logos that vanish on their background.
pub(super) fn warnings(brand: &BrandConfig) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let Some(logo) = &brand.logo else {
        return warnings;
    };
    if vanishes(logo, Surface::Light) {
        let text = "is as light as the background of the pages, so nobody sees it: use a dark or coloured picture";
        warnings.push(Warning::new("brand.logo", text));
    }
    match &brand.logo_dark {
        Some(dark) if vanishes(dark, Surface::Dark) => {
            let text = "is as dark as the background of the pages in dark mode, so nobody sees it: use a light or coloured \
                        picture";
            warnings.push(Warning::new("brand.logo_dark", text));
        }
        None if vanishes(logo, Surface::Dark) => {
            let text = "is not set, and brand.logo is as dark as the background of the pages in dark mode: add a light \
                        or coloured picture for it";
            warnings.push(Warning::new("brand.logo_dark", text));
        }
        _ => {}
    }
    warnings
}

/// Says no where it cannot tell.
fn vanishes(picture: &BrandPicture, surface: Surface) -> bool {
    let drawn = match picture.media_type {
        "image/svg+xml" => svg::drawn(&picture.bytes),
        "image/png" => pixels::png(&picture.bytes),
        "image/webp" => pixels::webp(&picture.bytes),
        _ => None,
    };
    let Some(drawn) = drawn else {
        return false;
    };
    let amount = |is_counted: &dyn Fn(&Drawn) -> bool| {
        let counted = drawn.iter().filter(|drawn| is_counted(drawn));
        counted.map(|drawn| f64::from(drawn.amount)).sum::<f64>()
    };
    let all = amount(&|drawn| drawn.alpha > 0);
    let visible = amount(&|drawn| surface.contrast(drawn.colour, drawn.alpha) >= VISIBLE);
    visible < all * f64::from(SHARE) || all == 0.0
}

#[cfg(test)]
mod tests;
