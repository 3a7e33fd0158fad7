//! What proxies ask: whose request it is, and the way to another host of the portal.

pub mod cross_host;
pub mod verify;
