//! The saved state while a code is awaited.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    channel, in_clear,
    origin::SavedOrigin,
    times::{millis, moment, since_1970},
};
use crate::{Channel, CodePending, secret::OobCode};

/// A saved [`CodePending`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedCode {
    origin: SavedOrigin,
    #[serde(with = "in_clear")]
    oob_code: OobCode,
    #[serde(with = "channel")]
    channel: Channel,
    expires_in_ms: u64,
    issued_at_ms: u64,
}

impl CodePending {
    /// Everything needed to continue after a restart.
    pub fn save(&self) -> SavedCode {
        SavedCode {
            origin: SavedOrigin::of(&self.origin),
            oob_code: self.oob_code.clone(),
            channel: self.channel,
            expires_in_ms: millis(self.expires_in),
            issued_at_ms: since_1970(self.issued_at),
        }
    }
}

impl SavedCode {
    pub fn restore(self) -> CodePending {
        CodePending {
            origin: self.origin.restore(),
            oob_code: self.oob_code,
            channel: self.channel,
            expires_in: Duration::from_millis(self.expires_in_ms),
            issued_at: moment(self.issued_at_ms),
        }
    }
}

impl fmt::Debug for SavedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedCode")
            .field("origin", &self.origin)
            .field("channel", &self.channel)
            .field("expires_in_ms", &self.expires_in_ms)
            .field("issued_at_ms", &self.issued_at_ms)
            .finish_non_exhaustive()
    }
}
