//! What surrounds every request: its connection, its client, the log, and the headers of its answer.

pub mod access_log;
pub(super) mod bounds;
#[cfg(debug_assertions)]
pub(super) mod breaking;
pub mod client_address;
pub mod connection;
pub mod expect;
pub mod headers;
pub mod host_check;
pub(super) mod network_quota;
pub mod origin_check;
pub(super) mod panicked;
pub(super) mod pipelining;
pub(super) mod socket_offer;
pub mod unread;
