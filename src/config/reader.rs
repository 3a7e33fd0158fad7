//! Reads checked values by key and collects what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::bounded_file::read_up_to;
use super::catalogue::Catalogue;
use super::key::{Key, SettingKind};
use super::likeness;
use super::problem::{ConfigErrors, ConfigProblem, Location, Warning};
use super::record;
use super::record::Record;
use super::source::{Raw, SettingEntry, Sources};
use super::urls;
use super::value::{Fault, FromEntry, Value};

/// The values as collected, and the problems so far. Has no `Debug`: secrets are among the values.
pub(super) struct Reader {
    catalogue: Catalogue,
    entries: BTreeMap<&'static str, SettingEntry>,
    problems: Vec<ConfigProblem>,
    warnings: Vec<Warning>,
    base: PathBuf,
    /// Hashes of the contents of files, by the keys that name them.
    contents: BTreeMap<String, u64>,
    /// The settings file, if there is one.
    file: Option<PathBuf>,
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
            contents: BTreeMap::new(),
            file: sources.file,
            is_world_readable: sources.is_world_readable,
        }
    }

    /// The value of a key that is required or has a default.
    pub(super) fn get<T: FromEntry>(&mut self, path: &str) -> Result<T, Reported> {
        if let Some(value) = self.get_optional(path)? {
            return Ok(value);
        }
        self.report(path, Fault::of_whole("is required and not set".to_owned()));
        Err(Reported)
    }

    /// The value of a key, else its default, else `None`.
    pub(super) fn get_optional<T: FromEntry>(&mut self, path: &str) -> Result<Option<T>, Reported> {
        let key = self.catalogue.find(path).ok_or(Reported)?;
        let preset = Raw::preset(key);
        let Some(raw) = self.entries.get(path).map(|entry| &entry.raw).or(preset.as_ref()) else {
            return Ok(None);
        };
        match T::from_entry(&Value {
            raw,
            kind: &key.kind,
            base: &self.base,
        }) {
            Ok(value) => Ok(Some(value)),
            Err(faults) => {
                self.refuse_parts(path, faults);
                Err(Reported)
            }
        }
    }

    /// The value of a key if it is a good one; reports nothing. For rules that compare keys: what else is wrong in the
    /// sections of these keys must not hide a broken rule.
    pub(super) fn peek<T: FromEntry>(&self, path: &str) -> Option<T> {
        let key = self.catalogue.find(path)?;
        let preset = Raw::preset(key);
        let raw = self.entries.get(path).map(|entry| &entry.raw).or(preset.as_ref())?;
        let read = T::from_entry(&Value {
            raw,
            kind: &key.kind,
            base: &self.base,
        });
        read.ok()
    }

    /// Whether the operator set the key.
    pub(super) fn is_set(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    /// Whether the operator set the key to its example.
    pub(super) fn is_example(&self, path: &str) -> bool {
        let example = self.catalogue.find(path).map(|key| key.example);
        let written = self.entries.get(path).and_then(|entry| match &entry.raw {
            Raw::Text(text) | Raw::Untyped(text) => Some(text.trim_end_matches('/')),
            _ => None,
        });
        written.is_some() && written == example
    }

    pub(super) fn entry(&self, path: &str) -> Option<&SettingEntry> {
        self.entries.get(path)
    }

    /// Takes the value of the key back, and what was wrong with it.
    pub(super) fn unset(&mut self, path: &str) {
        self.entries.remove(path);
        self.problems.retain(|problem| problem.key != path);
    }

    /// The content of the file that the key names, up to `limit` bytes.
    pub(super) fn file(&mut self, path: &str, file: &Path, limit: u64) -> Result<Vec<u8>, Reported> {
        let key = self.catalogue.find(path);
        let is_secret_file = key.is_some_and(|key| matches!(key.kind, SettingKind::SecretFile));
        let rule = match read_up_to(file, limit).map(|(_, bytes)| bytes) {
            Ok(bytes) if bytes.len() as u64 > limit => {
                format!("names a file larger than {} KiB", limit / 1024)
            }
            Ok(bytes) if bytes.is_empty() => "names an empty file".to_owned(),
            Ok(bytes) => {
                self.contents.insert(path.to_owned(), record::of_content(&bytes));
                return Ok(bytes);
            }
            // What should be the path of a secret's file may be the secret itself.
            Err(error) if is_secret_file => format!("names a file that cannot be read: {error}"),
            Err(error) => format!("names {}, which cannot be read: {error}", file.display()),
        };
        self.refuse(path, &rule, "the path of a file that this user may read");
        Err(Reported)
    }

    /// Reports that the value of the key breaks `rule` and what to do.
    pub(super) fn refuse(&mut self, path: &str, rule: &str, fix: &str) {
        let fault = Fault::of_whole(rule.to_owned());
        self.report(
            path,
            Fault {
                fix: Some(fix.to_owned()),
                ..fault
            },
        );
    }

    /// Reports each of these faults of a key.
    pub(super) fn refuse_parts(&mut self, path: &str, faults: Vec<Fault>) {
        for fault in faults {
            self.report(path, fault);
        }
    }

    pub(super) fn warn(&mut self, path: &str, text: &str) {
        self.warnings.push(Warning::new(path, text));
    }

    pub(super) fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// What every key was set to.
    pub(super) fn record(&self) -> Record {
        Record::new(self.catalogue, &self.entries, &self.contents, self.file.clone())
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

    fn report(&mut self, path: &str, fault: Fault) {
        // A secret may come from the file that its sibling key names.
        let sibling = format!("{path}_file");
        let is_from_file = !self.is_set(path) && self.is_set(&sibling);
        let path = if is_from_file { &sibling } else { path };
        let entry = self.entries.get(path);
        let key = self.catalogue.find(path);
        let Fault { part, line, rule, fix } = fault;
        let location = match (entry.map(|entry| entry.location.clone()), line) {
            (Some(Location::Line(file, _)), Some(line)) => Location::Line(file, line),
            (Some(location), _) => location,
            (None, _) => Location::Nowhere,
        };
        let fix = fix.or_else(|| key.map(|key| fix_of(key, &location, entry.map(|entry| &entry.raw))));
        self.problems.push(ConfigProblem {
            key: format!("{path}{part}"),
            found: entry.zip(key).and_then(|(entry, key)| record::shown(key, &entry.raw)),
            location,
            rule,
            fix: fix.unwrap_or_default(),
        });
    }
}

/// A value that would be accepted, written the way the setting is written at its location: what was probably meant,
/// else the example of the key.
fn fix_of(key: &Key, location: &Location, found: Option<&Raw>) -> String {
    let text = match found {
        Some(Raw::Text(text) | Raw::Untyped(text)) => text.as_str(),
        _ => "",
    };
    let meant = match &key.kind {
        SettingKind::Choice(names) => {
            likeness::closest(text, names.iter().copied(), likeness::ENOUGH).map(str::to_owned)
        }
        SettingKind::Url(rule) => urls::corrected(text, *rule),
        _ => None,
    };
    let examples = match (&meant, &key.kind) {
        (Some(text), _) => vec![text.as_str()],
        (None, SettingKind::Flag) => vec!["true", "false"],
        (None, _) => vec![key.example],
    };
    let variable = || {
        let values = examples.iter().map(|example| format!("{}={example}", key.variable()));
        values.collect::<Vec<_>>().join(", or ")
    };
    let line = || {
        let lines = examples.iter().map(|example| key.line(example));
        lines.collect::<Vec<_>>().join(", or ")
    };
    match location {
        Location::Variable(_) => variable(),
        Location::Flag(name) => format!("{name} {}", key.example),
        Location::Line(..) | Location::File(_) => line(),
        Location::Nowhere if key.section().is_empty() => {
            format!("{}, or {}", line(), key.variable())
        }
        Location::Nowhere => format!("{} under [{}], or {}", line(), key.section(), key.variable()),
    }
}
