//! What comes before HTTP.

use super::Metrics;
use super::series::{Reason, ResultLabel};

impl Metrics {
    /// Begins the counts of connections that are closed before their first request.
    pub fn begin_connections_refused(&self, reasons: impl IntoIterator<Item = &'static str>) {
        let labels = reasons.into_iter().map(|reason| Reason { reason });
        self.traffic.connections_refused.begin(labels);
    }

    /// Counts a connection that was closed before its first request.
    pub fn connection_refused(&self, reason: &'static str) {
        self.traffic.connections_refused.count(&Reason { reason });
    }

    /// Sets when the certificate of the public port expires, in seconds since 1970.
    pub fn set_certificate_expiry(&self, seconds: i64) {
        self.traffic.certificate_expiry.set(seconds);
    }

    /// Begins the counts of changed certificates, by result.
    pub fn begin_certificate_reloads(&self, results: impl IntoIterator<Item = &'static str>) {
        let labels = results.into_iter().map(|result| ResultLabel { result });
        self.traffic.certificate_reloads.begin(labels);
    }

    /// Counts a changed certificate.
    pub fn certificate_reload(&self, result: &'static str) {
        self.traffic.certificate_reloads.count(&ResultLabel { result });
    }
}
