//! The interface through which operations report to the metrics.

use crate::domain::factor::Factor;

/// Receives the outcomes of operations, for the metrics.
pub trait FlowObserver: std::fmt::Debug + Send + Sync {
    /// A factor was tried.
    fn tried(&self, factor: Factor, result: &'static str);
    /// A browser came back from Okta's hosted page, or could not go there.
    fn came_back(&self, result: &'static str);
    /// A limit of this service refused a try.
    fn throttled(&self, scope: &'static str);
    /// Okta was asked whether a session is still valid.
    fn revalidated(&self, result: &'static str);
    /// A session ended.
    fn session_ended(&self, reason: &'static str);
    /// A `return_to` was refused.
    fn redirect_refused(&self);
    /// Calls to Okta are held back from now on, or no longer held back.
    fn okta_held_back(&self, is_held_back: bool);
}
