//! The interface through which operations report to the metrics.

use crate::domain::factor::Factor;

/// Receives the outcomes of operations, for the metrics.
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
    /// A `return_to` was refused.
    fn redirect_refused(&self);
    /// The breaker opened or closed: calls to Okta are held back from now on, or no longer.
    fn okta_held_back(&self, is_held_back: bool);
}
