//! What a commit that failed means to who asked for it.

use super::OnFailure;
use crate::session::{ChangeError, StoreError};

/// Why a commit failed.
#[derive(Debug, Clone)]
pub(super) enum Failed {
    /// Nothing of it is in the file.
    Before(StoreError),
    /// What the disk has of it, nobody knows.
    Amid(StoreError),
}

impl Failed {
    pub(super) fn error(&self) -> &StoreError {
        match self {
            Self::Before(error) | Self::Amid(error) => error,
        }
    }

    /// What it means to who asked.
    pub(super) fn of(self, on_failure: OnFailure) -> ChangeError {
        match (self, on_failure) {
            (Self::Before(error), OnFailure::Drop) => ChangeError::NotDone(error),
            // What is kept is done, and a crash would undo it.
            (Self::Before(error), OnFailure::Keep) | (Self::Amid(error), _) => ChangeError::Unknown(error),
        }
    }
}
