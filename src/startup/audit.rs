//! The audit record that the settings ask for.

use std::net::IpAddr;
use std::sync::Arc;

use super::error::StartError;
use super::this_build::THIS_BUILD;
use crate::clock::{Clock, Entropy};
use crate::config::{AuditAddress, AuditFull, AuditSetting, Config};
use crate::domain::network::network_name;
use crate::flow::AuditEvent;
use crate::session::secrets::AuditSigner;
use crate::session::secrets::keys::KeyRing;
use crate::telemetry::Metrics;
use crate::telemetry::audit::{Audit, AuditParts, AuditPlace};

/// The audit record, if there is one, and what the settings say about it.
#[derive(Debug, Clone)]
pub(super) struct AuditRecord {
    audit: Option<Audit>,
    full: AuditFull,
    address: AuditAddress,
}

impl AuditRecord {
    /// Without a record.
    pub(super) fn none(config: &Config) -> Self {
        Self {
            audit: None,
            full: config.ops.audit.full,
            address: config.ops.audit.address,
        }
    }

    /// Opens it.
    pub(super) fn open(
        config: &Config,
        ring: &KeyRing,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let place = match &config.ops.audit.place {
            AuditSetting::Off => return Ok(Self::none(config)),
            AuditSetting::Stderr => AuditPlace::Stderr,
            AuditSetting::File(path) => AuditPlace::File(path.clone()),
        };
        let parts = AuditParts {
            place,
            signer: AuditSigner::new(ring),
            build: THIS_BUILD,
            clock: Arc::clone(clock),
            entropy: Arc::clone(entropy),
            metrics: Arc::clone(metrics),
        };
        Ok(Self {
            audit: Some(Audit::open(parts).map_err(StartError::Audit)?),
            ..Self::none(config)
        })
    }

    pub(super) fn is_on(&self) -> bool {
        self.audit.is_some()
    }

    /// Whether sign-ins have to wait until it can be written.
    pub(super) fn must_refuse(&self) -> bool {
        self.full == AuditFull::Refuse && self.audit.as_ref().is_some_and(Audit::is_stuck)
    }

    pub(super) fn record(&self, event: AuditEvent) {
        if let Some(audit) = &self.audit {
            let address = event.origin.address.map(|address| self.shown(address));
            audit.record(event, address);
        }
    }

    fn shown(&self, address: IpAddr) -> String {
        match self.address {
            AuditAddress::Network => network_name(address),
            AuditAddress::Full => address.to_canonical().to_string(),
        }
    }

    pub(super) fn reopen(&self) {
        if let Some(audit) = &self.audit {
            audit.reopen();
        }
    }

    /// Writes what is left. Waits a few seconds at most.
    pub(super) async fn close(self) {
        // OK to ignore: a panic was logged where it happened.
        let _ = tokio::task::spawn_blocking(move || self.audit.as_ref().map(Audit::close)).await;
    }
}
