//! `portico check`: the settings, offline.

use std::path::Path;

use anyhow::Context as _;

use super::{Failure, say, settings};
use crate::startup::Application;

/// Reads the settings and builds every part that needs no network, then says so.
pub(super) fn run(path: Option<&Path>) -> Result<(), Failure> {
    let config = settings::load(path)?;
    Application::rehearse(&config).context("the settings do not make a service")?;
    settings::warn(&config);
    say(&format!(
        "ok: the settings are fine; {} would serve the org {}\n",
        config.public_url, config.okta.org_url
    ))
}
