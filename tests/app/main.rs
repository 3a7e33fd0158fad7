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

mod admin;
mod broken_bodies;
mod cli;
mod codes;
mod companion;
mod cookies;
mod crashes;
mod demo;
mod double_submits;
mod embedding;
mod endings;
mod extending;
mod factors;
mod forged_posts;
mod forms;
mod full_disk;
mod full_table;
mod hand_over;
mod headers;
mod home;
mod http;
mod inputs;
mod known_devices;
mod late_approvals;
mod limits;
mod lock_out;
mod odd_claims;
mod okta_oddities;
mod okta_page;
mod okta_says_no;
mod old_tabs;
mod one_answer;
mod opaque_values;
mod ops;
mod outages;
mod own_sessions;
mod panics;
mod pipelining;
mod policies;
mod policy_reports;
mod posts;
mod pre_sessions;
mod preflights;
mod push;
mod push_trouble;
mod refusals;
mod remember;
mod restarts;
mod return_to;
mod revalidation;
mod revocations;
mod serving;
mod sessions;
mod sign_out;
mod slow_okta;
mod slow_uploads;
#[cfg(target_os = "linux")]
mod sockets;
mod step_up;
mod support;
mod tabs;
mod timing;
mod universal_logout;
mod unread;
mod verify;
mod wire;
mod wrong_clock;
