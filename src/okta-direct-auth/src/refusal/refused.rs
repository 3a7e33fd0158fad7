//! What Okta's refusals hold that tells their causes apart.

use crate::transport::Purpose;

/// What is known about one refusal.
pub(super) struct Refused<'a> {
    pub(super) purpose: Purpose,
    pub(super) status: u16,
    /// The OAuth error code.
    pub(super) code: &'a str,
    /// In lower case. For matching only: it may hold live codes and must not be kept.
    pub(super) description: String,
}

impl Refused<'_> {
    pub(super) fn says(&self, words: &str) -> bool {
        self.description.contains(words)
    }
}
