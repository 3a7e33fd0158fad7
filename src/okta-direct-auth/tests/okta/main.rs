//! The client against a server that answers exactly as a test wants, and against a simulated org.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests fail the test that calls them"
)]

mod answers;
mod calls;
mod dpop;
mod faults;
mod keys;
mod polls;
mod scripted;
mod simulated;
