//! What refusals mean.

use crate::{Action, Error, ErrorKind};

/// What a refusal means.
pub(super) struct Verdict {
    kind: ErrorKind,
    cause: &'static str,
    action: Option<Action>,
}

impl Verdict {
    pub(super) const fn new(kind: ErrorKind, cause: &'static str) -> Self {
        Self {
            kind,
            cause,
            action: None,
        }
    }

    pub(super) const fn but(kind: ErrorKind, cause: &'static str, action: Action) -> Self {
        Self {
            kind,
            cause,
            action: Some(action),
        }
    }

    pub(super) fn into_error(self) -> Error {
        let error = Error::new(self.kind, self.cause);
        match self.action {
            Some(action) => error.with_action(action),
            None => error,
        }
    }
}
