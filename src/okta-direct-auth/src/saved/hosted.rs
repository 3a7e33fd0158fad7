//! The saved state while a browser is at Okta's hosted page.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{flow::SavedFlow, in_clear};
use crate::{
    HostedPending,
    secret::{CodeVerifier, Nonce, State},
};

/// A saved [`HostedPending`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedHosted {
    flow: SavedFlow,
    redirect_uri: String,
    #[serde(with = "in_clear")]
    state: State,
    #[serde(with = "in_clear")]
    nonce: Nonce,
    #[serde(with = "in_clear")]
    verifier: CodeVerifier,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<i64>,
}

impl HostedPending {
    /// Everything needed to continue after a restart.
    pub fn save(&self) -> SavedHosted {
        SavedHosted {
            flow: SavedFlow::of(&self.flow),
            redirect_uri: self.redirect_uri.to_string(),
            state: self.state.clone(),
            nonce: self.nonce.clone(),
            verifier: self.verifier.clone(),
            not_before: self.not_before,
        }
    }
}

impl SavedHosted {
    pub fn restore(self) -> HostedPending {
        HostedPending {
            flow: self.flow.restore(),
            redirect_uri: self.redirect_uri.into(),
            state: self.state,
            nonce: self.nonce,
            verifier: self.verifier,
            not_before: self.not_before,
        }
    }
}

impl fmt::Debug for SavedHosted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedHosted")
            .field("flow", &self.flow)
            .field("redirect_uri", &self.redirect_uri)
            .field("not_before", &self.not_before)
            .finish_non_exhaustive()
    }
}
