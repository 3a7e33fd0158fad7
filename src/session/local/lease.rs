//! The answers of the session table to a request for renewal.

use crate::domain::session::Tokens;
use crate::session::{Lease, Leasing, Renewed};

/// The outcome of asking for a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum LeaseAnswer {
    Granted(u64),
    Busy,
    Resting,
    Nothing,
}

impl LeaseAnswer {
    /// Adds the tokens: a lease is useless without them.
    pub(in crate::session) fn with(self, tokens: Option<Tokens>) -> Leasing {
        match (self, tokens) {
            (Self::Granted(number), Some(tokens)) => Leasing::Granted(Lease { tokens, number }),
            (Self::Busy, _) => Leasing::Busy,
            (Self::Resting, _) => Leasing::Resting,
            (Self::Granted(_) | Self::Nothing, _) => Leasing::Nothing,
        }
    }
}

/// Why a lease is no longer valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Lost {
    /// Another request is about to end the session, and may not succeed.
    Seized,
    Superseded,
    Ended,
}

impl From<Lost> for Renewed {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Seized | Lost::Superseded => Self::Superseded,
            Lost::Ended => Self::Ended,
        }
    }
}
