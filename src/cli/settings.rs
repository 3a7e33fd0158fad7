//! Reading the settings for a command.

use std::path::Path;

use super::{Failure, complain};
use crate::config::{self, Config};

/// The settings of this machine; their problems, all at once, are the failure.
pub(super) fn load(path: Option<&Path>) -> Result<Config, Failure> {
    let config = config::load(path, variables())
        .map_err(|errors| Failure::Settings(format!("{errors}\n")))?;
    Ok(config)
}

/// Tells what is allowed but worth a second look.
pub(super) fn warn(config: &Config) {
    for warning in config.warnings() {
        complain(&format!("warning: {warning}\n"));
    }
}

/// The environment without what is no text: none of our variables is, and someone else's must not stop us.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
