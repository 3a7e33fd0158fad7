//! What `docs/monitoring` ships, tried with the real Prometheus of Debian: the alerts, the dashboard, and every name.
//!
//! Where Prometheus is missing the tests say so by name and do nothing; `tests/run` installs it and makes its absence a
//! failure.

mod alerts;
mod faults;
mod names;
mod programs;
mod prometheus;
mod promtool;
mod service;

use std::path::PathBuf;

/// A file of `docs/monitoring`.
fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("docs/monitoring")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(shipped(name)).unwrap()
}
