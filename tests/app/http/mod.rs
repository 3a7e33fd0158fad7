//! Methods, headers, cookies, bodies and connections, whatever the page.

mod addresses;
mod broken_bodies;
mod cookies;
mod forms;
mod headers;
mod pipelining;
mod policy_reports;
mod slow_uploads;
#[cfg(target_os = "linux")]
mod sockets;
mod unread;
mod wire;
