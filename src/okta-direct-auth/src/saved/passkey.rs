//! The saved state while the browser's passkey answer is awaited.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::origin::SavedOrigin;
use crate::WebauthnPending;

/// A saved [`WebauthnPending`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedPasskey {
    origin: SavedOrigin,
    /// JSON as the browser gets it, including the challenge.
    options: String,
    rp_id: String,
}

impl WebauthnPending {
    /// Everything needed to continue after a restart.
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
