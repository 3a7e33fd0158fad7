//! The argument that names the settings file.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// Settings file; without it `portico.toml`, then `/etc/portico/portico.toml`.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}
