//! The names, help texts and labels of the series.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use super::kinds::{CountedFromStart, Late};
use crate::telemetry::panics;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Http {
    pub(super) route: String,
    pub(super) method: &'static str,
    pub(super) code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    pub(super) route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct FactorLabels {
    pub(super) factor: &'static str,
    pub(super) result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Verified {
    pub(super) proxy: &'static str,
    /// `passed`, or the reason for the refusal.
    pub(super) answer: &'static str,
    /// Whether shadow mode let the refused request pass.
    pub(super) shadow: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OktaCall {
    pub(super) endpoint: &'static str,
    pub(super) outcome: &'static str,
    /// Whether the outcome is a cause for concern.
    pub(super) class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Endpoint {
    pub(super) endpoint: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Operation {
    pub(super) op: &'static str,
    pub(super) result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Scope {
    pub(super) scope: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ResultLabel {
    pub(super) result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Reason {
    pub(super) reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Part {
    pub(super) part: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Directive {
    pub(super) directive: &'static str,
}

type Number = Late<i64, AtomicI64>;
type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// Series of the public port.
#[derive(Debug)]
pub(super) struct Traffic {
    pub(super) requests: Family<Http, Counter>,
    pub(super) duration: Times<Route>,
    pub(super) failures: Counter,
    pub(super) throttled: CountedFromStart<Scope>,
    pub(super) sends_left: Family<Part, Gauge>,
    pub(super) redirect_refused: Counter,
    pub(super) csp_reports: CountedFromStart<Directive>,
    pub(super) verified: CountedFromStart<Verified>,
    pub(super) portal_failed: CountedFromStart<Reason>,
    pub(super) connections_refused: CountedFromStart<Reason>,
    pub(super) certificate_expiry: Number,
    pub(super) certificate_reloads: CountedFromStart<ResultLabel>,
}

impl Traffic {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut to = Register(registry);
        let duration = Times::new_with_constructor(http_histogram);
        Self {
            requests: to.add("http_requests", "Requests answered"),
            duration: to.add_this("http_request_duration_seconds", "Time to answer", duration),
            failures: to.add("http_failures", "Requests answered with 500: errors of ours"),
            throttled: to.add("throttled", "Refusals by a limit of ours"),
            sends_left: to.add("sends_left", "Texts, calls and emails left of the budget of this hour"),
            redirect_refused: to.add("redirect_refused", "Destinations refused"),
            csp_reports: to.add("csp_reports", "Browsers' reports of what the content policy refused"),
            verified: to.add("verify", "Requests for the portal that a proxy asked about"),
            portal_failed: to.add("portal_failed", "Requests that the portal did not answer"),
            connections_refused: to.add("connections_refused", "Connections closed before their first request"),
            certificate_expiry: to.add(
                "tls_certificate_expiry_timestamp_seconds",
                "When the certificate of the public port expires, in seconds since 1970",
            ),
            certificate_reloads: to.add(
                "tls_certificate_reloads",
                "Changed certificates, by whether they could be used",
            ),
        }
    }
}

/// Series of sign-ins, sessions and revocations.
#[derive(Debug)]
pub(super) struct SignIns {
    pub(super) attempts: CountedFromStart<FactorLabels>,
    pub(super) push: CountedFromStart<ResultLabel>,
    pub(super) transactions_active: Number,
    pub(super) transactions_limit: Number,
    pub(super) pending_revocations: Number,
    pub(super) sessions_active: Number,
    pub(super) sessions_limit: Number,
    pub(super) session_ended: CountedFromStart<Reason>,
    pub(super) logouts_owed: Number,
    pub(super) logouts: CountedFromStart<ResultLabel>,
    pub(super) closed: Number,
}

impl SignIns {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut to = Register(registry);
        Self {
            attempts: to.add("attempts", "Factors answered"),
            push: to.add("push", "Pushes by what became of them"),
            pending_revocations: to.add("revocations_owed", "Tokens that Okta has not revoked yet"),
            transactions_active: to.add("transactions_active", "Sign-ins in progress"),
            transactions_limit: to.add(
                "transactions_limit",
                "Sign-ins in progress at most (store.max_attempts)",
            ),
            sessions_active: to.add("sessions_active", "Live sessions"),
            sessions_limit: to.add("sessions_limit", "Live sessions at most (store.max_sessions)"),
            session_ended: to.add("session_ended", "Sessions ended"),
            logouts_owed: to.add(
                "portal_logouts_owed",
                "Ended sessions that a portal is still to be told of",
            ),
            logouts: to.add("portal_logouts", "Logout tokens by what became of them"),
            closed: to.add("sign_ins_closed", "1 while an operator has closed sign-ins"),
        }
    }
}

/// Series of Okta and the store, which are behind the service.
#[derive(Debug)]
pub(super) struct Behind {
    pub(super) okta_requests: CountedFromStart<OktaCall>,
    pub(super) okta_duration: Times<Endpoint>,
    pub(super) okta_remaining: Number,
    pub(super) okta_circuit: Gauge,
    pub(super) clock_skew: Late<f64, AtomicU64>,
    pub(super) token_refresh: CountedFromStart<ResultLabel>,
    pub(super) store_operations: CountedFromStart<Operation>,
    pub(super) store_duration: Histogram,
    pub(super) trace_spans: CountedFromStart<ResultLabel>,
    pub(super) audit_records: CountedFromStart<ResultLabel>,
    pub(super) audit_failing: Gauge,
    pub(super) audit_files_deleted: Counter,
}

impl Behind {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut to = Register(registry);
        let okta_duration = Times::new_with_constructor(okta_histogram);
        Self {
            okta_requests: to.add("okta_requests", "Calls to Okta"),
            okta_duration: to.add_this("okta_request_duration_seconds", "Time Okta took", okta_duration),
            okta_remaining: to.add(
                "okta_rate_limit_remaining",
                "Calls that Okta still allows, by its last answer that told",
            ),
            okta_circuit: to.add("okta_circuit_state", "1 while calls to Okta are held back"),
            clock_skew: to.add("clock_skew_seconds", "How far the clock is ahead of Okta's"),
            token_refresh: to.add("token_refresh", "Token refreshes"),
            store_operations: to.add("store_operations", "Calls to the session store"),
            store_duration: to.add_this("store_duration_seconds", "Time the store took", store_histogram()),
            trace_spans: to.add("trace_spans", "Spans by whether the collector has them"),
            audit_records: to.add("audit_records", "Records for the audit file"),
            audit_failing: to.add("audit_failing", "1 while the audit record cannot be written"),
            audit_files_deleted: to.add("audit_files_deleted", "Audit files deleted while they were written"),
        }
    }
}

/// The metric that is always 1 and describes the build in its labels.
pub(super) fn register_build(registry: &mut Registry, version: &'static str, commit: &'static str) {
    let build = Info::new([("version", version), ("commit", commit)]);
    registry.register("build", "The running build", build);
}

/// The series of the whole process.
pub(super) fn register_panics(registry: &mut Registry) {
    let help = "Bugs that broke something off";
    registry.register("panics", help, panics::counter());
}

/// Registers series. Names are without `_total` and `_info`: the encoder appends them.
struct Register<'a>(&'a mut Registry);

impl Register<'_> {
    fn add<M: Metric + Clone + Default>(&mut self, name: &str, help: &str) -> M {
        self.add_this(name, help, M::default())
    }

    fn add_this<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.0.register(name, help, metric.clone());
        metric
    }
}

fn http_histogram() -> Histogram {
    Histogram::new([0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 12.0])
}

fn okta_histogram() -> Histogram {
    Histogram::new([0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0])
}

fn store_histogram() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0])
}
