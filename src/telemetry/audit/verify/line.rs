//! A line of an audit file, as it is read.

use serde::Deserialize;

use crate::telemetry::audit::record::{SIGNATURE, hash};

#[derive(Debug, Deserialize)]
pub(super) struct Line<'a> {
    pub(super) portico_audit: u32,
    pub(super) time: String,
    pub(super) chain: String,
    pub(super) seq: u64,
    pub(super) prev: String,
    pub(super) event: String,
    pub(super) instance: Option<String>,
    pub(super) version: Option<String>,
    pub(super) key: Option<String>,
    pub(super) follows: Option<String>,
    pub(super) torn_bytes: Option<u64>,
    pub(super) dropped: Option<u64>,
    pub(super) sig: Option<String>,
    /// The line itself.
    #[serde(skip)]
    text: &'a [u8],
}

impl Line<'_> {
    pub(super) fn hash(&self) -> String {
        hash(self.text)
    }

    /// The bytes that the signature covers.
    pub(super) fn signed(&self) -> &[u8] {
        let at = memchr::memmem::rfind(self.text, SIGNATURE.as_bytes());
        at.and_then(|at| self.text.get(..at)).unwrap_or(self.text)
    }
}

/// `None` if it is no whole record.
pub(super) fn parse(text: &[u8]) -> Option<Line<'_>> {
    let line: Line<'_> = serde_json::from_slice(text).ok()?;
    Some(Line { text, ..line })
}
