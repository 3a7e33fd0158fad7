//! A chromedriver with one Chromium. Both end with the process of the tests, however that ends.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::json;

use crate::programs::Programs;
use crate::webdriver::{self, Driver};

/// Headless, able to run as root in a container, and without calls of Chromium's own to the network.
const ARGUMENTS: [&str; 14] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-US",
    "--window-size=1280,900",
    // Chromium may restore a page whole although it must not be stored; our pages must cope with that (SEC-214).
    "--enable-features=CacheControlNoStoreEnterBackForwardCache",
    // Reports of the content policy are sent at once, not after a minute.
    "--short-reporting-delay",
];

/// Runs a program and, when its standard input ends, ends the program with all its children and removes the browser's
/// profile. The test harness exits without dropping statics, and a killed process drops nothing at all, but in both
/// cases the pipes are closed.
const KEEPER: &str = r#"
    setsid "$@" </dev/null &
    exec >/dev/null
    cat
    kill -KILL "-$!"
    # What ends may still have been writing.
    rm -rf "$PROFILE" || rm -rf "$PROFILE"
"#;

/// A running chromedriver, and the session that holds its browser.
#[derive(Debug)]
pub(crate) struct Chromedriver {
    _keeper: Keeper,
    /// Where its session is.
    session: String,
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// Starts both.
    pub(crate) async fn start(programs: &Programs) -> Self {
        // The keeper removes it.
        let profile = tempfile::tempdir().unwrap().keep();
        // chromedriver needs the same port for IPv6 and IPv4 and gives up when only one of them is free.
        let started = (0..10).find_map(|_| keep(programs, &profile));
        let (keeper, output, port) = started.unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": programs.browser, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let session = webdriver::begin(&address, wanted).await.unwrap();
        Self {
            _keeper: keeper,
            session,
            _output: output,
        }
    }

    /// The session, over connections of this test: those of another test end with its runtime.
    pub(crate) fn attach(&self) -> Driver {
        Driver::at(self.session.clone())
    }
}

/// The shell that runs [`KEEPER`].
#[derive(Debug)]
struct Keeper(Child);

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // The keeper ends after the others; it may be gone already.
        let _ = self.0.wait();
    }
}

/// Starts chromedriver on a free port of its own choice.
fn keep(programs: &Programs, profile: &Path) -> Option<(Keeper, BufReader<ChildStdout>, u16)> {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", KEEPER, "sh"])
        .arg(&programs.driver)
        .args(["--port=0", "--log-level=SEVERE"])
        .env("PROFILE", profile)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Otherwise an interrupt from the keyboard would end the keeper before its work is done.
        .process_group(0);
    let mut keeper = Keeper(shell.spawn().unwrap());
    let mut output = BufReader::new(keeper.0.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        if let Some((_, port)) = line.split_once("successfully on port ") {
            let port = port.trim().trim_end_matches('.').parse().unwrap();
            return Some((keeper, output, port));
        }
    }
}
