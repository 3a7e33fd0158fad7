//! The saved state while an answer in Okta Verify is awaited.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    in_clear,
    origin::SavedOrigin,
    times::{millis, moment, since_1970},
};
use crate::{PushPending, secret::OobCode};

/// A saved [`PushPending`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedPush {
    origin: SavedOrigin,
    #[serde(with = "in_clear")]
    oob_code: OobCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    interval_ms: u64,
    expires_in_ms: u64,
    issued_at_ms: u64,
}

impl PushPending {
    /// Everything needed to continue after a restart, including an interval that has grown.
    pub fn save(&self) -> SavedPush {
        SavedPush {
            origin: SavedOrigin::of(&self.origin),
            oob_code: self.oob_code.clone(),
            number: self.number.clone(),
            interval_ms: millis(self.interval),
            expires_in_ms: millis(self.expires_in),
            issued_at_ms: since_1970(self.issued_at),
        }
    }
}

impl SavedPush {
    pub fn restore(self) -> PushPending {
        PushPending {
            origin: self.origin.restore(),
            oob_code: self.oob_code,
            number: self.number,
            interval: Duration::from_millis(self.interval_ms),
            expires_in: Duration::from_millis(self.expires_in_ms),
            issued_at: moment(self.issued_at_ms),
        }
    }
}

impl fmt::Debug for SavedPush {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedPush")
            .field("origin", &self.origin)
            .field("has_number", &self.number.is_some())
            .field("interval_ms", &self.interval_ms)
            .field("expires_in_ms", &self.expires_in_ms)
            .field("issued_at_ms", &self.issued_at_ms)
            .finish_non_exhaustive()
    }
}
