//! The private port, and what operators learn and do there.

mod admin;
mod panics;
mod private_port;
