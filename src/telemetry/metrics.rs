//! The series behind `/metrics` (SEC-506).
//!
//! Labels are `&'static str`: text that a client sent is never one, so no label can hold a secret, and the program
//! bounds the number of series. Route templates come from the router; should it ever let paths through, their number is
//! capped.

mod classic;
mod connections;
mod kinds;
mod records;
mod series;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use crate::domain::end::EndReason;
use crate::domain::factor::Factor;
use crate::flow::{OKTA_PAGE_RESULTS, PORTAL_LOGOUT_RESULTS, REVALIDATION_RESULTS, TRY_RESULTS, throttle_scopes};
use series::{
    Behind, Directive, Endpoint, FactorLabels, Http, OktaCall, Operation, Part, Reason, ResultLabel, Route, Scope,
    SignIns, Traffic, Verified,
};

/// The text formats that Prometheus reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The format that everything reads.
    Classic,
    OpenMetrics,
}

impl Format {
    /// The media type.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The build, for the labels of `portico_build_info`.
#[derive(Debug, Clone, Copy)]
pub struct Build {
    pub version: &'static str,
    /// The commit it was built from.
    pub commit: &'static str,
}

/// Templates beyond this many are counted together as one.
const MOST_ROUTES: usize = 128;
const OTHER: &str = "other";
/// Okta's own page, where a factor is named.
const OKTA_PAGE: &str = "okta_page";
/// What became of a record for the audit file.
const WRITTEN: &str = "written";
const DROPPED: &str = "dropped";

/// Every series of the service. Shared without a lock around it: all methods take `&self`.
pub struct Metrics {
    registry: Registry,
    traffic: Traffic,
    sign_ins: SignIns,
    behind: Behind,
    routes: RwLock<HashSet<String>>,
}

// Only the name: stores and observers hold it, which keeps what is derived, for every series, in the program.
impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

/// Counts the requests of one proxy that pass.
#[derive(Debug)]
pub struct Passed(Counter);

impl Passed {
    /// Counts one request.
    pub fn count(&self) {
        self.0.inc();
    }
}

impl Metrics {
    /// Counts begin at 0, as far as their labels are known here. Whoever knows others begins those.
    pub fn new(build: Build) -> Self {
        let mut registry = Registry::with_prefix("portico");
        series::register_build(&mut registry, build.version, build.commit);
        series::register_panics(&mut registry);
        let metrics = Self {
            traffic: Traffic::register(&mut registry),
            sign_ins: SignIns::register(&mut registry),
            behind: Behind::register(&mut registry),
            registry,
            routes: RwLock::default(),
        };
        metrics.begin();
        metrics
    }

    fn begin(&self) {
        let (traffic, sign_ins) = (&self.traffic, &self.sign_ins);
        traffic.throttled.begin(throttle_scopes().map(|scope| Scope { scope }));
        for factor in Factor::ALL {
            let labels = |result| FactorLabels {
                factor: factor.name(),
                result,
            };
            sign_ins.attempts.begin(TRY_RESULTS.map(labels));
        }
        let labels = |result| FactorLabels {
            factor: OKTA_PAGE,
            result,
        };
        sign_ins.attempts.begin(OKTA_PAGE_RESULTS.map(labels));
        sign_ins.push.begin(TRY_RESULTS.map(|result| ResultLabel { result }));
        let reasons = EndReason::ALL.map(|reason| Reason { reason: reason.name() });
        sign_ins.session_ended.begin(reasons);
        let results = PORTAL_LOGOUT_RESULTS.map(|result| ResultLabel { result });
        sign_ins.logouts.begin(results);
        let results = REVALIDATION_RESULTS.map(|result| ResultLabel { result });
        self.behind.token_refresh.begin(results);
        let results = [WRITTEN, DROPPED].map(|result| ResultLabel { result });
        self.behind.audit_records.begin(results);
    }

    /// The page for the scraper.
    pub fn page(&self, format: Format) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(match format {
            Format::OpenMetrics => page,
            Format::Classic => classic::from_open_metrics(&page),
        })
    }

