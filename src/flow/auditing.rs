//! How operations reach the audit record.

use super::{AuditAct, AuditEvent, Flow, FlowError};

impl Flow {
    /// Puts an event into the audit record, if there is one.
    pub(in crate::flow) fn audit(&self, act: AuditAct, fill: impl FnOnce(&mut AuditEvent)) {
        let observer = &self.parts.observer;
        if observer.is_audited() {
            let mut event = AuditEvent::new(act);
            fill(&mut event);
            observer.audited(event);
        }
    }

    /// Fails while no sign-in may go on because the audit record cannot be written.
    pub(in crate::flow) fn check_audit(&self) -> Result<(), FlowError> {
        if self.parts.observer.must_refuse() {
            return Err(FlowError::Unaudited);
        }
        Ok(())
    }
}
