//! People who wait for a push, very many of them on one process: what each costs in memory, how often Okta is asked for
//! each, and what as many connections cost on a bare server in the same run.
//!
//! `cargo test` runs it with a few hundred, which proves that it works. This runs the whole and prints the figures:
//!
//! ```sh
//! PORTICO_LOAD=1 cargo test --release --test load -- --nocapture
//! ```
//!
//! The service, the simulated org and the bare server are processes of their own; this one is the visitors. Start
//! reading at [`run::run`].
//!
//! Beside it, what sessions cost that are kept on disk, and what a sign-in costs: [`sessions::run`]. One command runs
//! both, one after the other. And how soon the service is there: [`start::run`].

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

mod checks;
mod idle;
mod machine;
mod pages;
mod parts;
mod polls;
#[path = "../app/support/ports.rs"]
mod ports;
mod process;
mod report;
mod rules;
mod run;
mod sessions;
mod shared;
mod start;
mod steady;
mod stream;
mod traffic;
mod visitor;

#[path = "../../src/session/redis/tests/server.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
mod redis_server;

use std::fmt::Display;
use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use run::Plan;

/// When it is set, the run has its full size.
const WHOLE: &str = "PORTICO_LOAD";

/// A waiting push; the aim for a poll is 1.4.
const MOST_OF_A_PUSH: report::Most = report::Most {
    memory: 1.0,
    poll: 1.7,
    // Timers are not exact to the microsecond and windows have edges; early polls are found by other figures.
    polls: 1.02,
};

const FEW: Plan = Plan {
    pushes: 200,
    warm_up: 10,
    interval: Duration::from_secs(2),
    window: 2,
    approvals: 10,
    outlasts_proxies: false,
};

const ALL: Plan = Plan {
    pushes: 10_000,
    warm_up: 100,
    interval: Duration::from_secs(5),
    window: 3,
    approvals: 200,
    outlasts_proxies: true,
};

/// A session with its identity, its tokens left on disk: 0.6 KiB, and room for differences between runs.
const MOST_BYTES: u64 = 660;

/// A sign-in from the post to the cookie, with its ID token verified and its session on disk, in proportion to one that
/// only passes the password on.
const MOST_SIGN_IN: f64 = 2.2;

/// A check beside a bare one; many sessions beside one; a refusal beside a pass.
const MOST_OF_A_CHECK: checks::Most = checks::Most {
    hot: 1.5,
    redis: 1.6,
    random: 1.15,
    refused: 1.0,
    refused_page: 1.15,
    memory: 2.0,
};

/// A check with very many rules beside one with a few.
const MOST_OF_RULES: f64 = 1.3;

/// The p99 of a password sign-in, with the pace of commits to that without it.
const MOST_OF_THE_PACE: f64 = 1.5;

/// A sign-in with Redis, the processor time of both, to one with the embedded store. The aim is 1.8.
const MOST_OF_REDIS: f64 = 2.2;

/// The form for a new visitor, in proportion to a bare page of the same bytes. The aim is 2.0.
const MOST_OF_A_FORM: f64 = 3.4;

/// From the start to the first page, in proportion to a bare server.
const MOST_START: f64 = 3.0;

/// One run at a time: another would spoil its figures.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn block_on<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run)
}

fn print(report: &impl Display) {
    // OK to ignore because figures that cannot be printed fail no test.
    let _ = write!(std::io::stdout(), "{report}");
}

fn is_whole() -> bool {
    std::env::var_os(WHOLE).is_some_and(|value| value == "1")
}

#[test]
fn sessions_are_small_and_soon_found() {
    let _alone = alone();
    let plan = if is_whole() {
        sessions::Plan {
            sessions: 100_000,
            sign_ins: 2_000,
        }
    } else {
        sessions::Plan {
            sessions: 1_000,
            sign_ins: 40,
        }
    };
    let report = block_on(sessions::run(&plan));
    print(&report);
    if is_whole() {
        report.keeps(MOST_BYTES, MOST_SIGN_IN);
    }
}

#[test]
fn the_first_page_is_soon_there() {
    let _alone = alone();
    let report = start::run(if is_whole() { 20 } else { 2 });
    print(&report);
    if is_whole() {
        report.keeps(MOST_START);
    }
}

#[test]
fn a_check_costs_little_more_than_a_look_into_a_map() {
    let _alone = alone();
    let (sessions, requests) = if is_whole() { (100_000, 200_000) } else { (1_000, 2_000) };
    let report = block_on(checks::run(&checks::Plan { sessions, requests }));
    print(&report);
    if is_whole() {
        report.keeps(&MOST_OF_A_CHECK);
    }
}

#[test]
fn the_pace_of_commits_is_not_felt_by_people_who_come_one_by_one() {
    let _alone = alone();
    let plan = if is_whole() {
        steady::Plan {
            rates: &[(1, 4), (3, 8), (20, 40), (50, 150), (100, 250)],
            rounds: 5,
        }
    } else {
        steady::Plan {
            rates: &[(20, 10), (100, 20)],
            rounds: 1,
        }
    };
    let report = block_on(steady::run(&plan));
    print(&report);
    if is_whole() {
        report.keeps(MOST_OF_THE_PACE);
    }
}

#[test]
fn a_sign_in_with_redis_costs_little_more_than_in_the_file() {
    let _alone = alone();
    let sign_ins = if is_whole() { 2_000 } else { 40 };
    let Some(report) = block_on(shared::run(sign_ins)) else {
        return;
    };
    print(&report);
    if is_whole() {
        report.keeps(MOST_OF_REDIS);
    }
}

#[test]
fn a_check_costs_the_same_however_many_rules_there_are() {
    let _alone = alone();
    let requests = if is_whole() { 200_000 } else { 2_000 };
    let report = block_on(rules::run(requests));
    print(&report);
    if is_whole() {
        report.keeps(MOST_OF_RULES);
    }
}

#[test]
fn a_form_costs_little_more_than_its_bytes() {
    let _alone = alone();
    let requests = if is_whole() { 20_000 } else { 500 };
    let report = block_on(pages::run(requests));
    print(&report);
    if is_whole() {
        report.keeps(MOST_OF_A_FORM);
    }
}

#[test]
fn waiting_pushes_are_polled_once_per_interval() {
    let _alone = alone();
    let is_whole = is_whole();
    let plan = if is_whole { ALL } else { FEW };
    let report = block_on(run::run(&plan));
    print(&report);
    report.assert_within_limits();
    if is_whole {
        report.keeps(&MOST_OF_A_PUSH);
    }
}
