//! A failure that may give the state back.

use std::{error::Error as StdError, fmt};

use crate::{Error, ErrorKind};

/// A step that failed, and the state to continue from if there is one.
#[derive(Debug)]
pub struct Failed<S> {
    pub error: Error,
    /// The same state, if it may be used again; after a refresh, the [`Unjudged`](crate::Unjudged) tokens. `None`: it
    /// is dead.
    pub retry: Option<S>,
}

impl<S> Failed<S> {
    /// Gives the state back if the failure left it usable.
    pub(crate) fn or_back(error: Error, state: S) -> Self {
        let retry = error.kind().leaves_state_alive().then_some(state);
        Self { error, retry }
    }

    pub(crate) fn dead(error: Error) -> Self {
        Self { error, retry: None }
    }
}

impl ErrorKind {
    /// After these errors the state is as good as before, or may be: the next call to Okta shows it.
    const fn leaves_state_alive(self) -> bool {
        matches!(
            self,
            Self::WrongCode
                | Self::WebauthnRefused
                | Self::RateLimited
                | Self::Unavailable
                | Self::Nonsense
                | Self::NotEnrolled
                | Self::FactorNotPrompted
                | Self::ChannelUnsupported
                | Self::DeliveryFailed
        )
    }
}

impl<S> fmt::Display for Failed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<S: fmt::Debug> StdError for Failed<S> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}
