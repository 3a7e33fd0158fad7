//! Reading the settings for a command.

use std::path::Path;

use super::{Failure, complain};
use crate::config::{self, Config};

/// The settings of this machine; their problems, all at once, are the failure.
pub(super) fn load(path: Option<&Path>) -> Result<Config, Failure> {
    let config = config::load(path, std::env::vars())
        .map_err(|errors| Failure::Settings(format!("{errors}\n")))?;
    Ok(config)
}

/// Tells what is allowed but worth a second look.
pub(super) fn warn(config: &Config) {
    for warning in config.warnings() {
        complain(&format!("warning: {warning}\n"));
    }
}
