//! Black-box tests: the real server and the simulator, driven as a browser drives them. One folder per subject, as its
//! `mod.rs` says; one file per page, flow or fault.
//!
//! Besides crates from outside, only `portico::startup`, `portico::config`, `portico::clock` and `okta_sim` are named
//! here. Asserted is what the outside relies on: status, `Location`, cookies, headers, and what a person reads.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

mod attacks;
mod audit;
mod forward_auth;
mod http;
mod monitoring;
mod okta;
mod operations;
mod portal_logout;
mod process;
mod sessions;
mod sign_in;
mod support;
mod tls;
mod traces;
