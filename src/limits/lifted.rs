//! What an operator's reset took away.

use crate::domain::factor::Factor;

/// What was counted against an account until it was reset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lifted {
    /// Consecutive failures with each factor.
    pub failures: Vec<(Factor, u32)>,
    /// Whether recent tries were counted, so that fewer were left.
    pub tries: bool,
    /// Codes that were typed.
    pub codes: usize,
    /// Codes that Okta was asked to send.
    pub sends: usize,
    /// Pushes that Okta was asked to send.
    pub pushes: usize,
    /// Those of them that nobody approved.
    pub unanswered_pushes: usize,
}

impl Lifted {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
