//! The request to revalidate one session.

use crate::domain::revocation::Requester;
use crate::flow::Revalidation;

/// The parameters of one revalidation.
pub(super) struct RevalidationRequest {
    pub(super) revalidation: Revalidation,
    /// The version of the session that was found due for a check.
    pub(super) version: u64,
    /// The request that used it: Okta's policies may depend on it.
    pub(super) requester: Requester,
}
