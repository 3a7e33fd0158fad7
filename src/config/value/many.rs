//! Lists, and values that are one of a few names.

use super::{Fault, FromEntry, FromSetting, Value};
use crate::config::key::{SettingKind, items};
use crate::config::likeness;
use crate::config::source::{Element, Raw};

/// Types with a few named values.
pub(in crate::config) trait Choice: Copy + 'static {
    const CHOICES: &'static [(&'static str, Self)];
}

impl<T: FromSetting> FromEntry for Vec<T> {
    fn from_entry(value: &Value<'_>) -> Result<Self, Vec<Fault>> {
        let whole = |rule: &str| vec![Fault::of_whole(rule.to_owned())];
        let SettingKind::List(kind) = value.kind else {
            return Err(whole("is not a list"));
        };
        let of_variable: Vec<Element>;
        let parts = match value.raw {
            Raw::List(parts) => parts,
            Raw::Untyped(text) => {
                let raws = items(text).map(|item| Raw::Untyped(item.to_owned()));
                of_variable = raws.map(|raw| Element { raw, line: None }).collect();
                &of_variable
            }
            _ => return Err(whole("must be a list in brackets")),
        };
        let mut seen: Vec<&str> = Vec::new();
        let mut read = Self::new();
        let mut faults = Vec::new();
        for Element { raw, line } in parts {
            let item = Value {
                raw,
                kind,
                base: value.base,
            };
            let text = item.text().unwrap_or_default();
            let (rule, fix) = match T::from_setting(&item) {
                Ok(_) if seen.contains(&text) => {
                    (format!("holds \"{text}\" twice"), "leave one of the two out".to_owned())
                }
                Ok(item) => {
                    read.push(item);
                    seen.push(text);
                    continue;
                }
                Err(rule) if text.is_empty() || may_hold_a_password(kind, text) => {
                    (format!("holds an entry that {rule}"), instead(kind, text))
                }
                Err(rule) => (format!("holds \"{text}\", which {rule}"), instead(kind, text)),
            };
            let (part, line) = (String::new(), *line);
            faults.push(Fault {
                part,
                line,
                rule,
                fix: Some(fix),
            });
        }
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }
}

/// Whether an entry must not be quoted.
fn may_hold_a_password(kind: &SettingKind, text: &str) -> bool {
    matches!(kind, SettingKind::LogoutTarget) && text.contains(['@', '?'])
}

/// What to write instead of an entry of a list.
fn instead(kind: &SettingKind, text: &str) -> String {
    match kind {
        SettingKind::Choice(names) => match likeness::closest(text, names.iter().copied(), likeness::ENOUGH) {
            Some(name) => format!("write \"{name}\" there"),
            None => "write one of these names there, or leave the entry out".to_owned(),
        },
        SettingKind::Network => {
            "write an address such as \"10.0.0.7\" there, or a network such as \"10.0.0.0/8\"".to_owned()
        }
        SettingKind::LogoutTarget => {
            "write an address there, such as \"https://portal.example.com/back-channel-logout\"".to_owned()
        }
        SettingKind::Host => "write a host there, such as \"app.example.com\"".to_owned(),
        _ => "correct this entry, or leave it out".to_owned(),
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
        if let Some(name) = likeness::closest(text, names, likeness::ENOUGH) {
            return Err(format!("is not one of the choices; did you mean \"{name}\"?"));
        }
        let first = choices
            .next()
            .map_or_else(String::new, |(name, _)| format!("\"{name}\""));
        let names = choices.fold(first, |names, (name, _)| format!("{names}, \"{name}\""));
        Err(format!("is not one of {names}"))
    }
}
