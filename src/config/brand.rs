//! Settings that make the pages look like the company's own.

use std::fmt;
use std::path::{Path, PathBuf};

use super::key::{Key, SettingKind};
use super::reader::{Reader, Reported};
use super::value::{FromSetting, Value};

/// The company's look.
#[derive(Debug, Clone)]
pub struct BrandConfig {
    pub name: String,
    pub colour: Colour,
    pub logo: Option<BrandPicture>,
    /// For dark mode; `None`: `logo` is shown there too.
    pub logo_dark: Option<BrandPicture>,
    pub favicon: Option<BrandPicture>,
    /// Corner radius of buttons and fields.
    pub radius: CssLength,
    /// Font families that customers may have installed, best first; empty: the system's own font.
    pub font: Vec<String>,
}

/// An opaque sRGB colour. Shows as `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

/// A length that goes into the style sheet unchanged: a number of `rem` or `px`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CssLength(String);

/// A picture, read together with the settings.
#[derive(Clone, PartialEq, Eq)]
pub struct BrandPicture {
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Largest picture, in bytes: it is on the first page that a customer sees.
const PICTURE_LIMIT: u64 = 64 * 1024;

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "brand.name",
        SettingKind::Line,
        "Portico",
        "The company's name, next to the logo and in every page title.",
    ),
    Key::with_default(
        "brand.colour",
        SettingKind::Colour,
        "#2456c8",
        "The company's colour. The colours of buttons, links and focus rings are derived from it, for light and dark \
         mode, with sufficient contrast.",
    ),
    Key::optional(
        "brand.logo",
        SettingKind::File,
        "",
        "logo.svg",
        "Logo: svg, png or webp, at most 64 KiB.",
    ),
    Key::optional(
        "brand.logo_dark",
        SettingKind::File,
        "`brand.logo`",
        "logo-dark.svg",
        "Logo for dark mode: svg, png or webp, at most 64 KiB.",
    ),
    Key::optional(
        "brand.favicon",
        SettingKind::File,
        "",
        "favicon.ico",
        "Icon for the browser tab: ico, svg or png, at most 64 KiB.",
    ),
    Key::with_default(
        "brand.radius",
        SettingKind::Length,
        "0.75rem",
        "Corner radius of buttons and fields, in `rem` (0 to 2) or `px` (0 to 32).",
    ),
    Key::with_default(
        "brand.font",
        SettingKind::List(&SettingKind::Line),
        "",
        "Font families that customers have installed, best first. Empty: the system's own font. No fonts are \
         downloaded.",
    ),
];

impl BrandConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let name = reader.get("brand.name");
        let colour = reader.get("brand.colour");
        let logo = read_picture(reader, "brand.logo", &["svg", "png", "webp"]);
        let logo_dark = read_picture(reader, "brand.logo_dark", &["svg", "png", "webp"]);
        let favicon = read_picture(reader, "brand.favicon", &["ico", "svg", "png"]);
        let radius = reader.get("brand.radius");
        let font = reader.get::<Vec<String>>("brand.font");
        if let Ok(families) = &font
            && !families.iter().all(|family| is_family(family))
        {
            let rule = "may hold only letters, digits, blanks and - in a family name";
            reader.refuse("brand.font", rule, "font = [\"Inter\", \"Segoe UI\"]");
        }
        Ok(Self {
            name: name?,
            colour: colour?,
            logo: logo?,
            logo_dark: logo_dark?,
            favicon: favicon?,
            radius: radius?,
            font: font?,
        })
    }
}

/// Family names go into the style sheet, so they may hold nothing that has a meaning in CSS.
fn is_family(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-')
}

fn read_picture(reader: &mut Reader, path: &str, kinds: &[&str]) -> Result<Option<BrandPicture>, Reported> {
    let Some(file) = reader.get_optional::<PathBuf>(path)? else {
        return Ok(None);
    };
    let bytes = reader.file(path, &file, PICTURE_LIMIT)?;
    let ending = ending(&file);
    let Some(media_type) = media_type(&ending, &bytes).filter(|_| kinds.contains(&ending.as_str())) else {
        let rule = format!("is not a picture of these kinds: {}", kinds.join(", "));
        reader.refuse(path, &rule, "a file whose ending says what it is, such as logo.svg");
        return Err(Reported);
    };
    Ok(Some(BrandPicture { media_type, bytes }))
}

fn ending(file: &Path) -> String {
    file.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// The media type that the ending promises, if the content keeps the promise.
fn media_type(ending: &str, bytes: &[u8]) -> Option<&'static str> {
    let (media_type, is_real) = match ending {
        "svg" => ("image/svg+xml", bytes.windows(4).any(|window| window == b"<svg")),
        "png" => ("image/png", bytes.starts_with(b"\x89PNG\r\n\x1a\n")),
        "webp" => (
            "image/webp",
            bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        ),
        "ico" => ("image/x-icon", bytes.starts_with(&[0, 0, 1, 0])),
        _ => return None,
    };
    is_real.then_some(media_type)
}

impl FromSetting for Colour {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let malformed = || "is not a colour: write # and six hex digits".to_owned();
        let digits = value.text()?.strip_prefix('#').ok_or_else(malformed)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(malformed());
        }
        let all = u32::from_str_radix(digits, 16).map_err(|_| malformed())?;
        let [_, red, green, blue] = all.to_be_bytes();
        Ok(Self { red, green, blue })
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromSetting for CssLength {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        let malformed = || "is not a length: write a number of rem (0 to 2) or px (0 to 32)".to_owned();
        let (number, most) = text
            .strip_suffix("rem")
            .map(|number| (number, 2.0))
            .or_else(|| text.strip_suffix("px").map(|number| (number, 32.0)))
            .ok_or_else(malformed)?;
        let is_plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let size = number.parse::<f64>().map_err(|_| malformed())?;
        if !is_plain || size > most {
            return Err(malformed());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CssLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BrandPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture({}, {} bytes)", self.media_type, self.bytes.len())
    }
}
