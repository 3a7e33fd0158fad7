//! What programs ask: the session for scripts of the portal, files, keys, reports, and Okta's orders.

pub(super) mod assets;
pub(super) mod companion;
pub mod embedding;
pub(super) mod global_token_revocation;
pub(super) mod json_errors;
pub(super) mod key_set;
pub(super) mod policy_reports;
pub(super) mod session;
pub(super) mod session_extend;
