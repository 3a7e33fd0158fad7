//! Distributed tracing, passed in from outside: this library knows no standard of it.

use crate::{CallReport, Endpoint};

/// Follows every HTTP request to Okta. One that is repeated is followed again.
pub trait CallTracer: Send + Sync + 'static {
    /// A request is about to be made, with this grant if it asks for tokens.
    fn call_started(&self, endpoint: Endpoint, grant: Option<&str>) -> Box<dyn CallTrace>;
}

/// One request under way. Dropped without a word if its caller goes away.
pub trait CallTrace: Send {
    /// Headers that the request gets besides its own, such as `traceparent`. What is no valid header is left out.
    fn headers(&self) -> Vec<(&'static str, String)>;

    /// The request has been answered, or never will be.
    fn finished(self: Box<Self>, report: &CallReport<'_>);
}
