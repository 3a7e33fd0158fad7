//! Errors that an operator must look at.

use thiserror::Error;

use crate::session::{ChangeError, StoreError};

/// An operation that failed for reasons that no customer can fix.
#[derive(Debug, Error)]
pub enum FlowError {
    /// The store could not read an attempt.
    #[error("reading the attempt")]
    ReadAttempt(#[source] StoreError),
    /// The store could not keep an attempt.
    #[error("storing the attempt")]
    StoreAttempt(#[source] ChangeError),
    /// The store could not read a session.
    #[error("reading the session")]
    ReadSession(#[source] StoreError),
    /// The store could not keep a session.
    #[error("storing the session")]
    StoreSession(#[source] ChangeError),
    /// The store could not record the last use of a session.
    #[error("noting the use of a session")]
    NoteUse(#[source] StoreError),
    /// The store could not read the pending revocations.
    #[error("reading pending revocations")]
    ReadRevocations(#[source] StoreError),
    /// The store could not read the logout notices.
    #[error("reading logout notices")]
    ReadNotices(#[source] StoreError),
    /// The store could not read what the help desk asks about.
    #[error("reading what the help desk asks about")]
    ReadDesk(#[source] StoreError),
    /// The store could not keep a change of the help desk.
    #[error("storing a change of the help desk")]
    StoreDesk(#[source] ChangeError),
    /// The audit record cannot be written, and `ops.audit_full` is `refuse`.
    #[error("no sign-in without an audit record")]
    Unaudited,
}

impl FlowError {
    /// Whether the failure is already in the log. It is logged once for all requests that it affects.
    pub fn is_logged(&self) -> bool {
        match self {
            Self::ReadAttempt(source)
            | Self::ReadSession(source)
            | Self::NoteUse(source)
            | Self::ReadRevocations(source)
            | Self::ReadNotices(source)
            | Self::ReadDesk(source) => source.is_logged,
            Self::StoreAttempt(source) | Self::StoreSession(source) | Self::StoreDesk(source) => source.is_logged(),
            Self::Unaudited => true,
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

    pub(super) fn reading_desk(source: StoreError) -> Self {
        Self::ReadDesk(source)
    }

    pub(super) fn storing_desk(source: ChangeError) -> Self {
        Self::StoreDesk(source)
    }

    pub(super) fn reading_revocations(source: StoreError) -> Self {
        Self::ReadRevocations(source)
    }

    pub(super) fn reading_notices(source: StoreError) -> Self {
        Self::ReadNotices(source)
    }
}
