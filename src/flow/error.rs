//! What an operator must look at.

use thiserror::Error;

use crate::session::{ChangeError, StoreError};

/// An operation that broke for reasons no customer can mend.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The store did not give an attempt.
    #[error("reading the attempt")]
    ReadAttempt(#[source] StoreError),
    /// The store did not take an attempt.
    #[error("storing the attempt")]
    StoreAttempt(#[source] ChangeError),
    /// The store did not give a session.
    #[error("reading the session")]
    ReadSession(#[source] StoreError),
    /// The store did not take a session.
    #[error("storing the session")]
    StoreSession(#[source] ChangeError),
    /// The store did not take a use of a session.
    #[error("noting the use of a session")]
    NoteUse(#[source] StoreError),
    /// The store did not give what is owed to Okta.
    #[error("reading what is owed to Okta")]
    ReadRevocations(#[source] StoreError),
}

impl FlowError {
    /// Whether the log was told once for all who meet it, so that nobody needs to say it for each.
    pub fn is_logged(&self) -> bool {
        match self {
            Self::ReadAttempt(source)
            | Self::ReadSession(source)
            | Self::NoteUse(source)
            | Self::ReadRevocations(source) => source.is_logged,
            Self::StoreAttempt(source) | Self::StoreSession(source) => source.is_logged(),
        }
    }

    pub(super) fn reading_attempt(source: StoreError) -> Self {
        Self::ReadAttempt(source)
    }

    pub(super) fn storing_attempt(source: ChangeError) -> Self {
        Self::StoreAttempt(source)
    }

    pub(super) fn reading_session(source: StoreError) -> Self {
        Self::ReadSession(source)
    }

    pub(super) fn storing_session(source: ChangeError) -> Self {
        Self::StoreSession(source)
    }

    pub(super) fn reading_revocations(source: StoreError) -> Self {
        Self::ReadRevocations(source)
    }
}
