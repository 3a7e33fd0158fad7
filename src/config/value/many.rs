//! Lists, and values that are one of a few names.

use super::{FromSetting, Value};
use crate::config::key::{SettingKind, items};
use crate::config::likeness;
use crate::config::source::Raw;

/// Types with a few named values.
pub(in crate::config) trait Choice: Copy + 'static {
    const CHOICES: &'static [(&'static str, Self)];
}

impl<T: FromSetting> FromSetting for Vec<T> {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let SettingKind::List(kind) = value.kind else {
            return Err("is not a list".to_owned());
        };
        let of_variable: Vec<Raw>;
        let raws = match value.raw {
            Raw::List(raws) => raws,
            Raw::Untyped(text) => {
                of_variable = items(text).map(|item| Raw::Untyped(item.to_owned())).collect();
                &of_variable
            }
            _ => return Err("must be a list in brackets".to_owned()),
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut read = Self::new();
        let mut rules: Vec<String> = Vec::new();
        for raw in raws {
            let item = Value {
                raw,
                kind,
                base: value.base,
            };
            let text = item.text().unwrap_or_default();
            match T::from_setting(&item) {
                Ok(_) if seen.contains(&text) => rules.push(format!("holds \"{text}\" twice")),
                Ok(item) => read.push(item),
                Err(rule) => rules.push(format!("holds \"{text}\", which {rule}")),
            }
            seen.push(text);
        }
        if rules.is_empty() {
            Ok(read)
        } else {
            Err(rules.join("; "))
        }
    }
}

impl<T: Choice> FromSetting for T {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        // The key may allow fewer choices than the type has.
        let allowed = |name: &str| !matches!(value.kind, SettingKind::Choice(names) if !names.contains(&name));
        let mut choices = T::CHOICES.iter().filter(|(name, _)| allowed(name));
        if let Some((_, choice)) = choices.clone().find(|(name, _)| *name == text) {
            return Ok(*choice);
        }
        let names = choices.clone().map(|(name, _)| *name);
        if let Some(name) = likeness::closest(text, names, 0.6) {
            return Err(format!("is not one of the choices; did you mean \"{name}\"?"));
        }
        let first = choices
            .next()
            .map_or_else(String::new, |(name, _)| format!("\"{name}\""));
        let names = choices.fold(first, |names, (name, _)| format!("{names}, \"{name}\""));
        Err(format!("is not one of {names}"))
    }
}
