//! The argument that names the settings file.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(super) struct ConfigFile {
    /// Settings file. Default: `portico.toml`, else `/etc/portico/portico.toml`.
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}
