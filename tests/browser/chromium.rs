//! A clean Chromium, and a limit on how many are used at once.

use std::fs::{File, TryLockError};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::chromedriver::Chromedriver;
use crate::console;
use crate::programs::Programs;
use crate::waiting::pause;
use crate::webdriver::{Driver, Outcome};

/// How many browsers are used at once on this machine, by all test processes together.
const BROWSERS: usize = 3;

/// Browsers that a test has finished with, kept for the next: starting one takes longer than most tests.
static IDLE: Mutex<Vec<Chromedriver>> = Mutex::new(Vec::new());

/// A running browser, as clean as if it had just been started. After a failed test it is closed, because its state is
/// unknown.
#[derive(Debug)]
pub(crate) struct Chromium {
    pub(crate) driver: Driver,
    chromedriver: Option<Chromedriver>,
    _slot: File,
}

impl Chromium {
    /// Waits until at most two other browsers are in use, then takes one.
    pub(crate) async fn start(programs: &Programs) -> Self {
        let slot = slot().await;
        let idle = || IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        while let Some(chromedriver) = idle() {
            let browser = Self::new(chromedriver, &slot);
            // It may have died in between; then another is started.
            if browser.driver.windows().await.is_ok() {
                console::lines(&browser.driver).await;
                console::events(&browser.driver).await;
                return browser;
            }
        }
        Self::new(Chromedriver::start(programs).await, &slot)
    }

    fn new(chromedriver: Chromedriver, slot: &File) -> Self {
        Self {
            driver: chromedriver.attach(),
            chromedriver: Some(chromedriver),
            _slot: slot.try_clone().unwrap(),
        }
    }

    /// Returns it to the pool for the next test.
    pub(crate) async fn serves_another_test(mut self) {
        self.becomes_new().await.unwrap();
        let mut idle = IDLE.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.chromedriver.take());
    }

    /// A command of the Chrome DevTools Protocol to the current page.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let answer = self.driver.devtools(command, &parameters).await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// Leaves one tab without a history, and nothing that pages have stored. What a test emulates, throttles, switches
    /// off or plugs in belongs to its tabs and goes with them.
    async fn becomes_new(&self) -> Outcome<()> {
        let driver = &self.driver;
        let old = driver.windows().await?;
        let new = driver.new_tab().await?;
        for tab in old {
            driver.switch_to_window(&tab).await?;
            driver.close_window().await?;
        }
        driver.switch_to_window(&new).await?;
        driver.set_window_size(1280, 900).await?;
        for (command, parameters) in [
            // A page can have the focus only in the tab that is in front.
            ("Page.bringToFront", json!({})),
            ("Network.clearBrowserCookies", json!({})),
            ("Network.clearBrowserCache", json!({})),
            (
                "Storage.clearDataForOrigin",
                json!({"origin": "*", "storageTypes": "all"}),
            ),
        ] {
            driver.devtools(command, &parameters).await?;
        }
        Ok(())
    }
}

/// A slot among the browsers, given back when the file is closed. It is a file because tests may run in several
/// processes.
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
