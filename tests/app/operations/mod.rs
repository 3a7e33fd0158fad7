//! The private port, and what operators see and do there.

mod admin;
mod panics;
mod private_port;
