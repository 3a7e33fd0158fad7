//! The private port: probes, metrics, and what operators may do.

pub(super) mod admin;
pub(super) mod admin_access;
pub mod ops;
