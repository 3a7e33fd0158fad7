//! Several replicas of the service as processes of their own, with a real Redis behind them and a real `HAProxy` in
//! front: what becomes of sessions and sign-ins when any of them is killed, stopped, full or restarted.
//!
//! The black-box tests run against replicas as well (`tests/run`); these tests need processes.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

mod kills;
mod outages;
mod presses;
mod programs;
mod replicas;
mod rolling;
mod safety;
mod warnings;

#[path = "../../src/session/redis/tests/server.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
mod redis_server;

#[path = "../app/process/crashes/ledger.rs"]
mod ledger;

#[path = "../app/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the black-box tests need more of it")]
mod support;

#[path = "../app/process/crashes/visitor.rs"]
mod visitor;

use support::ports;
