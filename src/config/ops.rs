//! What operators need: the private port and the log.

use std::net::SocketAddr;

use super::key::{Key, Kind};
use super::reader::{Reader, Reported};
use super::value::Choice;

/// The private port and the log.
#[derive(Debug, Clone)]
pub struct OpsConfig {
    /// Address of the private port; never that of the public one.
    pub listen: SocketAddr,
    pub log: LogFormat,
    /// A filter like `info` or `info,portico=debug`.
    pub log_level: String,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "ops.listen",
        Kind::Socket,
        "127.0.0.1:9464",
        "Address of the private port: health, readiness, metrics, administration. Never let customers reach it.",
    ),
    Key::with_default(
        "ops.log",
        Kind::Choice(&["json", "text"]),
        "json",
        "How log lines are written to standard output: `json`, or `text` for people.",
    ),
    Key::with_default(
        "ops.log_level",
        Kind::Filter,
        "info",
        "What is logged: `error`, `warn`, `info`, `debug` or `trace`, also per part: `info,portico=debug`. No level \
         logs secrets.",
    ),
];

impl OpsConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let listen = reader.get("ops.listen");
        let log = reader.get("ops.log");
        let log_level = reader.get("ops.log_level");
        Ok(Self {
            listen: listen?,
            log: log?,
            log_level: log_level?,
        })
    }
}

impl Choice for LogFormat {
    const CHOICES: &'static [(&'static str, Self)] = &[("json", Self::Json), ("text", Self::Text)];
}
