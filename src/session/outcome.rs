//! What a store answers. A question has a value or none; a change has three outcomes that nobody may mix up.

use futures_util::future::BoxFuture;
use thiserror::Error;

use super::{Ended, EndedMany};

/// What a store answers to a question, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// What became of a change, later. `Ok`: it is done, and as safe as the store makes it.
pub type Change<'a, T> = BoxFuture<'a, Result<T, ChangeError>>;

/// The store cannot answer. Nobody is signed out by that and nobody is let in.
#[derive(Debug, Clone, Error)]
#[error("the store did not answer: {reason}")]
pub struct StoreError {
    /// What broke, for the operator.
    pub reason: String,
    /// Whether the store has told the log by itself, once for all who meet it.
    pub is_logged: bool,
}

/// Why a change does not count as done. What a caller takes back because nothing has changed (tokens that no session
/// has, say) it may take back after [`NotDone`](Self::NotDone) alone. Nothing turns one into the other, or both into a
/// [`StoreError`].
#[derive(Debug, Clone, Error)]
pub enum ChangeError {
    /// Nothing has changed, and nothing will on behalf of this call.
    #[error("{0}; nothing has changed")]
    NotDone(StoreError),
    /// It is done or not, nobody knows; or it is done, and a crash or a fail-over may still undo it. Whoever asks for
    /// the same change again finds it done, if it was.
    #[error("{0}; whether it is done, and will stay so, is not known")]
    Unknown(StoreError),
}

impl StoreError {
    pub(super) fn new(reason: impl Into<String>) -> Self {
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

impl EndedMany {
    pub(super) fn takes(&mut self, one: Result<Option<Ended>, ChangeError>) {
        match one {
            Ok(one) => self.ended.extend(one),
            Err(error) => self.fails(error),
        }
    }

    pub(super) fn fails(&mut self, error: ChangeError) {
        self.failed = Some(match self.failed.take() {
            // Not done is what nobody did.
            Some(unknown @ ChangeError::Unknown(_)) => unknown,
            Some(ChangeError::NotDone(_)) | None => error,
        });
    }
}

impl ChangeError {
    /// Whether the store has told the log by itself, once for all who meet it.
    pub fn is_logged(&self) -> bool {
        match self {
            Self::NotDone(error) | Self::Unknown(error) => error.is_logged,
        }
    }
}
