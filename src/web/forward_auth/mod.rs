//! Endpoints for proxies: forward-auth, and the hand-off of a session to another host of the portal.

pub mod cross_host;
pub mod verify;
