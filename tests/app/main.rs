//! Black-box tests: the real server and the simulator, driven as a browser drives them. One file per page or flow.
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

mod cli;
mod codes;
mod demo;
mod double_submits;
mod factors;
mod forms;
mod headers;
mod http;
mod inputs;
mod late_approvals;
mod limits;
mod ops;
mod outages;
mod policies;
mod posts;
mod push;
mod push_trouble;
mod refusals;
mod return_to;
mod sessions;
mod sign_out;
mod support;
mod tabs;
