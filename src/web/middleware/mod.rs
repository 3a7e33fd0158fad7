//! What surrounds every request: its connection, its client, the log, and the headers of its answer.

pub mod access_log;
pub mod client_address;
pub mod client_socket;
pub mod connection;
#[cfg(debug_assertions)]
pub(super) mod dev_panic;
pub mod expect;
mod foreign_protocol;
pub(super) mod head_size;
pub mod headers;
pub mod host_check;
pub(super) mod lasting_answer;
pub(super) mod network_quota;
pub mod opening;
pub mod origin_check;
pub mod paced_socket;
pub(super) mod panic_answer;
pub(super) mod pipelining;
pub(super) mod socket_offer;
pub mod unread_body;
