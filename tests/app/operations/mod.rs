//! The private port, and what operators see and do there.

mod admin;
mod closed;
mod help_desk;
mod now_figures;
mod panics;
mod private_port;
mod scrapes;
mod transcripts;
