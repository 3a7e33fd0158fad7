//! Gives a running service other settings.

use tokio::sync::watch;

use super::error::StartError;
use super::worker_state::Shared;
use crate::config::{Config, SettingChange};
use crate::flow::{AuditAct, AuditEvent};

/// A handle that gives a running service other settings.
#[derive(Debug, Clone)]
pub struct ReloadHandle(pub(super) watch::Sender<Shared>);

impl ReloadHandle {
    /// Makes the parts that `changes` concern anew, and uses them for every request from then on. Requests in progress
    /// go on with the former ones. Fails, and changes nothing, if there is no service with these settings.
    pub fn change(&self, config: &Config, changes: &[SettingChange]) -> Result<(), StartError> {
        let former = self.0.borrow().clone();
        let next = former.changed(config, changes)?;
        next.warm_up();
        let settings = changes.iter().map(|change| change.key).collect();
        next.audit.record(AuditEvent {
            settings,
            ..AuditEvent::new(AuditAct::SettingsReloaded)
        });
        self.0.send_replace(next);
        Ok(())
    }

    /// Opens the file of the audit record again, which may have been moved away.
    pub fn reopen_audit(&self) {
        self.0.borrow().audit.reopen();
    }
}
