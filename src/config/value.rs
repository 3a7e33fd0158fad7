//! Turns values as written into checked values.

mod many;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use jiff::SignedDuration;
use url::Url;

use super::key::SettingKind;
use super::source::Raw;
use super::urls;

pub(super) use many::Choice;

/// A value as written, with the kind that its key wants.
#[derive(Clone, Copy)]
pub(super) struct Value<'a> {
    pub(super) raw: &'a Raw,
    pub(super) kind: &'a SettingKind,
    /// What relative paths are relative to.
    pub(super) base: &'a Path,
}

/// Types of single values. The error is the broken rule, to be read after the key.
pub(super) trait FromSetting: Sized {
    fn from_setting(value: &Value<'_>) -> Result<Self, String>;
}

/// Types that settings can have: single values, and what is made of several, where several things can be wrong.
pub(super) trait FromEntry: Sized {
    fn from_entry(value: &Value<'_>) -> Result<Self, Vec<Fault>>;
}

impl<T: FromSetting> FromEntry for T {
    fn from_entry(value: &Value<'_>) -> Result<Self, Vec<Fault>> {
        Self::from_setting(value).map_err(|rule| vec![Fault::of_whole(rule)])
    }
}

/// One thing that is wrong with a setting.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The part that is wrong, to be read after the key: ", rule 2".
    pub(super) part: String,
    /// The line of that part, where it is known.
    pub(super) line: Option<usize>,
    /// The broken rule, to be read after the key and the part.
    pub(super) rule: String,
    /// What to write instead, where the rule knows better than the key.
    pub(super) fix: Option<String>,
}

impl Fault {
    pub(super) fn of_whole(rule: String) -> Self {
        Self {
            part: String::new(),
            line: None,
            rule,
            fix: None,
        }
    }
}

impl<'a> Value<'a> {
    /// The text, which is not empty and has no control characters and no blanks at its ends.
    pub(super) fn text(&self) -> Result<&'a str, String> {
        let text = match self.raw {
            Raw::Text(text) | Raw::Untyped(text) => text,
            Raw::Number(_) | Raw::Flag(_) => return Err("must be text in double quotes".to_owned()),
            Raw::List(_) => return Err("takes one value, not a list".to_owned()),
            Raw::Table(_) => return Err("cannot be a table".to_owned()),
            Raw::Other(what) => return Err(format!("cannot be {what}")),
        };
        if text.is_empty() {
            return Err("is empty".to_owned());
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            return Err("begins or ends with a blank, or has a line break in it".to_owned());
        }
        Ok(text)
    }
}

impl FromSetting for String {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        let rule = match value.kind {
            SettingKind::Word if !text.chars().all(|c| c.is_ascii_alphanumeric() || "_.-:".contains(c)) => {
                "may hold only letters, digits and _ . - :"
            }
            SettingKind::Filter if !is_filter(text) => "is not a log filter: write error, warn, info, debug or trace",
            _ if text.chars().count() > 200 => "is longer than 200 characters",
            _ => return Ok(text.to_owned()),
        };
        Err(rule.to_owned())
    }
}

/// Levels, or `part=level`, separated by commas.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| ["off", "error", "warn", "info", "debug", "trace"].contains(&word);
    let is_part = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_:".contains(c));
    text.split(',').all(|directive| {
        directive
            .split_once('=')
            .map_or(is_level(directive), |(part, level)| is_part(part) && is_level(level))
    })
}

impl FromSetting for bool {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        match value.raw {
            Raw::Flag(flag) => Ok(*flag),
            Raw::Untyped(text) if text == "true" => Ok(true),
            Raw::Untyped(text) if text == "false" => Ok(false),
            _ => Err("must be true or false, without quotes".to_owned()),
        }
    }
}

impl FromSetting for u32 {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let (Raw::Number(text) | Raw::Untyped(text)) = value.raw else {
            return Err("must be a whole number, without quotes".to_owned());
        };
        let digits = text.replace('_', "");
        let is_whole = digits
            .strip_prefix('-')
            .unwrap_or(&digits)
            .bytes()
            .all(|byte| byte.is_ascii_digit());
        if digits.is_empty() || !is_whole {
            return Err("must be a whole number".to_owned());
        }
        let (least, most) = if let SettingKind::Count(least, most) = value.kind {
            (*least, *most)
        } else {
            (0, Self::MAX)
        };
        let fits = digits
            .parse::<Self>()
            .ok()
            .filter(|number| (least..=most).contains(number));
        fits.ok_or_else(|| format!("must lie between {least} and {most}"))
    }
}

impl FromSetting for NonZeroU32 {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let number = u32::from_setting(value)?;
        Self::new(number).ok_or_else(|| "must not be 0".to_owned())
    }
}

impl FromSetting for Duration {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let malformed = "is not a duration: write a number with its unit, s, m, h or d, in quotes";
        let (Raw::Text(text) | Raw::Untyped(text)) = value.raw else {
            return Err(malformed.to_owned());
        };
        let signed = duration(text).ok_or_else(|| malformed.to_owned())?;
        let (least, most) = match value.kind {
            SettingKind::Duration(least, most) | SettingKind::DurationOrOff(least, most) => (*least, *most),
            _ => (0, u64::MAX),
        };
        let (least, most) = (Self::from_secs(least), Self::from_secs(most));
        let fits = Self::try_from(signed)
            .ok()
            .filter(|duration| (least..=most).contains(duration));
        fits.ok_or_else(|| {
            format!(
                "must lie between {} and {}",
                span(least.as_secs()),
                span(most.as_secs())
            )
        })
    }
}

/// jiff accepts no days here, since a calendar day may have 23 hours; a day in a setting has 24.
fn duration(text: &str) -> Option<SignedDuration> {
    if let Some(days) = text.strip_suffix('d') {
        let hours = days.parse::<i64>().ok()?.checked_mul(24)?;
        return SignedDuration::try_from_hours(hours);
    }
    text.parse().ok()
}

/// A duration, or `off`.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrOff(pub(super) Option<Duration>);

impl FromSetting for OrOff {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        if let Raw::Text(text) | Raw::Untyped(text) = value.raw
            && text == "off"
        {
            return Ok(Self(None));
        }
        Duration::from_setting(value)
            .map(|duration| Self(Some(duration)))
            .map_err(|rule| format!("{rule}, or \"off\""))
    }
}

/// Seconds in the largest unit that leaves nothing over: `12h`.
pub(super) fn span(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        _ if seconds > 86_400 && seconds.is_multiple_of(86_400) => {
            format!("{}d", seconds / 86_400)
        }
        _ if seconds.is_multiple_of(3600) => format!("{}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

impl FromSetting for SocketAddr {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let rule = "is not an address with a port: a name will not do, an IPv6 address needs brackets";
        value.text()?.parse().map_err(|_| rule.to_owned())
    }
}

impl FromSetting for IpNet {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        let address = text.parse::<std::net::IpAddr>().map(Self::from);
        let network = address.or_else(|_| text.parse::<Self>());
        network.map_err(|_| "is not an address or network like 10.0.0.0/8".to_owned())
    }
}

impl FromSetting for Url {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let SettingKind::Url(rule) = value.kind else {
            return Err("is not an address".to_owned());
        };
        urls::parse(value.text()?, *rule)
    }
}

impl FromSetting for PathBuf {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        Ok(value.base.join(value.text()?))
    }
}
