//! People who wait for a push, very many of them on one process: what each costs in memory, how often Okta is asked for
//! each, and what as many connections cost on a bare server in the same run.
//!
//! `cargo test` runs it with a few hundred, which proves that it works. This runs the whole and prints the figures:
//!
//! ```sh
//! PORTICO_LOAD=1 cargo test --release --test load -- --nocapture
//! ```
//!
//! The service, the simulated org and the bare server are processes of their own; this one is the visitors. Start reading
//! at [`run::run`].

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

mod machine;
mod parts;
mod process;
mod report;
mod run;
mod stream;
mod visitor;

use std::time::Duration;

use run::Plan;

/// Set: the whole run.
const WHOLE: &str = "PORTICO_LOAD";

/// What a waiting push may cost, its attempt included.
const MOST_KIB: f64 = 25.0;

/// Timers are not exact to the microsecond and windows have edges; polls that come early show elsewhere.
const MOST_POLLS: f64 = 1.02;

const FEW: Plan = Plan {
    pushes: 200,
    warm_up: 10,
    interval: Duration::from_secs(2),
    window: 2,
    approvals: 10,
};

const ALL: Plan = Plan {
    pushes: 10_000,
    warm_up: 100,
    interval: Duration::from_secs(5),
    window: 3,
    approvals: 200,
};

#[test]
fn waiting_pushes_are_polled_once_per_interval() {
    let is_whole = std::env::var_os(WHOLE).is_some_and(|value| value == "1");
    let plan = if is_whole { ALL } else { FEW };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(run::run(&plan));
    report.print();
    report.is_sound();
    if is_whole {
        report.keeps(MOST_KIB, MOST_POLLS);
    }
}
