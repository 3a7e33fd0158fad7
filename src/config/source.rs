//! Where settings come from: the file, then the environment over it. Finds the known keys and names the unknown ones.

mod file;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::problem::{ConfigErrors, ConfigProblem, Location};
use super::{key, likeness};

pub(super) use file::{SettingsFile, find};

/// Values by key, not yet checked. Has no `Debug`: secrets are among them.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) entries: BTreeMap<&'static str, SettingEntry>,
    pub(super) problems: Vec<ConfigProblem>,
    /// What relative paths are relative to.
    pub(super) base: PathBuf,
    /// Whether everyone on this machine may read the settings file.
    pub(super) is_world_readable: bool,
}

/// A value and where it stands.
pub(super) struct SettingEntry {
    pub(super) raw: Raw,
    pub(super) location: Location,
}

/// A value as written.
pub(super) enum Raw {
    Text(String),
    /// As written in the environment, or as a default: the kind of the key decides what it is.
    Untyped(String),
    Number(String),
    Flag(bool),
    List(Vec<Raw>),
    /// A list of tables.
    Tables(Vec<toml::Value>),
    /// A TOML type that no setting takes, by its name.
    Other(&'static str),
}

impl SettingEntry {
    pub(super) fn is_from_variable(&self) -> bool {
        matches!(self.location, Location::Variable(_))
    }
}

impl Sources {
    /// Fails when the file cannot be read as TOML: what else is wrong in it would be guesswork.
    pub(super) fn collect(
        file: Option<SettingsFile>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut sources = Self::default();
        if let Some(file) = file {
            file::read_into(&mut sources, &file)?;
        }
        variables::read_into(&mut sources, env);
        Ok(sources)
    }

    /// Whatever can be read, for a command that needs a few values of a file whose others may be wrong.
    pub(super) fn collect_readable(file: Option<SettingsFile>, env: impl Iterator<Item = (String, String)>) -> Self {
        let mut sources = Self::default();
        if let Some(file) = file {
            // OK to ignore: the running service uses the settings that it started with.
            let _ = file::read_into(&mut sources, &file);
        }
        variables::read_into(&mut sources, env);
        sources.problems.clear();
        sources
    }
}

/// The known key that `path` was probably meant to be.
fn closest(path: &str) -> Option<&'static str> {
    let name = path.rsplit('.').next().unwrap_or(path);
    let elsewhere = key::all().find(|key| key.name() == name).map(|key| key.path);
    elsewhere.or_else(|| likeness::closest(path, key::all().map(|key| key.path), 0.7))
}
