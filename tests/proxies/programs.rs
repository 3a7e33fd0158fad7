//! The programs that these tests need, and what happens without them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// Whether a program is installed, tried with these arguments. `false` means that the test is skipped; the reason has
/// been printed.
pub(crate) fn is_here(program: &str, arguments: &[&str]) -> bool {
    let answer = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    answer.is_ok_and(|status| status.success()) || skips(program)
}

/// Whether a file is there that `tests/run` installs.
pub(crate) fn has_file(file: &Path, what: &str) -> bool {
    file.exists() || skips(what)
}

fn skips(wants: &str) -> bool {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var_os(REQUIRE_ALL).is_none(), "proxies::{test} needs {wants}");
    // One write, so that lines of several threads stay whole.
    let line = format!("skipped: proxies::{test} needs {wants}; ./tests/run installs it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}
