//! Reads the settings for a command.

use std::path::Path;

use super::failure::CommandFailure;
use super::terminal::complain;
use crate::clock::{Clock as _, SystemClock};
use crate::config;
use crate::config::{Config, ConfigErrors, PrivateAddress, PrivatePort, PrivatePortFlags, Reloaded};
use crate::startup::warnings;

/// The settings of this machine. The failure holds all their problems at once.
pub(super) fn load(path: Option<&Path>) -> Result<Config, CommandFailure> {
    config::load(path, variables()).map_err(refused)
}

/// The same, or the problems; among them what else would keep the service from starting on this machine.
pub(super) fn check(path: Option<&Path>) -> Result<Config, ConfigErrors> {
    config::check(path, variables(), SystemClock.now())
}

/// The settings of this machine, read again.
pub(super) fn reload(current: &Config, path: Option<&Path>) -> Result<Reloaded, ConfigErrors> {
    config::reload(current, path, variables())
}

/// The address of the running service's private port; the rest of the settings may be wrong.
pub(super) fn private_address(flags: &PrivatePortFlags, path: Option<&Path>) -> Result<PrivateAddress, CommandFailure> {
    config::private_address(flags, path, variables()).map_err(refused)
}

/// The address of the private port, with the token that it asks for.
pub(super) fn private_port(flags: &PrivatePortFlags, path: Option<&Path>) -> Result<PrivatePort, CommandFailure> {
    config::private_port(flags, path, variables()).map_err(refused)
}

/// Prints a warning for each setting that is allowed but worth a second look.
pub(super) fn warn(config: &Config) {
    for warning in warnings(config) {
        complain(&format!("warning: {warning}\n"));
    }
}

/// As a failure of a command.
#[expect(clippy::needless_pass_by_value, reason = "it is the end of the errors")]
pub(super) fn refused(errors: ConfigErrors) -> CommandFailure {
    CommandFailure::Settings(format!("{errors}\n"))
}

/// The environment without variables that are not text: none of ours is like that, and somebody else's must not stop
/// us.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}
