//! What a store returns. A read has a value or an error; a change has three outcomes, which must not be confused.

use futures_util::future::BoxFuture;
use thiserror::Error;

/// The future result of reading from a store.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The future outcome of a change. `Ok`: it is done, and as durable as the store makes it.
pub type Change<'a, T> = BoxFuture<'a, Result<T, ChangeError>>;

/// The store did not answer. This neither signs anybody out nor lets anybody in.
#[derive(Debug, Clone, Error)]
#[error("the store did not answer: {reason}")]
pub struct StoreError {
    /// What broke, for the operator.
    pub reason: String,
    /// Whether the store has already logged this itself, once for all callers affected.
    pub is_logged: bool,
}

/// Why a change does not count as done. Only after [`NotDone`](Self::NotDone) may a caller undo what it did on the
/// assumption of success (revoke tokens that no session has, say). Nothing converts one variant into the other, or both
/// into a [`StoreError`].
#[derive(Debug, Clone, Error)]
pub enum ChangeError {
    /// Nothing has changed, and this call will change nothing later.
    #[error("{0}; nothing has changed")]
    NotDone(StoreError),
    /// It is unknown whether the change was made; or it was made, and a crash or a fail-over may still undo it. A
    /// caller that asks for the same change again finds it done, if it was.
    #[error("{0}; it is unknown whether the change took effect and is durable")]
    Unknown(StoreError),
}

impl StoreError {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            is_logged: false,
        }
    }

    pub(super) fn logged(self) -> Self {
        Self {
            is_logged: true,
            ..self
        }
    }
}

impl ChangeError {
    /// Whether the store has already logged this itself, once for all callers affected.
    pub fn is_logged(&self) -> bool {
        match self {
            Self::NotDone(error) | Self::Unknown(error) => error.is_logged,
        }
    }
}
