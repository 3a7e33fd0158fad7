//! The saved state between two factors.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{flow::SavedFlow, in_clear};
use crate::{Grant, MfaRequired, secret::MfaToken};

/// A saved [`MfaRequired`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedMfa {
    pub(super) flow: SavedFlow,
    #[serde(with = "in_clear")]
    pub(super) mfa_token: MfaToken,
    /// Space-separated, as Okta sent them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) offers: Option<String>,
}

impl MfaRequired {
    /// Everything needed to continue after a restart.
    pub fn save(&self) -> SavedMfa {
        let offers = self.offers.as_deref().map(|offers| {
            let names: Vec<_> = offers.iter().map(|grant| grant.as_str()).collect();
            names.join(" ")
        });
        SavedMfa {
            flow: SavedFlow::of(&self.flow),
            mfa_token: self.token.clone(),
            offers,
        }
    }
}

impl SavedMfa {
    pub fn restore(self) -> MfaRequired {
        MfaRequired {
            flow: self.flow.restore(),
            token: self.mfa_token,
            offers: self.offers.map(|list| Grant::parse_list(&list).into()),
            request_id: None,
        }
    }
}

impl fmt::Debug for SavedMfa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedMfa")
            .field("flow", &self.flow)
            .finish_non_exhaustive()
    }
}
