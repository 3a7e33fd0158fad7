//! The result when a limit is reached.

use std::time::Duration;

/// The limits that can refuse a try.
pub const SCOPES: [&str; 17] = [
    "failures",
    "account",
    "pair",
    "address",
    "network",
    "address_failures",
    "network_failures",
    "wide_failures",
    "service",
    "code",
    "send",
    "sends_in_all",
    "sends_per_network",
    "push",
    "sent_back",
    "closed",
    "reports",
];

/// A wait that does not end with time.
pub(super) const NEVER: Duration = Duration::MAX;

/// Refused for now. `wait` is exact: after it, with no other try meanwhile, the next one is permitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries by {scope}")]
pub struct Throttled {
    /// The limit with the longest wait: a label for the metric and the log, not for the visitor.
    pub scope: &'static str,
    pub wait: Duration,
}

impl Throttled {
    /// Whether waiting does not help: only a success in another browser, or an operator, opens this again.
    pub fn is_closed(&self) -> bool {
        self.wait == NEVER
    }

    /// The wait for `Retry-After`: whole seconds, rounded up, at least one (SEC-116).
    pub fn retry_after_s(&self) -> u64 {
        let is_cut = self.wait.subsec_nanos() > 0;
        self.wait.as_secs().saturating_add(u64::from(is_cut)).max(1)
    }
}
