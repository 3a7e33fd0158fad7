//! Reads the settings of a running service again, and says in the log what came of it.

use std::path::PathBuf;

use super::settings;
use crate::config::{Config, SettingChange};
use crate::startup::{ReloadHandle, warnings};

/// The settings in use, and where they come from.
#[derive(Debug)]
pub(super) struct Reload {
    pub(super) path: Option<PathBuf>,
    pub(super) current: Config,
    pub(super) service: ReloadHandle,
}

impl Reload {
    /// Uses what has changed, if the settings are right as a whole; else nothing.
    pub(super) fn run(&mut self) {
        self.service.reopen_audit();
        let reloaded = match settings::reload(&self.current, self.path.as_deref()) {
            Ok(reloaded) => reloaded,
            Err(errors) => {
                for problem in &errors.problems {
                    tracing::error!(%problem, "the settings have a problem");
                }
                tracing::error!("the settings were not reloaded; those in use stay");
                return;
            }
        };
        let (waiting, live): (Vec<SettingChange>, Vec<_>) =
            reloaded.changes.into_iter().partition(|change| change.needs_restart);
        for change in &waiting {
            tracing::warn!(key = change.key, "{change}");
        }
        match reloaded.config {
            _ if live.is_empty() => tracing::info!("the settings were read again; nothing changes"),
            None => tracing::error!("nothing was reloaded: the other changes make no sense before the restart"),
            Some(config) => self.change(config, &live),
        }
    }

    fn change(&mut self, config: Config, changes: &[SettingChange]) {
        if let Err(error) = self.service.change(&config, changes) {
            let error = anyhow::Error::new(error);
            tracing::error!(
                error = format!("{error:#}"),
                "the settings were not reloaded; those in use stay"
            );
            return;
        }
        for change in changes {
            tracing::info!(key = change.key, "{change}");
        }
        for warning in warnings(&config) {
            tracing::warn!(%warning, "check this setting");
        }
        tracing::info!(changes = changes.len(), "the settings were reloaded");
        self.current = config;
    }
}
