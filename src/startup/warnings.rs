//! What deserves a second look before the service runs with it.

use super::logo;
use crate::config::{Config, Warning};

/// What the settings say, and what the pictures look like that they name.
pub(crate) fn warnings(config: &Config) -> Vec<Warning> {
    let mut warnings = config.warnings();
    warnings.extend(logo::warnings(&config.brand));
    warnings
}
