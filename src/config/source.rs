//! Where settings come from: the file, then the environment over it. Finds the known keys and names the unknown ones.

mod collected;
mod file;
mod variables;

use super::catalogue::Catalogue;
use super::problem::ConfigErrors;

pub(super) use collected::{Element, Raw, SettingEntry, Sources};
pub(super) use file::{SettingsFile, find, one_line_list};

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

    /// Whatever can be read, for a command that needs a few values of a file whose others may be wrong.
    pub(super) fn collect_readable(
        catalogue: Catalogue,
        file: Option<SettingsFile>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Self {
        let mut sources = Self::new(catalogue);
        if let Some(file) = file {
            // OK to ignore: the running service uses the settings that it started with.
            let _ = file::read_into(&mut sources, &file);
        }
        variables::read_into(&mut sources, env);
        sources.problems.clear();
        sources
    }
}
