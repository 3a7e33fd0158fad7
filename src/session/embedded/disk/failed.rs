//! What a failed commit means to its callers.

use super::on_failure::OnFailure;
use crate::session::{ChangeError, StoreError};

/// Why a commit failed.
#[derive(Debug, Clone)]
pub(super) enum Failed {
    /// Nothing of it is in the file.
    Before(StoreError),
    /// How much of it is on disk is unknown.
    Amid(StoreError),
}

impl Failed {
    pub(super) fn error(&self) -> &StoreError {
        match self {
            Self::Before(error) | Self::Amid(error) => error,
        }
    }

    /// What the failure means to a caller.
    pub(super) fn of(self, on_failure: OnFailure) -> ChangeError {
        match (self, on_failure) {
            (Self::Before(error), OnFailure::Drop) => ChangeError::NotDone(error),
            // A kept change is done, but a crash would undo it.
            (Self::Before(error), OnFailure::Keep) | (Self::Amid(error), _) => ChangeError::Unknown(error),
        }
    }
}
