//! The audit record and traces.

use super::series::ResultLabel;
use super::{DROPPED, Metrics, WRITTEN};

impl Metrics {
    /// Counts a record of the audit file that was written.
    pub fn audit_written(&self) {
        self.behind.audit_records.count(&ResultLabel { result: WRITTEN });
    }

    /// Counts an event that the audit record lost.
    pub fn audit_dropped(&self) {
        self.behind.audit_records.count(&ResultLabel { result: DROPPED });
    }

    /// Counts an audit file that was deleted while it was written.
    pub fn audit_file_deleted(&self) {
        self.behind.audit_files_deleted.inc();
    }

    /// Sets whether the audit record cannot be written.
    pub fn set_audit_failing(&self, is_failing: bool) {
        self.behind.audit_failing.set(i64::from(is_failing));
    }

    /// Begins the counts of spans.
    pub fn begin_trace_spans(&self, results: impl IntoIterator<Item = &'static str>) {
        let labels = results.into_iter().map(|result| ResultLabel { result });
        self.behind.trace_spans.begin(labels);
    }

    /// Counts spans by what became of them.
    pub fn trace_spans(&self, result: &'static str, number: u64) {
        self.behind
            .trace_spans
            .0
            .get_or_create(&ResultLabel { result })
            .inc_by(number);
    }
}
