//! The real service and the real simulator on free ports of loopback, and a browser to drive them.

mod addresses;
mod app;
mod browser;
mod bug;
mod builder;
mod certificates;
mod codes;
mod connection;
mod events;
pub(crate) mod file_limit;
mod leaping_clock;
mod okta_page;
mod page;
mod passkey;
pub(crate) mod ports;
mod process;
mod replicas;
mod served;
mod through_tls;
mod verify;
mod wait;

pub(crate) use addresses::{ADDRESSES, assert_guarded};
pub(crate) use app::{TestApp, client, metric, sum};
pub(crate) use browser::Browser;
pub(crate) use bug::{Bug, SAID};
pub(crate) use builder::Builder;
pub(crate) use certificates::Certificates;
pub(crate) use codes::other_than;
pub(crate) use connection::{asks, connect};
pub(crate) use events::Events;
pub(crate) use leaping_clock::LeapingClock;
pub(crate) use okta_page::{HOSTED, OktaPage, back};
pub(crate) use page::Page;
pub(crate) use passkey::assertion;
pub(crate) use ports::free_port;
pub(crate) use process::{Running, portico, run};
pub(crate) use served::{Served, status};
pub(crate) use verify::{Verdict, Verify, builder_behind_proxy};
pub(crate) use wait::{eventually, for_a_while};

/// The password of every account of the simulator.
pub(crate) const PASSWORD: &str = okta_sim::PASSWORD;

/// The session cookie, by its name on plain http.
pub(crate) const SESSION: &str = "portico-session";
/// The device cookie: which accounts a browser has signed in to before.
pub(crate) const DEVICE: &str = "portico-device";
/// The attempt cookie of a browser that is signing in.
pub(crate) const ATTEMPT: &str = "portico-attempt";

/// `otp` is short for `otp@example.com`.
pub(crate) fn full(login: &str) -> String {
    if login.contains('@') {
        login.to_owned()
    } else {
        format!("{login}@example.com")
    }
}

/// Whole seconds.
pub(crate) fn secs(seconds: u64) -> std::time::Duration {
    std::time::Duration::from_secs(seconds)
}

/// Whole minutes.
pub(crate) fn mins(minutes: u64) -> std::time::Duration {
    secs(minutes * 60)
}
