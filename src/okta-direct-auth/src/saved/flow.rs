//! What a saved state keeps the same until the sign-in ends.

use serde::{Deserialize, Serialize};

use super::dpop_key::SavedDpopKey;
use crate::{DpopKey, flow::Flow};

/// Without the context classes or the number of rounds checks would silently become weaker, so these may not be
/// missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SavedFlow {
    scope: String,
    acr_values: Vec<String>,
    rounds: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dpop_key: Option<SavedDpopKey>,
}

impl SavedFlow {
    pub(super) fn of(flow: &Flow) -> Self {
        Self {
            scope: flow.scope.to_string(),
            acr_values: flow.acr_values.to_vec(),
            rounds: flow.rounds,
            dpop_key: flow.dpop.as_ref().map(DpopKey::save),
        }
    }

    pub(super) fn restore(self) -> Flow {
        Flow {
            scope: self.scope.into(),
            acr_values: self.acr_values.into(),
            rounds: self.rounds,
            dpop: self.dpop_key.map(SavedDpopKey::restore),
        }
    }
}
