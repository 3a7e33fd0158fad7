//! The series behind `/metrics` (SEC-506).
//!
//! Labels are `&'static str`: text that a visitor sent is never one, so no label can hold a secret and the number of
//! series is bounded by the program. Route templates come from the router; should it ever leak paths, the count is cut.

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

/// Templates beyond this many are counted as one.
const MOST_ROUTES: usize = 128;
const OTHER: &str = "other";

/// Every series of the service; shared as it is, all methods take `&self`.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    traffic: Traffic,
    sign_ins: SignIns,
    behind: Behind,
    routes: RwLock<HashSet<String>>,
}

/// Counts the requests of one proxy that pass.
#[derive(Debug)]
pub struct Passed(Counter);

impl Passed {
    /// One more.
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

    /// The text for the scraper.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }

    /// One answered request. `route` is the template that matched, never the path.
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

    /// Counts requests that pass, for one proxy; to be kept, since there are very many.
    pub fn verify_passed(&self, proxy: &'static str) -> Passed {
        let labels = Verified {
            proxy,
            answer: "passed",
            shadow: "false",
        };
        Passed(self.traffic.verified.get_or_create_owned(&labels))
    }

    /// A request for the portal was refused, or would have been.
    pub fn verify_refused(&self, proxy: &'static str, answer: &'static str, is_shadow: bool) {
        let labels = Verified {
            proxy,
            answer,
            shadow: if is_shadow { "true" } else { "false" },
        };
        self.traffic.verified.get_or_create(&labels).inc();
    }

    /// The portal did not answer a request that we handed on.
    pub fn portal_failed(&self, reason: &'static str) {
        let labels = Reason { reason };
        self.traffic.portal_failed.get_or_create(&labels).inc();
    }

    /// A factor was answered, with this result.
    pub fn attempt(&self, factor: &'static str, result: &'static str) {
        let labels = FactorLabels { factor, result };
        self.sign_ins.attempts.get_or_create(&labels).inc();
    }

    /// A limit of ours refused something.
    pub fn throttled(&self, scope: &'static str) {
        self.traffic.throttled.get_or_create(&Scope { scope }).inc();
    }

    /// What is left of the budget of texts, calls and emails, in all and for strangers.
    pub fn set_sends_left(&self, in_all: u32, for_strangers: u32) {
        for (part, left) in [("all", in_all), ("strangers", for_strangers)] {
            let gauge = self.traffic.sends_left.get_or_create(&Part { part });
            gauge.set(i64::from(left));
        }
    }

    /// A call to Okta ended.
    pub fn okta_request(&self, endpoint: &'static str, outcome: &'static str, took: Duration) {
        let labels = OktaCall { endpoint, outcome };
        self.behind.okta_requests.get_or_create(&labels).inc();
        let histogram = self.behind.okta_duration.get_or_create(&Endpoint { endpoint });
        histogram.observe(took.as_secs_f64());
    }

    /// What Okta's last `X-Rate-Limit-Remaining` said.
    pub fn set_okta_rate_limit_remaining(&self, calls: u32) {
        self.behind.okta_remaining.set(i64::from(calls));
    }

    /// Whether the breaker in front of Okta is open: its calls are refused without being made.
    pub fn set_okta_circuit_open(&self, is_open: bool) {
        self.behind.okta_circuit.set(i64::from(is_open));
    }

    /// How far our clock is ahead of Okta's (behind: negative).
    pub fn set_clock_skew_seconds(&self, seconds: f64) {
        self.behind.clock_skew.set(seconds);
    }

    /// Revocations that Okta has not taken yet.
    pub fn set_pending_revocations(&self, count: u32) {
        self.sign_ins.pending_revocations.set(i64::from(count));
    }

    /// Sign-ins in progress.
    pub fn set_transactions_active(&self, count: u32) {
        self.sign_ins.transactions_active.set(i64::from(count));
    }

    /// Live sessions.
    pub fn set_sessions_active(&self, count: u32) {
        self.sign_ins.sessions_active.set(i64::from(count));
    }

    /// A push was sent, approved, denied, or ran out.
    pub fn push(&self, result: &'static str) {
        self.sign_ins.push.get_or_create(&ResultLabel { result }).inc();
    }

    /// A destination was refused.
    pub fn redirect_refused(&self) {
        self.traffic.redirect_refused.inc();
    }

    /// A browser kept to the content policy and refused something, by this directive.
    pub fn csp_report(&self, directive: &'static str) {
        let labels = Directive { directive };
        self.traffic.csp_reports.get_or_create(&labels).inc();
    }

    /// A session ended.
    pub fn session_ended(&self, reason: &'static str) {
        let labels = Reason { reason };
        self.sign_ins.session_ended.get_or_create(&labels).inc();
    }

    /// A refresh of tokens ended.
    pub fn token_refresh(&self, result: &'static str) {
        let labels = ResultLabel { result };
        self.behind.token_refresh.get_or_create(&labels).inc();
    }

    /// A call to the session store ended.
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

/// A method is a word that the visitor chooses.
fn known_method(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or(OTHER)
}
