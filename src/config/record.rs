//! What the settings were when they were read, to tell later ones apart from them. Holds no secret: of each value and of
//! each file that a key names, only a hash under a key of this process.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::sync::LazyLock;

use super::catalogue::Catalogue;
use super::key::{Key, SettingKind, WhenUnset};
use super::source::{Raw, SettingEntry};

static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The record of every key.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) keys: BTreeMap<&'static str, KeyRecord>,
    /// The settings file.
    pub(super) file: Option<PathBuf>,
    /// The values as written, without secrets, to go on with those that cannot be changed.
    pub(super) entries: BTreeMap<&'static str, SettingEntry>,
}

/// How a key was set.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyRecord {
    /// The value, in a form to compare.
    value: u64,
    /// The content of the file that it names.
    content: Option<u64>,
    /// The value as it may be shown.
    pub(super) shown: Option<String>,
}

impl Record {
    pub(super) fn new(
        catalogue: Catalogue,
        entries: &BTreeMap<&'static str, SettingEntry>,
        contents: &BTreeMap<String, u64>,
        file: Option<PathBuf>,
    ) -> Self {
        let record = |key: &'static Key| {
            let raw = entries.get(key.path).map(|entry| &entry.raw);
            let record = KeyRecord {
                value: value(key, raw),
                content: contents.get(key.path).copied(),
                shown: raw.map_or_else(|| default(key), |raw| shown(key, raw)),
            };
            (key.path, record)
        };
        let is_secret = |path: &str| catalogue.find(path).is_none_or(Key::is_secret);
        let entries = entries.iter().filter(|(path, _)| !is_secret(path));
        Self {
            keys: catalogue.all().map(record).collect(),
            file,
            entries: entries.map(|(path, entry)| (*path, entry.clone())).collect(),
        }
    }
}

impl KeyRecord {
    /// Whether it names a file.
    pub(super) fn has_content(&self) -> bool {
        self.content.is_some()
    }

    /// Whether both name the same file, with different contents.
    pub(super) fn has_other_content(&self, than: &Self) -> bool {
        self.value == than.value && self.content != than.content
    }
}

/// A hash of the content of a file.
pub(super) fn of_content(bytes: &[u8]) -> u64 {
    HASHES.hash_one(bytes)
}

/// A default that is written out is no change.
fn value(key: &Key, raw: Option<&Raw>) -> u64 {
    HASHES.hash_one(raw.or(Raw::preset(key).as_ref()).map(Raw::plain))
}

fn default(key: &Key) -> Option<String> {
    match key.preset {
        WhenUnset::Value(text) => Some(key.kind.literal(text)),
        WhenUnset::Required | WhenUnset::Absent(_) => None,
    }
}

/// The value as written, if it may be shown and is short enough to help. Addresses may hold a password before an `@` or
/// after a `?`.
pub(super) fn shown(key: &Key, raw: &Raw) -> Option<String> {
    let text = match raw {
        // Instead of the path of its file, somebody may have written the secret itself.
        _ if key.is_secret() || matches!(key.kind, SettingKind::SecretFile) => return None,
        Raw::Text(text) | Raw::Untyped(text) => format!("{text:?}"),
        Raw::Number(text) => text.clone(),
        Raw::Flag(flag) => flag.to_string(),
        Raw::List(_) | Raw::Table(_) | Raw::Other(_) => return None,
    };
    let may_hold_password = text.contains(['@', '?']);
    (!may_hold_password && text.len() <= 120).then_some(text)
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}
