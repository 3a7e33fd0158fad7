//! The programs that a browser test needs, and what happens without them.

use std::env::{split_paths, var_os};
use std::io::Write as _;
use std::path::PathBuf;

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// The browser and its driver.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) browser: PathBuf,
    pub(crate) driver: PathBuf,
}

impl Programs {
    /// The programs of this machine. `None` means that the test is skipped; the reason has been printed.
    pub(crate) fn find() -> Option<Self> {
        let browser = ["chromium", "chromium-browser", "google-chrome"]
            .into_iter()
            .find_map(on_path);
        match (browser, on_path("chromedriver")) {
            (Some(browser), Some(driver)) => Some(Self { browser, driver }),
            (None, _) => skip("chromium"),
            (_, None) => skip("chromedriver"),
        }
    }
}

/// The path of the proxy; where there is none, the test is skipped.
pub(crate) fn haproxy() -> Option<PathBuf> {
    on_path("haproxy").or_else(|| skip("haproxy"))
}

/// The source of axe-core, which `tests/run` installs.
pub(crate) fn axe() -> Option<String> {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/target/npm/node_modules/axe-core/axe.min.js"
    );
    std::fs::read_to_string(file)
        .ok()
        .or_else(|| skip("axe-core (run tests/run once)"))
}

/// Node and the folder of its packages, with `csp_evaluator` among them.
pub(crate) fn csp_evaluator() -> Option<(PathBuf, PathBuf)> {
    let packages = concat!(env!("CARGO_MANIFEST_DIR"), "/target/npm/node_modules");
    let packages = PathBuf::from(packages);
    let node = on_path("node").or_else(|| skip("node"))?;
    if packages.join("csp_evaluator").is_dir() {
        Some((node, packages))
    } else {
        skip("csp_evaluator (run tests/run once)")
    }
}

/// Prints that the test of this thread is skipped, past the harness, which hides the output of tests that pass.
pub(crate) fn skip<T>(wants: &str) -> Option<T> {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(var_os(REQUIRE_ALL).is_none(), "browser::{test} needs {wants}");
    // One write, so that lines of several threads stay whole.
    let line = format!("skipped: browser::{test} needs {wants}; ./tests/run installs it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

/// The path of a program.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let folders = var_os("PATH")?;
    split_paths(&folders)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
