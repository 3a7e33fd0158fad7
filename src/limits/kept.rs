//! Failures that outlive this process (SEC-111): what is counted alone is written down when it changes, and read at the
//! start.
//!
//! Only failures: Okta never forgets them by itself, so a restart must not either. Everything else that is counted is
//! over within a day.

use std::fmt;

use futures_util::future::BoxFuture;

use super::Unavailable;

/// A row as it is to stand, by a name that tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The account under its keyed hash, and the factor.
    pub name: Vec<u8>,
    /// `None`: nothing.
    pub value: Option<Vec<u8>>,
}

/// Where they are written down.
pub trait KeptRows: fmt::Debug + Send + Sync {
    /// Writes in the order of the calls, whoever waits; durable when this answers. What cannot be written now is
    /// written later.
    fn keep(&self, rows: Vec<KeptRow>) -> BoxFuture<'static, Result<(), Unavailable>>;
}
