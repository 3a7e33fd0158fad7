//! The audit record, and whether it shows what was done to it.

mod acts;
mod bans;
mod contents;
mod files;
mod gone;
mod programs;
mod trouble;

use std::path::{Path, PathBuf};

use okta_sim::Settings;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Served, portico, run};

/// An org whose limits no test meets by accident.
fn org() -> Settings {
    let mut org = Settings::default();
    org.limits.user_per_second = 0;
    org.limits.wrong_passwords = 10_000;
    org
}

/// A service with an audit file.
struct Audited {
    served: Served,
    folder: TempDir,
}

impl Audited {
    async fn start(settings: &[(&str, &str)]) -> Self {
        Self::start_through(Vec::new(), settings).await
    }

    async fn start_through(through: Vec<String>, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        Self {
            served: serve(through, &file, settings).await,
            folder,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// Stops it in order. Gives its log, and the folder of the file.
    async fn stops(self) -> (String, TempDir) {
        self.served.process.send_sigterm();
        let (code, log) = self.served.process.ends().await;
        assert_eq!(code, Some(0), "{log}");
        (log, self.folder)
    }

    /// The public half of its key.
    fn key(&self) -> String {
        key_of(&self.served)
    }
}

/// A service that writes this audit file, with limits that no test reaches by accident.
async fn serve(through: Vec<String>, file: &Path, settings: &[(&str, &str)]) -> Served {
    let usual = [
        ("OPS__AUDIT", file.to_str().unwrap()),
        ("LIMITS__ACCOUNT_BURST", "1000"),
        ("LIMITS__ADDRESS_BURST", "1000"),
        ("LIMITS__PAIR_BURST", "1000"),
        ("LIMITS__ADDRESS_FAILURES", "1000"),
        ("SESSION__MAX_PER_USER", "1000"),
    ];
    let settings: Vec<(&str, &str)> = usual.into_iter().chain(settings.iter().copied()).collect();
    Served::start_through(through, org(), &settings).await
}

/// What `portico audit key` prints first.
fn key_of(served: &Served) -> String {
    let mut asks = portico(&["audit", "key"]);
    asks.envs(served.variables.iter().cloned());
    let (code, keys, complaints) = run(asks);
    assert_eq!(code, 0, "{complaints}");
    assert!(keys.lines().next().unwrap().ends_with("current: signs"), "{keys}");
    keys.split_whitespace().next().unwrap().to_owned()
}

async fn metrics(served: &Served) -> String {
    served.browser().gets(&format!("{}/metrics", served.ops)).await.body
}

/// The records of a file.
fn records(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    lines.collect()
}

/// Those with this event.
fn of<'a>(records: &'a [Value], event: &str) -> Vec<&'a Value> {
    records.iter().filter(|record| record["event"] == event).collect()
}

/// Runs `portico audit verify`: its exit code and all that it says.
fn verify(files: &[&Path], keys: &[&str]) -> (i32, String) {
    let mut command = portico(&["audit", "verify"]);
    command.args(files);
    for key in keys {
        command.args(["--key", key]);
    }
    let (code, answer, complaints) = run(command);
    (code, answer + &complaints)
}
