//! The pages in a real browser: Debian's Chromium, driven through chromedriver, against the real service and the
//! simulated Okta org, each on a port of its own.
//!
//! A test is a [`customer::Customer`] doing things. When it leaves, whatever the browser complained of (a blocked
//! script, a broken asset) and every request to a host that is not ours fails the test. Where a program is missing the
//! tests say so by name and do nothing; `tests/run` installs the programs and makes their absence a failure.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that stops is a test that failed"
)]

mod authenticator;
mod chromedriver;
mod chromium;
mod console;
mod customer;
mod emulation;
mod eyes;
mod hands;
mod one_origin;
#[path = "../app/support/ports.rs"]
mod ports;
mod programs;
mod replicas;
mod signing_in;
mod waiting;
mod webdriver;
mod world;

#[path = "../../src/session/redis/tests/server.rs"]
#[expect(dead_code, reason = "the store's own tests need more of it")]
mod redis_server;

#[path = "../proxies/recipe.rs"]
#[expect(dead_code, reason = "the tests of the proxies need more of it")]
mod recipe;

mod axe;
mod companion;
mod contrast;
mod fitting;
mod forced_colours;
mod gallery;
mod history;
mod keyboard;
mod network;
mod okta_page;
mod own_sessions;
mod passkeys;
mod password_field;
mod phone_page;
mod policy;
mod proxies;
mod push_wait;
mod resending;
mod screenshots;
mod sign_out;
mod uploads;
mod ways;
