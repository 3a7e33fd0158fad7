//! Programs that read the record. `tests/run` unpacks them below `target/debs`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// Where a Debian package was unpacked. `None` means that the test is skipped; the reason has been printed.
pub(super) fn unpacked(package: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/debs").join(package);
    if folder.join("usr").is_dir() {
        return Some(folder);
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(std::env::var_os(REQUIRE_ALL).is_none(), "app::{test} needs {package}");
    // Past the test harness, which hides the output of tests that pass.
    let line = format!("skipped: app::{test} needs {package}; ./tests/run unpacks it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// A file of this repository.
pub(super) fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
