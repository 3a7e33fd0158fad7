//! The private port: probes, metrics, and the operator's commands.

pub(super) mod admin;
pub(super) mod admin_access;
mod desk;
mod exposition;
pub mod ops;
mod session_list;
