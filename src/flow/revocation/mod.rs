//! Revoking tokens at Okta, and ending sessions that Okta wants ended.

pub(super) mod queue;
pub(super) mod revoke;
pub(super) mod universal_logout;
pub(super) mod worker;
