//! The collector, as a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{client, eventually};

const PYTHON: &str = "/usr/bin/python3";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/app/traces/collector.py");
const WHEELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/wheels/opentelemetry-proto");

/// Set by `tests/run` and CI: then a missing program is a failure.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

/// A running collector.
#[derive(Debug)]
pub(super) struct Collector {
    child: Child,
    /// Where the test asks.
    port: u16,
    /// Where spans are sent to, if that is another port.
    tls_port: Option<u16>,
}

/// A span as it arrived.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ExportedSpan {
    pub(super) trace: String,
    pub(super) id: String,
    pub(super) parent: String,
    pub(super) state: String,
    pub(super) flags: u32,
    pub(super) name: String,
    pub(super) kind: String,
    /// In nanoseconds.
    pub(super) took: i64,
    pub(super) status: String,
    pub(super) attributes: Value,
    pub(super) resource: Value,
    pub(super) headers: Value,
}

impl Collector {
    /// `None` where what it needs is missing, and that is allowed.
    pub(super) fn start() -> Option<Self> {
        is_possible().then(|| Self::run(&[]))
    }

    /// The same with a certificate and its key.
    pub(super) fn with_tls(certificate: &Path, key: &Path) -> Self {
        Self::run(&[certificate.to_str().unwrap(), key.to_str().unwrap()])
    }

    fn run(arguments: &[&str]) -> Self {
        let mut child = python()
            .arg(SCRIPT)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let mut ports = line.split_whitespace().map(|port| port.parse().unwrap());
        Self {
            child,
            port: ports.next().expect("a port"),
            tls_port: ports.next(),
        }
    }

    /// The value of `ops.otlp_endpoint`.
    pub(super) fn endpoint(&self) -> String {
        match self.tls_port {
            Some(port) => format!("https://localhost:{port}"),
            None => format!("http://localhost:{}", self.port),
        }
    }

    /// From now on it answers with this status, after so many seconds.
    pub(super) async fn answers(&self, status: u16, delay: u32) {
        let answer = json!({ "status": status, "delay": delay }).to_string();
        client().post(self.address("answer")).body(answer).send().await.unwrap();
    }

    /// What arrived so far.
    pub(super) async fn spans(&self) -> Vec<ExportedSpan> {
        let spans = client().get(self.address("spans")).send().await.unwrap();
        serde_json::from_str(&spans.text().await.unwrap()).unwrap()
    }

    /// The number of batches that arrived so far, whatever was answered.
    pub(super) async fn batches(&self) -> u64 {
        let batches = client().get(self.address("batches")).send().await.unwrap();
        batches.text().await.unwrap().parse().unwrap()
    }

    /// Waits for a span of this name, and gives it with all that have arrived with it or before.
    pub(super) async fn waits_for(&self, name: &str) -> (ExportedSpan, Vec<ExportedSpan>) {
        let mut found = None;
        eventually(name, async || {
            let spans = self.spans().await;
            let named = spans.iter().find(|span| span.name == name).cloned();
            found = named.map(|span| (span, spans));
            found.is_some()
        })
        .await;
        found.unwrap()
    }

    fn address(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // OK to ignore because it may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python() -> Command {
    let mut command = Command::new(PYTHON);
    command.env("PYTHONPATH", WHEELS).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

fn is_possible() -> bool {
    let module = "opentelemetry.proto.collector.trace.v1.trace_service_pb2";
    let found = python()
        .args(["-c", &format!("import {module}")])
        .stderr(Stdio::null())
        .status();
    if found.is_ok_and(|status| status.success()) {
        return true;
    }
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("a test");
    assert!(
        std::env::var_os(REQUIRE_ALL).is_none(),
        "app::{test} needs opentelemetry-proto of PyPI"
    );
    // Past the test harness, which hides the output of tests that pass.
    let line = format!("skipped: app::{test} needs opentelemetry-proto of PyPI; ./tests/run installs it\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}
