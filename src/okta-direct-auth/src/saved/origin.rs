//! What a saved state was started from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{flow::SavedFlow, mfa::SavedMfa};
use crate::origin::Origin;

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
