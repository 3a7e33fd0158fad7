//! What a picture stands on.

use palette::{OklabHue, Oklch, Srgb};

use crate::colour;

/// The background of the card, as `20-tokens.css` has it for a grey brand: a brand's hue changes its contrast by next to
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    Light,
    Dark,
}

impl Surface {
    /// WCAG contrast, 1 to 21, of a colour of which `alpha` of 255 parts are seen on this background.
    pub fn contrast(self, [red, green, blue]: [u8; 3], alpha: u8) -> f32 {
        let background = self.colour();
        let seen = |over: u8, under: u8| {
            let (over, under, alpha) = (u32::from(over), u32::from(under), u32::from(alpha));
            u8::try_from((over * alpha + under * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        let shown = Srgb::new(
            seen(red, background.red),
            seen(green, background.green),
            seen(blue, background.blue),
        );
        colour::contrast(shown, background)
    }

    fn colour(self) -> Srgb<u8> {
        let lightness = match self {
            Self::Light => 1.0,
            Self::Dark => 0.205,
        };
        colour::shown(Oklch::new(lightness, 0.0, OklabHue::from_degrees(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_lost_on_a_light_card_and_black_on_a_dark_one() {
        assert!(Surface::Light.contrast([255; 3], 255) < 1.01);
        assert!(Surface::Light.contrast([0; 3], 255) > 20.0);
        assert!(Surface::Dark.contrast([20; 3], 255) < 1.1);
        assert!(Surface::Dark.contrast([255; 3], 255) > 15.0);
    }

    #[test]
    fn what_is_transparent_is_not_seen() {
        assert!(Surface::Light.contrast([0; 3], 0) < 1.01);
        let (half, whole) = (
            Surface::Light.contrast([0; 3], 128),
            Surface::Light.contrast([0; 3], 255),
        );
        assert!(half > 3.0 && half < whole, "{half}, {whole}");
    }
}
