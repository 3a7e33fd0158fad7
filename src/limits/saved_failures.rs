//! Persisted failures (SEC-111): what a process counts by itself is stored when it changes, and read at the next start.
//!
//! Only failures are stored: Okta never resets them with time, so a restart must not either. All other counts are over
//! within a day.

use std::fmt;

use futures_util::future::BoxFuture;

use super::Unavailable;

/// A row in its stored form, under a name that reveals nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRow {
    /// The account under its keyed hash, and the factor.
    pub name: Vec<u8>,
    /// `None`: the row is to be deleted.
    pub value: Option<Vec<u8>>,
}

/// Where the failures are stored.
pub trait KeptRows: fmt::Debug + Send + Sync {
    /// Writes in the order of the calls, whether or not the caller waits; durable when the future completes. What
    /// cannot be written now is written later.
    fn keep(&self, rows: Vec<KeptRow>) -> BoxFuture<'static, Result<(), Unavailable>>;
}
