//! The interface through which operations report to the metrics and to the audit record.

use super::audit::AuditEvent;
use crate::domain::factor::Factor;
use crate::limits;

/// The results of tries.
pub const TRY_RESULTS: [&str; 13] = [
    "accepted",
    "more_needed",
    "wrong",
    "declined",
    "expired",
    "not_set_up",
    "password_expired",
    "refused",
    "okta_limited",
    "held_back",
    "unavailable",
    "nonsense",
    "misconfigured",
];

/// The results of going to Okta's hosted page.
pub const OKTA_PAGE_RESULTS: [&str; 7] = [
    "accepted",
    "refused",
    "okta_limited",
    "held_back",
    "unavailable",
    "nonsense",
    "misconfigured",
];

/// The results of asking Okta about a session.
pub const REVALIDATION_RESULTS: [&str; 4] = ["ok", "ended", "unanswered", "unjudged"];

/// What limits tries: the limits themselves, and the pauses and numbers that belong to one attempt.
pub fn throttle_scopes() -> impl Iterator<Item = &'static str> {
    limits::SCOPES
        .into_iter()
        .chain(["waits", "cool_down", "sends_per_attempt"])
}

/// Receives the outcomes of operations, for the metrics, and events for the audit record.
pub trait FlowObserver: std::fmt::Debug + Send + Sync {
    /// A try with a factor has ended.
    fn tried(&self, factor: Factor, result: &'static str);
    /// A browser came back from Okta's hosted page, or could not leave for it.
    fn came_back(&self, result: &'static str);
    /// A limit of this service refused a try.
    fn throttled(&self, scope: &'static str);
    /// Okta was asked whether a session is still valid.
    fn revalidated(&self, result: &'static str);
    /// A session ended.
    fn session_ended(&self, reason: &'static str);
    /// A portal was told that a session ended, or not.
    fn portal_told(&self, result: &'static str);
    /// A `return_to` was refused.
    fn redirect_refused(&self);
    /// The breaker opened or closed: calls to Okta are held back from now on, or no longer.
    fn okta_held_back(&self, is_held_back: bool);
    /// Whether there is an audit record.
    fn is_audited(&self) -> bool;
    /// Whether sign-ins must be refused now, because the audit record cannot be written.
    fn must_refuse(&self) -> bool;
    /// An event for the audit record.
    fn audited(&self, event: AuditEvent);
}
