//! What a table of sessions says to whoever wants to renew one.

use crate::domain::session::Tokens;
use crate::session::{Lease, Leasing, Renewed};

/// What became of asking for the right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum LeaseAnswer {
    Granted(u64),
    Busy,
    Resting,
    Nothing,
}

impl LeaseAnswer {
    /// A right is worth something only together with the tokens.
    pub(in crate::session) fn with(self, tokens: Option<Tokens>) -> Leasing {
        match (self, tokens) {
            (Self::Granted(number), Some(tokens)) => Leasing::Granted(Lease { tokens, number }),
            (Self::Busy, _) => Leasing::Busy,
            (Self::Resting, _) => Leasing::Resting,
            (Self::Granted(_) | Self::Nothing, _) => Leasing::Nothing,
        }
    }
}

/// Why a lease is good for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Lost {
    /// Somebody is about to end the session, and may not succeed.
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
