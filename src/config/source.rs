//! Where settings come from: the file, then the environment over it. Finds the known keys and names the unknown ones.

mod collected;
mod file;
mod service_links;
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::catalogue::Catalogue;
use super::problem::{ConfigErrors, Location};

pub(super) use collected::{Element, Raw, SettingEntry, Sources};
pub(super) use file::{SettingsFile, find, folder, one_line_list};

impl Sources {
    /// Fails when the file cannot be read as TOML: what else is wrong in it would be guesswork.
    pub(super) fn collect(
        catalogue: Catalogue,
        file: Option<SettingsFile>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigErrors> {
        let mut sources = Self::new(catalogue);
        if let Some(file) = file {
            file::read_into(&mut sources, &file)?;
        }
        variables::read_into(&mut sources, env);
        Ok(sources)
    }

    /// What a command needs of settings that may be wrong otherwise: of each group of keys in `wanted`, what the flags say,
    /// else what the environment says, else what can be read of the file. It is opened only if it is needed; beside the
    /// values stands what was wrong with it.
    pub(super) fn collect_wanted(
        catalogue: Catalogue,
        wanted: &[&[&'static str]],
        flags: impl Iterator<Item = Flag>,
        folder: PathBuf,
        env: impl Iterator<Item = (String, String)>,
        file: impl FnOnce() -> Result<Option<SettingsFile>, ConfigErrors>,
    ) -> (Self, Option<ConfigErrors>) {
        let mut sources = Self::new(catalogue);
        sources.base = folder;
        sources.entries = flags.map(Flag::into_entry).collect();
        let mut below = Self::new(catalogue);
        variables::read_into(&mut below, env);
        sources.add_missing(wanted, below.entries);
        let has = |keys: &&[&str]| keys.iter().any(|key| sources.entries.contains_key(key));
        if wanted.iter().all(has) {
            return (sources, None);
        }
        let mut below = Self::new(catalogue);
        let read = file().and_then(|file| file.map_or(Ok(()), |file| file::read_into(&mut below, &file)));
        sources.is_world_readable = below.is_world_readable;
        sources.add_missing(wanted, below.entries);
        (sources, read.err())
    }

    /// Takes over the entries of each group that there are none of yet.
    fn add_missing(&mut self, wanted: &[&[&'static str]], mut below: BTreeMap<&'static str, SettingEntry>) {
        for keys in wanted {
            if !keys.iter().any(|key| self.entries.contains_key(key)) {
                let found = keys.iter().filter_map(|key| below.remove_entry(key));
                self.entries.extend(found);
            }
        }
    }
}

/// A setting on the command line.
pub(super) struct Flag {
    pub(super) key: &'static str,
    /// As it is typed: `--ops`.
    pub(super) name: &'static str,
    pub(super) value: String,
}

impl Flag {
    fn into_entry(self) -> (&'static str, SettingEntry) {
        let entry = SettingEntry {
            raw: Raw::Untyped(self.value),
            location: Location::Flag(self.name),
        };
        (self.key, entry)
    }
}
