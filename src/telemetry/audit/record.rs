//! One line of the audit record: the schema, version 1 (docs/audit.md).
//!
//! The members stand in the order of the fields here, always, so that filters may rely on it. A signature comes last: it
//! covers every byte of the line before it.

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use serde::Serialize;

/// The version of the schema.
pub(super) const VERSION: u32 = 1;

/// How every line begins, which no line of the log does.
pub(super) const BEGIN: &[u8] = b"{\"portico_audit\":";

/// Before the signature of a line.
pub(super) const SIGNATURE: &str = ",\"sig\":\"";

/// What the chain says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChainEvent {
    /// A process opened its chain: the service starts.
    Opened,
    /// The chain goes on here from another file.
    Continued,
    /// Everything up to here is vouched for.
    Checkpoint,
    /// Events were lost.
    Dropped,
    /// The service stopped in order.
    Closed,
}

impl ChainEvent {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Continued => "continued",
            Self::Checkpoint => "checkpoint",
            Self::Dropped => "dropped",
            Self::Closed => "closed",
        }
    }

    /// Whether its record is signed.
    pub(super) const fn is_signed(self) -> bool {
        !matches!(self, Self::Dropped)
    }

    /// Whether a record with this event has to be signed.
    pub(super) fn must_be_signed(event: &str) -> bool {
        let all = [
            Self::Opened,
            Self::Continued,
            Self::Checkpoint,
            Self::Dropped,
            Self::Closed,
        ];
        all.into_iter().any(|it| it.name() == event && it.is_signed())
    }
}

/// A record. What does not apply is left out of the line.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct AuditLine {
    pub(super) portico_audit: u32,
    pub(super) time: Timestamp,
    pub(super) chain: String,
    pub(super) seq: u64,
    pub(super) prev: String,
    pub(super) event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) factor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step_up: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sessions: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) settings: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) support_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) okta_request_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) commit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) follows: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) torn_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dropped: Option<u64>,
}

impl AuditLine {
    /// A record with nothing but its event and time.
    pub(super) fn new(event: &'static str, time: Timestamp) -> Self {
        Self {
            portico_audit: VERSION,
            time,
            event,
            ..Self::default()
        }
    }

    /// The line, without a signature and its line break.
    pub(super) fn to_line(&self) -> Vec<u8> {
        // OK because these fields are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The hash of a line by which the next one names it, in hexadecimal.
pub(super) fn hash(line: &[u8]) -> String {
    hexadecimal(digest(&SHA256, line).as_ref())
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // OK because writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
