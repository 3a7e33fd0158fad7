//! Reads checked values by key and collects what is wrong.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::catalogue::Catalogue;
use super::key::{Key, SettingKind, WhenUnset};
use super::problem::{ConfigErrors, ConfigProblem, Location, Warning};
use super::source::{Raw, SettingEntry, Sources};
use super::value::{FromSetting, Value};

/// The values as collected, and the problems so far. Has no `Debug`: secrets are among the values.
pub(super) struct Reader {
    catalogue: Catalogue,
    entries: BTreeMap<&'static str, SettingEntry>,
    problems: Vec<ConfigProblem>,
    warnings: Vec<Warning>,
    base: PathBuf,
    pub(super) is_world_readable: bool,
}

/// There is no value; the reader has the problem, and the operator will be told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported;

impl Reader {
    pub(super) fn new(sources: Sources) -> Self {
        Self {
            catalogue: sources.catalogue,
            entries: sources.entries,
            problems: sources.problems,
            warnings: Vec::new(),
            base: sources.base,
            is_world_readable: sources.is_world_readable,
        }
    }

    /// The value of a key that is required or has a default.
    pub(super) fn get<T: FromSetting>(&mut self, path: &str) -> Result<T, Reported> {
        if let Some(value) = self.get_optional(path)? {
            return Ok(value);
        }
        self.report(path, "is required and not set", None);
        Err(Reported)
    }

    /// The value of a key, else its default, else `None`.
    pub(super) fn get_optional<T: FromSetting>(&mut self, path: &str) -> Result<Option<T>, Reported> {
        let key = self.catalogue.find(path).ok_or(Reported)?;
        let preset = match key.preset {
            WhenUnset::Value(text) => Some(Raw::Untyped(text.to_owned())),
            WhenUnset::Required | WhenUnset::Absent(_) => None,
        };
        let Some(raw) = self.entries.get(path).map(|entry| &entry.raw).or(preset.as_ref()) else {
            return Ok(None);
        };
        match T::from_setting(&Value {
            raw,
            kind: &key.kind,
            base: &self.base,
        }) {
            Ok(value) => Ok(Some(value)),
            Err(rule) => {
                self.report(path, &rule, None);
                Err(Reported)
            }
        }
    }

    /// Whether the operator set the key.
    pub(super) fn is_set(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    pub(super) fn entry(&self, path: &str) -> Option<&SettingEntry> {
        self.entries.get(path)
    }

    /// The content of the file that the key names, up to `limit` bytes.
    pub(super) fn file(&mut self, path: &str, file: &Path, limit: u64) -> Result<Vec<u8>, Reported> {
        let rule = match read_up_to(file, limit) {
            Ok(bytes) if bytes.len() as u64 > limit => {
                format!("names a file larger than {} KiB", limit / 1024)
            }
            Ok(bytes) if bytes.is_empty() => "names an empty file".to_owned(),
            Ok(bytes) => return Ok(bytes),
            Err(error) => format!("names {}, which cannot be read: {error}", file.display()),
        };
        self.refuse(path, &rule, "the path of a file that this user may read");
        Err(Reported)
    }

    /// Reports that the value of the key breaks `rule` and what to do.
    pub(super) fn refuse(&mut self, path: &str, rule: &str, fix: &str) {
        self.report(path, rule, Some(fix));
    }

    pub(super) fn warn(&mut self, path: &str, text: &str) {
        self.warnings.push(Warning::new(path, text));
    }

    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// Returns `whole` if there was no problem anywhere, else every problem.
    pub(super) fn finish<T>(self, whole: Result<T, Reported>) -> Result<T, ConfigErrors> {
        match whole {
            Ok(whole) if self.problems.is_empty() => Ok(whole),
            Ok(_) | Err(Reported) => Err(ConfigErrors {
                problems: self.problems,
            }),
        }
    }

    fn report(&mut self, path: &str, rule: &str, fix: Option<&str>) {
        let entry = self.entries.get(path);
        let key = self.catalogue.find(path);
        let location = entry.map_or(Location::Nowhere, |entry| entry.location.clone());
        let fix = fix.map(str::to_owned).or_else(|| key.map(|key| fix_of(key, &location)));
        self.problems.push(ConfigProblem {
            key: path.to_owned(),
            found: entry.zip(key).and_then(|(entry, key)| shown(key, &entry.raw)),
            location,
            rule: rule.to_owned(),
            fix: fix.unwrap_or_default(),
        });
    }
}

fn read_up_to(file: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::open(file)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// An example, written the way the setting is written at its location.
fn fix_of(key: &Key, location: &Location) -> String {
    match location {
        Location::Variable(name) => format!("{name}={}", key.example),
        Location::Line(..) | Location::File(_) => key.example_line(),
        Location::Nowhere if key.section().is_empty() => {
            format!("{}, or {}", key.example_line(), key.variable())
        }
        Location::Nowhere => format!(
            "{} under [{}], or {}",
            key.example_line(),
            key.section(),
            key.variable()
        ),
    }
}

/// The value as written, if it may be shown and is short enough to help. Addresses may hold a password before an `@`.
fn shown(key: &Key, raw: &Raw) -> Option<String> {
    let text = match raw {
        _ if key.is_secret() => return None,
        Raw::Text(text) | Raw::Untyped(text) => format!("{text:?}"),
        Raw::Number(text) => text.clone(),
        Raw::Flag(flag) => flag.to_string(),
        Raw::List(_) | Raw::Tables(_) | Raw::Other(_) => return None,
    };
    let may_hold_password = matches!(key.kind, SettingKind::Url(_)) && text.contains('@');
    (!may_hold_password && text.len() <= 120).then_some(text)
}
