//! Waiting for the browser to come back with a passkey.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::origin::SavedOrigin;
use crate::WebauthnPending;

/// A [`WebauthnPending`] put away. Holds secrets in clear: seal it before it rests anywhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedPasskey {
    origin: SavedOrigin,
    /// JSON as the browser gets it, the challenge included.
    options: String,
    rp_id: String,
}

impl WebauthnPending {
    /// Everything it takes to go on after a restart.
    pub fn save(&self) -> SavedPasskey {
        SavedPasskey {
            origin: SavedOrigin::of(&self.origin),
            options: self.options.to_string(),
            rp_id: self.rp_id.to_string(),
        }
    }
}

impl SavedPasskey {
    pub fn restore(self) -> WebauthnPending {
        WebauthnPending {
            origin: self.origin.restore(),
            options: self.options.into(),
            rp_id: self.rp_id.into(),
        }
    }
}

impl fmt::Debug for SavedPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedPasskey")
            .field("origin", &self.origin)
            .field("rp_id", &self.rp_id)
            .finish_non_exhaustive()
    }
}