    /// Counts one answered request. `route` is the template that matched, never the path.
    pub fn http_request(&self, route: &str, method: &str, code: u16, took: Duration) {
        let route = self.known_route(route);
        let labels = Http {
            route: route.clone(),
            method: known_method(method),
            code,
        };
        self.traffic.requests.get_or_create(&labels).inc();
        // By itself as well: the series above begin with their first request.
        if code == 500 {
            self.traffic.failures.inc();
        }
        let labels = Route { route };
        let histogram = self.traffic.duration.get_or_create(&labels);
        histogram.observe(took.as_secs_f64());
    }

    /// A counter of requests that pass, for one proxy; the caller keeps it, since there are very many such requests.
    pub fn verify_passed(&self, proxy: &'static str) -> Passed {
        let labels = Verified {
            proxy,
            answer: "passed",
            shadow: "false",
        };
        Passed(self.traffic.verified.0.get_or_create_owned(&labels))
    }

    /// Begins the counts of refusals to one proxy.
    pub fn begin_verify_refused(&self, proxy: &'static str, answers: &[&'static str], is_shadow: bool) {
        let labels = |answer: &&'static str| refused(proxy, answer, is_shadow);
        self.traffic.verified.begin(answers.iter().map(labels));
    }

    /// Counts a request for the portal that was refused, or would have been without shadow mode.
    pub fn verify_refused(&self, proxy: &'static str, answer: &'static str, is_shadow: bool) {
        self.traffic.verified.count(&refused(proxy, answer, is_shadow));
    }

    /// Begins the counts of requests that the portal does not answer.
    pub fn begin_portal_failed(&self, reasons: impl IntoIterator<Item = &'static str>) {
        let labels = reasons.into_iter().map(|reason| Reason { reason });
        self.traffic.portal_failed.begin(labels);
    }

    /// Counts a request that was forwarded to the portal and not answered.
    pub fn portal_failed(&self, reason: &'static str) {
        self.traffic.portal_failed.count(&Reason { reason });
    }

    /// Counts an answered factor, by its result.
    pub fn attempt(&self, factor: &'static str, result: &'static str) {
        self.sign_ins.attempts.count(&FactorLabels { factor, result });
    }

    /// Counts a return from Okta's hosted page, or that a browser could not leave for it.
    pub fn okta_page(&self, result: &'static str) {
        self.attempt(OKTA_PAGE, result);
    }

    /// Counts a refusal by one of our limits.
    pub fn throttled(&self, scope: &'static str) {
        self.traffic.throttled.count(&Scope { scope });
    }

    /// Sets what is left of the budget of texts, calls and emails, in all and for strangers.
    pub fn set_sends_left(&self, in_all: u32, for_strangers: u32) {
        for (part, left) in [("all", in_all), ("strangers", for_strangers)] {
            let gauge = self.traffic.sends_left.get_or_create(&Part { part });
            gauge.set(i64::from(left));
        }
    }

    /// Begins the counts of calls to one of Okta's endpoints, by outcome and its class.
    pub fn begin_okta_requests(
        &self,
        endpoint: &'static str,
        outcomes: impl Iterator<Item = (&'static str, &'static str)>,
    ) {
        let labels = |(outcome, class)| OktaCall {
            endpoint,
            outcome,
            class,
        };
        self.behind.okta_requests.begin(outcomes.map(labels));
        drop(self.behind.okta_duration.get_or_create(&Endpoint { endpoint }));
    }

    /// Counts a finished call to Okta.
    pub fn okta_request(&self, endpoint: &'static str, (outcome, class): (&'static str, &'static str), took: Duration) {
        let labels = OktaCall {
            endpoint,
            outcome,
            class,
        };
        self.behind.okta_requests.count(&labels);
        let histogram = self.behind.okta_duration.get_or_create(&Endpoint { endpoint });
        histogram.observe(took.as_secs_f64());
    }

    /// Sets the value of Okta's last `X-Rate-Limit-Remaining`.
    pub fn set_okta_rate_limit_remaining(&self, calls: u32) {
        self.behind.okta_remaining.set(i64::from(calls));
    }

    /// Sets whether the breaker in front of Okta is open: its calls are refused without being made.
    pub fn set_okta_circuit_open(&self, is_open: bool) {
        self.behind.okta_circuit.set(i64::from(is_open));
    }

    /// Sets how far our clock is ahead of Okta's, in seconds (behind: negative).
    pub fn set_clock_skew_seconds(&self, seconds: f64) {
        self.behind.clock_skew.set(seconds);
    }

    /// Sets the number of revocations that Okta has not accepted yet.
    pub fn set_pending_revocations(&self, count: u32) {
        self.sign_ins.pending_revocations.set(i64::from(count));
    }

    /// Sets the number of ended sessions that a portal is still to be told of.
    pub fn set_portal_logouts_owed(&self, count: u32) {
        self.sign_ins.logouts_owed.set(i64::from(count));
    }

    /// Counts a logout token by what became of it.
    pub fn portal_told(&self, result: &'static str) {
        self.sign_ins.logouts.count(&ResultLabel { result });
    }

    /// Sets whether an operator has closed sign-ins.
    pub fn set_sign_ins_closed(&self, are_closed: bool) {
        self.sign_ins.closed.set(i64::from(are_closed));
    }

    /// Sets the number of sign-ins in progress.
    pub fn set_transactions_active(&self, count: u32) {
        self.sign_ins.transactions_active.set(i64::from(count));
    }

    /// Sets how many sign-ins in progress and live sessions there may be.
    pub fn set_limits(&self, transactions: u32, sessions: u32) {
        self.sign_ins.transactions_limit.set(i64::from(transactions));
        self.sign_ins.sessions_limit.set(i64::from(sessions));
    }

    /// Sets the number of live sessions.
    pub fn set_sessions_active(&self, count: u32) {
        self.sign_ins.sessions_active.set(i64::from(count));
    }

    /// Counts a push that was sent, approved, denied, or ran out.
    pub fn push(&self, result: &'static str) {
        self.sign_ins.push.count(&ResultLabel { result });
    }

    /// Counts a refused destination.
    pub fn redirect_refused(&self) {
        self.traffic.redirect_refused.inc();
    }

    /// Begins the counts of reports by directive.
    pub fn begin_csp_reports(&self, directives: impl IntoIterator<Item = &'static str>) {
        let labels = directives.into_iter().map(|directive| Directive { directive });
        self.traffic.csp_reports.begin(labels);
    }

    /// Counts a report of a browser that blocked something by this directive of the content security policy.
    pub fn csp_report(&self, directive: &'static str) {
        self.traffic.csp_reports.count(&Directive { directive });
    }

    /// Counts an ended session.
    pub fn session_ended(&self, reason: &'static str) {
        self.sign_ins.session_ended.count(&Reason { reason });
    }

    /// Counts a finished token refresh.
    pub fn token_refresh(&self, result: &'static str) {
        self.behind.token_refresh.count(&ResultLabel { result });
    }

    /// Begins the counts of calls to the session store.
    pub fn begin_store_operations(&self, ops: &[&'static str], results: &[&'static str]) {
        let pairs = ops.iter().flat_map(|op| results.iter().map(move |result| (op, result)));
        let labels = pairs.map(|(op, result)| Operation { op, result });
        self.behind.store_operations.begin(labels);
    }

    /// Counts a finished call to the session store.
    pub fn store_operation(&self, op: &'static str, result: &'static str, took: Duration) {
        self.behind.store_operations.count(&Operation { op, result });
        self.behind.store_duration.observe(took.as_secs_f64());
    }

    fn known_route(&self, route: &str) -> String {
        let is_known = |routes: &HashSet<String>| routes.contains(route);
        if is_known(&self.routes.read().unwrap_or_else(PoisonError::into_inner)) {
            return route.to_owned();
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        if routes.len() >= MOST_ROUTES && !is_known(&routes) {
            return OTHER.to_owned();
        }
        routes.insert(route.to_owned());
        route.to_owned()
    }
}

fn refused(proxy: &'static str, answer: &'static str, is_shadow: bool) -> Verified {
    Verified {
        proxy,
        answer,
        shadow: if is_shadow { "true" } else { "false" },
    }
}

/// Clients can send any word as a method, so unknown ones share a label.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER)
}
