//! What a saved state was started from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{dpop_key::SavedDpopKey, mfa::SavedMfa};
use crate::{
    DpopKey,
    flow::{Flow, Origin},
};

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

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SavedOrigin {
    Primary {
        flow: SavedFlow,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        login: Option<String>,
    },
    Mfa(SavedMfa),
}

impl SavedOrigin {
    pub(super) fn of(origin: &Origin) -> Self {
        match origin {
            Origin::Primary { flow, login } => Self::Primary {
                flow: SavedFlow::of(flow),
                login: login.as_deref().map(str::to_owned),
            },
            Origin::Mfa(mfa) => Self::Mfa(mfa.save()),
        }
    }

    pub(super) fn restore(self) -> Origin {
        match self {
            Self::Primary { flow, login } => Origin::Primary {
                flow: flow.restore(),
                login: login.map(Into::into),
            },
            Self::Mfa(mfa) => Origin::Mfa(mfa.restore()),
        }
    }
}

impl fmt::Debug for SavedOrigin {
    /// Leaves out the login: people type passwords there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Primary { flow, .. } => f.debug_struct("Primary").field("flow", flow).finish_non_exhaustive(),
            Self::Mfa(mfa) => mfa.fmt(f),
        }
    }
}
