//! The meaning of a missing or invalid answer from Redis.

use redis::{ErrorKind, RedisError};

use crate::session::StoreError;

/// Errors by which Redis says that a script has changed nothing or was not run.
const REFUSALS: [&str; 16] = [
    "ASK",
    "BUSY",
    "CLUSTERDOWN",
    "CROSSSLOT",
    "LOADING",
    "MASTERDOWN",
    "MISCONF",
    "MOVED",
    "NOAUTH",
    "NOPERM",
    "NOREPLICAS",
    "NOSCRIPT",
    "OOM",
    "READONLY",
    "TRYAGAIN",
    "WRONGPASS",
];

/// Why there is no valid answer.
pub(super) enum Unanswered {
    /// Redis did not do it, or was not asked.
    Refused(StoreError),
    /// The answer was lost with the connection; the same question may be answered over the next one.
    Lost(StoreError),
    /// No answer came in time, or too few replicas have the change.
    Unknown(StoreError),
}

impl Unanswered {
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Refused(error) | Self::Lost(error) | Self::Unknown(error) => error,
        }
    }
}

impl From<&RedisError> for Unanswered {
    fn from(error: &RedisError) -> Self {
        let why = failed(error);
        let is_refused = match error.code() {
            Some(code) => REFUSALS.contains(&code),
            None => {
                error.is_connection_refusal()
                    || matches!(error.kind(), ErrorKind::Client | ErrorKind::ClusterConnectionNotFound)
            }
        };
        if is_refused {
            Self::Refused(why)
        } else if error.is_connection_dropped() {
            Self::Lost(why)
        } else {
            Self::Unknown(why)
        }
    }
}

/// Whether another connection may help: this one is broken, or leads to a node that no longer accepts writes.
pub(super) fn is_gone(error: &RedisError) -> bool {
    match error.code() {
        None => true,
        Some(code) => [
            "READONLY",
            "LOADING",
            "MASTERDOWN",
            "CLUSTERDOWN",
            "NOAUTH",
            "NOREPLICAS",
        ]
        .contains(&code),
    }
}

/// The error for the log: its kind and Redis's message, which never holds values.
pub(super) fn failed(error: &RedisError) -> StoreError {
    StoreError::new(format!("redis: {error}"))
}
