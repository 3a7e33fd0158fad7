//! What the sources hold, as written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::catalogue::Catalogue;
use crate::config::key::{Key, WhenUnset};
use crate::config::problem::{ConfigProblem, Location};

/// Values by key, not yet checked. Has no `Debug`: secrets are among them.
#[derive(Clone)]
pub(in crate::config) struct Sources {
    /// The keys that are looked for.
    pub(in crate::config) catalogue: Catalogue,
    pub(in crate::config) entries: BTreeMap<&'static str, SettingEntry>,
    pub(in crate::config) problems: Vec<ConfigProblem>,
    /// What relative paths are relative to.
    pub(in crate::config) base: PathBuf,
    /// The settings file, if there is one.
    pub(in crate::config) file: Option<PathBuf>,
    /// Whether everyone on this machine may read the settings file.
    pub(in crate::config) is_world_readable: bool,
}

/// A value and where it stands.
#[derive(Clone)]
pub(in crate::config) struct SettingEntry {
    pub(in crate::config) raw: Raw,
    pub(in crate::config) location: Location,
}

/// A value as written.
#[derive(Clone)]
pub(in crate::config) enum Raw {
    Text(String),
    /// As written in the environment, or as a default: the kind of the key decides what it is.
    Untyped(String),
    Number(String),
    Flag(bool),
    List(Vec<Element>),
    /// Names and values, in the order written.
    Table(Vec<(String, Element)>),
    /// A TOML type that no setting takes, by its name.
    Other(&'static str),
}

/// A value inside a list or a table.
#[derive(Clone)]
pub(in crate::config) struct Element {
    pub(in crate::config) raw: Raw,
    /// Its line in the settings file, from 1; `None` outside a file.
    pub(in crate::config) line: Option<usize>,
}

impl Raw {
    /// The default of a key.
    pub(in crate::config) fn preset(key: &Key) -> Option<Self> {
        match key.preset {
            WhenUnset::Value(text) => Some(Self::Untyped(text.to_owned())),
            WhenUnset::Required | WhenUnset::Absent(_) => None,
        }
    }

    /// The value in a form to compare, whichever way it is written.
    pub(in crate::config) fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Untyped(text) | Self::Number(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(items) => items.iter().map(|item| item.raw.plain()).collect::<Vec<_>>().join(", "),
            Self::Table(entries) => {
                let entries = entries
                    .iter()
                    .map(|(name, value)| format!("{name} = {}", value.raw.plain()));
                format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
            }
            Self::Other(what) => (*what).to_owned(),
        }
    }
}

impl SettingEntry {
    pub(in crate::config) fn is_from_variable(&self) -> bool {
        matches!(self.location, Location::Variable(_))
    }
}

impl Sources {
    /// Nothing yet, of the keys in `catalogue`.
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self {
            catalogue,
            entries: BTreeMap::new(),
            problems: Vec::new(),
            base: PathBuf::new(),
            file: None,
            is_world_readable: false,
        }
    }
}
