//! The programs that these tests need, and what happens without them.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::redis_server;

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// Whether all are installed. `false` means that the test is skipped; the reason has been printed.
pub(crate) fn are_here() -> bool {
    let redis = redis_server::program();
    [redis.as_os_str(), "redis-cli".as_ref(), "haproxy".as_ref()]
        .into_iter()
        .all(is_here)
}

fn is_here(program: &OsStr) -> bool {
    let version = if program == "haproxy" { "-v" } else { "--version" };
    let found = Command::new(program)
        .arg(version)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        let (program, thread) = (program.display(), std::thread::current());
        let test = thread.name().unwrap_or("a test").to_owned();
        assert!(
            std::env::var_os(REQUIRE_ALL).is_none(),
            "cluster::{test} needs {program}"
        );
        let line = format!("skipped: cluster::{test} needs {program}; ./tests/run installs it\n");
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    found
}
