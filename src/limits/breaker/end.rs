//! The outcomes of calls to Okta that the breaker distinguishes.

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Okta accepted or refused.
    Answered,
    /// Okta is in trouble or could not be reached.
    Fault,
}
