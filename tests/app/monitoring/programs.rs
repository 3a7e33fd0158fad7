//! Prometheus and its tool, and what happens without them.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// Whether both are installed. `false` means that the test is skipped; the reason has been printed.
pub(super) fn are_here() -> bool {
    ["prometheus", "promtool"].into_iter().all(is_here)
}

fn is_here(program: &str) -> bool {
    let answer = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if answer.is_ok_and(|status| status.success()) {
        return true;
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var_os(REQUIRE_ALL).is_none(), "app::{test} needs {program}");
    // Past the test harness, which hides the output of tests that pass.
    let line = format!("skipped: app::{test} needs {program}; ./tests/run installs it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}
