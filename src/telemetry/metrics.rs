//! The series behind `/metrics` (SEC-506).
//!
//! Labels are `&'static str`: text that a client sent is never one, so no label can hold a secret, and the program
//! bounds the number of series. Route templates come from the router; should it ever let paths through, their number is
//! capped.

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

use series::{
    Behind, Directive, Endpoint, FactorLabels, Http, OktaCall, Operation, Part, Reason, ResultLabel, Route, Scope,
    SignIns, Traffic, Verified,
};

/// The media type of [`Metrics::encode`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Templates beyond this many are counted together as one.
const MOST_ROUTES: usize = 128;
const OTHER: &str = "other";

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
    /// `version` and `commit` describe the build and become labels of `portico_build_info`.
    pub fn new(version: &'static str, commit: &'static str) -> Self {
        let mut registry = Registry::with_prefix("portico");
        series::register_build(&mut registry, version, commit);
        series::register_panics(&mut registry);
        Self {
            traffic: Traffic::register(&mut registry),
            sign_ins: SignIns::register(&mut registry),
            behind: Behind::register(&mut registry),
            registry,
            routes: RwLock::default(),
        }
    }

    /// The page for the scraper.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
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
        Passed(self.traffic.verified.get_or_create_owned(&labels))
    }

    /// Counts a request for the portal that was refused, or would have been without shadow mode.
    pub fn verify_refused(&self, proxy: &'static str, answer: &'static str, is_shadow: bool) {
        let labels = Verified {
            proxy,
            answer,
            shadow: if is_shadow { "true" } else { "false" },
        };
        self.traffic.verified.get_or_create(&labels).inc();
    }

    /// Counts a request that was forwarded to the portal and not answered.
    pub fn portal_failed(&self, reason: &'static str) {
        let labels = Reason { reason };
        self.traffic.portal_failed.get_or_create(&labels).inc();
    }

    /// Counts an answered factor, by its result.
    pub fn attempt(&self, factor: &'static str, result: &'static str) {
        let labels = FactorLabels { factor, result };
        self.sign_ins.attempts.get_or_create(&labels).inc();
    }

    /// Counts a refusal by one of our limits.
    pub fn throttled(&self, scope: &'static str) {
        self.traffic.throttled.get_or_create(&Scope { scope }).inc();
    }

    /// Sets what is left of the budget of texts, calls and emails, in all and for strangers.
    pub fn set_sends_left(&self, in_all: u32, for_strangers: u32) {
        for (part, left) in [("all", in_all), ("strangers", for_strangers)] {
            let gauge = self.traffic.sends_left.get_or_create(&Part { part });
            gauge.set(i64::from(left));
        }
    }

    /// Counts a finished call to Okta.
    pub fn okta_request(&self, endpoint: &'static str, outcome: &'static str, took: Duration) {
        let labels = OktaCall { endpoint, outcome };
        self.behind.okta_requests.get_or_create(&labels).inc();
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

    /// Sets the number of sign-ins in progress.
    pub fn set_transactions_active(&self, count: u32) {
        self.sign_ins.transactions_active.set(i64::from(count));
    }

    /// Sets the number of live sessions.
    pub fn set_sessions_active(&self, count: u32) {
        self.sign_ins.sessions_active.set(i64::from(count));
    }

    /// Counts a push that was sent, approved, denied, or ran out.
    pub fn push(&self, result: &'static str) {
        self.sign_ins.push.get_or_create(&ResultLabel { result }).inc();
    }

    /// Counts a refused destination.
    pub fn redirect_refused(&self) {
        self.traffic.redirect_refused.inc();
    }

    /// Counts a report of a browser that blocked something by this directive of the content security policy.
    pub fn csp_report(&self, directive: &'static str) {
        let labels = Directive { directive };
        self.traffic.csp_reports.get_or_create(&labels).inc();
    }

    /// Counts an ended session.
    pub fn session_ended(&self, reason: &'static str) {
        let labels = Reason { reason };
        self.sign_ins.session_ended.get_or_create(&labels).inc();
    }

    /// Counts a finished token refresh.
    pub fn token_refresh(&self, result: &'static str) {
        let labels = ResultLabel { result };
        self.behind.token_refresh.get_or_create(&labels).inc();
    }

    /// Counts a finished call to the session store.
    pub fn store_operation(&self, op: &'static str, result: &'static str, took: Duration) {
        let labels = Operation { op, result };
        self.behind.store_operations.get_or_create(&labels).inc();
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

/// Clients can send any word as a method, so unknown ones share a label.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER)
}
