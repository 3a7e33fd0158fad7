//! What an operator must look at.

use thiserror::Error;

use crate::session::StoreError;

/// An operation that broke for reasons no customer can mend.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The store did not give an attempt.
    #[error("reading the attempt")]
    ReadAttempt(#[source] StoreError),
    /// The store did not take an attempt.
    #[error("storing the attempt")]
    StoreAttempt(#[source] StoreError),
    /// The store did not give a session.
    #[error("reading the session")]
    ReadSession(#[source] StoreError),
    /// The store did not take a session.
    #[error("storing the session")]
    StoreSession(#[source] StoreError),
}

impl FlowError {
    pub(super) fn reading_attempt(source: StoreError) -> Self {
        Self::ReadAttempt(source)
    }

    pub(super) fn storing_attempt(source: StoreError) -> Self {
        Self::StoreAttempt(source)
    }

    pub(super) fn reading_session(source: StoreError) -> Self {
        Self::ReadSession(source)
    }

    pub(super) fn storing_session(source: StoreError) -> Self {
        Self::StoreSession(source)
    }
}
