//! One Chromium with a fresh profile, and the chromedriver that holds it.

use std::fs::{File, TryLockError};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::extensions::cdp::ChromeDevTools;
use thirtyfour::prelude::WebDriver;

use crate::programs::Programs;
use crate::waiting::pause;

/// How many browsers run at once on this machine, in all test processes together.
const BROWSERS: usize = 2;

/// Headless, as root in a container too, and calling nobody by itself.
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
    // A page that must not be kept may still be brought back whole; ours must cope with it (SEC-214).
    "--enable-features=CacheControlNoStoreEnterBackForwardCache",
    // Reports of the content policy go out at once, not after a minute.
    "--short-reporting-delay",
];

/// A running browser. Dropped in this order: the browser closes, then its driver ends, then the profile goes.
#[derive(Debug)]
pub(crate) struct Chromium {
    pub(crate) driver: WebDriver,
    chromedriver: Chromedriver,
    _profile: TempDir,
    _slot: File,
}

impl Chromium {
    /// Starts a browser as soon as no more than one other runs.
    pub(crate) async fn start(programs: &Programs) -> Self {
        let slot = slot().await;
        let profile = tempfile::tempdir().unwrap();
        let chromedriver = Chromedriver::start(programs);
        let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        let wanted = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": programs.browser, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let wanted = wanted.as_object().cloned().unwrap();
        let address = format!("http://127.0.0.1:{}", chromedriver.port);
        let driver = WebDriver::new(&address, wanted).await.unwrap();
        Self {
            driver,
            chromedriver,
            _profile: profile,
            _slot: slot,
        }
    }

    /// A command of the Chrome DevTools Protocol to the current page.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let tools = ChromeDevTools::new(self.driver.handle.clone());
        let answer = tools.execute_cdp_with_params(command, parameters).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }
}

impl Drop for Chromium {
    /// Closes the browser of a test that failed as well. The library would do it on the runtime of the test, which is
    /// gone by then.
    fn drop(&mut self) {
        let id = self.driver.session_id().to_string();
        if self.driver.clone().leak().is_ok() {
            self.chromedriver.close(&id);
        }
    }
}

#[derive(Debug)]
struct Chromedriver {
    process: Child,
    port: u16,
    _output: BufReader<ChildStdout>,
}

impl Chromedriver {
    /// Takes a free port by itself. It wants the same one for IPv6 and IPv4 and gives up when only one is free.
    fn start(programs: &Programs) -> Self {
        let started = (0..10).find_map(|_| Self::try_start(programs));
        started.unwrap()
    }

    fn try_start(programs: &Programs) -> Option<Self> {
        let mut process = Command::new(&programs.driver)
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let port = loop {
            let mut line = String::new();
            if output.read_line(&mut line).unwrap() == 0 {
                process.wait().unwrap();
                return None;
            }
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim().trim_end_matches('.').parse().unwrap();
            }
        };
        Some(Self {
            process,
            port,
            _output: output,
        })
    }
}

impl Chromedriver {
    fn close(&self, session: &str) {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else {
            return; // it is gone, and its browser with it
        };
        let head = format!("DELETE /session/{session} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        // The answer comes when the browser has closed. A failure says nothing about the pages.
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let _ = stream.write_all(head.as_bytes());
        let _ = stream.read(&mut [0; 64]);
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // The browser has closed by now; an error means that its driver is gone as well.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A place among the browsers, given back when the file is closed. Files, because tests may be processes of their own.
async fn slot() -> File {
    let files: Vec<File> = (0..BROWSERS)
        .map(|number| format!("{}/browser-{number}", env!("CARGO_TARGET_TMPDIR")))
        .map(|path| File::create(path).unwrap())
        .collect();
    loop {
        for file in &files {
            match file.try_lock() {
                Ok(()) => return file.try_clone().unwrap(),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => panic!("locking a file: {error}"),
            }
        }
        pause().await;
    }
}
