//! The portal that reads strictly, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde::Deserialize;

use crate::programs::is_here;

/// Debian's Python, which finds the packages of apt.
const PYTHON: &str = "/usr/bin/python3";

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proxies/itself/strict_portal.py");

/// The portal.
#[derive(Debug)]
pub(super) struct StrictPortal {
    pub(super) port: u16,
    child: Child,
    output: BufReader<ChildStdout>,
}

/// One connection, from its beginning to its end.
#[derive(Debug, Deserialize)]
pub(super) struct Arrived {
    pub(super) requests: Vec<ArrivedRequest>,
    /// Why it was not HTTP.
    pub(super) error: Option<String>,
    /// The answer after which the connection should have ended.
    pub(super) spoiled: Option<String>,
    /// The request that used it in spite of that.
    pub(super) used_again: Option<String>,
}

/// One request, as far as it came.
#[derive(Debug, Deserialize)]
pub(super) struct ArrivedRequest {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) version: String,
    pub(super) headers: Vec<(String, String)>,
    /// In hexadecimal digits.
    pub(super) body: String,
    pub(super) is_whole: bool,
}

impl ArrivedRequest {
    /// Every value of a header.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.headers.iter().filter(move |(key, _)| key == name);
        lines.map(|(_, value)| value.as_str())
    }
}

impl StrictPortal {
    /// Whether the programs that it needs are installed.
    pub(super) fn is_possible() -> bool {
        is_here(PYTHON, &["-c", "import h11"])
    }

    pub(super) fn start() -> Self {
        let mut child = Command::new(PYTHON)
            .arg(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        output.read_line(&mut port).unwrap();
        Self {
            port: port.trim().parse().unwrap(),
            child,
            output,
        }
    }

    /// Ends the process, and reads what it wrote down.
    pub(super) fn tells(mut self) -> Vec<Arrived> {
        drop(self.child.stdin.take());
        let mut told = String::new();
        self.output.read_to_string(&mut told).unwrap();
        serde_json::from_str(&told).unwrap()
    }
}

impl Drop for StrictPortal {
    fn drop(&mut self) {
        // OK to ignore because it may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
