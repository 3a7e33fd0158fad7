//! Turns the events of `flow` into metrics and audit records.

use std::sync::Arc;

use super::audit::AuditRecord;
use crate::domain::factor::Factor;
use crate::flow::{AuditEvent, FlowObserver};
use crate::telemetry::Metrics;

/// Counts the outcomes of sign-ins, and records them.
#[derive(Debug)]
pub(super) struct Counter(pub(super) Arc<Metrics>, pub(super) AuditRecord);

impl FlowObserver for Counter {
    fn tried(&self, factor: Factor, result: &'static str) {
        self.0.attempt(factor.name(), result);
        if factor == Factor::Push {
            self.0.push(result);
        }
    }

    fn came_back(&self, result: &'static str) {
        self.0.okta_page(result);
    }

    fn throttled(&self, scope: &'static str) {
        self.0.throttled(scope);
    }

    fn revalidated(&self, result: &'static str) {
        self.0.token_refresh(result);
    }

    fn session_ended(&self, reason: &'static str) {
        self.0.session_ended(reason);
    }

    fn portal_told(&self, result: &'static str) {
        self.0.portal_told(result);
    }

    fn redirect_refused(&self) {
        self.0.redirect_refused();
    }

    fn okta_held_back(&self, is_held_back: bool) {
        self.0.set_okta_circuit_open(is_held_back);
    }

    fn is_audited(&self) -> bool {
        self.1.is_on()
    }

    fn must_refuse(&self) -> bool {
        self.1.must_refuse()
    }

    fn audited(&self, event: AuditEvent) {
        self.1.record(event);
    }
}
