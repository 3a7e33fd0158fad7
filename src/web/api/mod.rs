//! Endpoints for programs: the session for the portal's scripts, assets, keys, policy reports, Okta's logout orders.

pub(super) mod assets;
pub(super) mod companion;
pub mod embedding;
pub(super) mod global_token_revocation;
pub mod json_errors;
pub(super) mod key_set;
pub(super) mod policy_reports;
pub(super) mod session;
pub(super) mod session_extend;
