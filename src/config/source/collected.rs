//! What the sources hold, as written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::catalogue::Catalogue;
use crate::config::problem::{ConfigProblem, Location};

/// Values by key, not yet checked. Has no `Debug`: secrets are among them.
pub(in crate::config) struct Sources {
    /// The keys that are looked for.
    pub(in crate::config) catalogue: Catalogue,
    pub(in crate::config) entries: BTreeMap<&'static str, SettingEntry>,
    pub(in crate::config) problems: Vec<ConfigProblem>,
    /// What relative paths are relative to.
    pub(in crate::config) base: PathBuf,
    /// Whether everyone on this machine may read the settings file.
    pub(in crate::config) is_world_readable: bool,
}

/// A value and where it stands.
pub(in crate::config) struct SettingEntry {
    pub(in crate::config) raw: Raw,
    pub(in crate::config) location: Location,
}

/// A value as written.
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
pub(in crate::config) struct Element {
    pub(in crate::config) raw: Raw,
    /// Its line in the settings file, from 1; `None` outside a file.
    pub(in crate::config) line: Option<usize>,
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
            is_world_readable: false,
        }
    }
}
