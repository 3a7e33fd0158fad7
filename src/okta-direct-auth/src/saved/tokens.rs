//! The tokens of a finished sign-in.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    dpop_key::SavedDpopKey,
    in_clear,
    times::{millis, moment, since_1970},
};
use crate::{AccessToken, Claims, DpopKey, IdToken, RefreshToken, TokenSet};

/// A saved [`TokenSet`]. Holds secrets in clear: seal it before storing it.
#[derive(Clone, Serialize, Deserialize)]
pub struct SavedTokens {
    #[serde(default, with = "in_clear::maybe", skip_serializing_if = "Option::is_none")]
    access_token: Option<AccessToken>,
    #[serde(default, with = "in_clear::maybe", skip_serializing_if = "Option::is_none")]
    refresh_token: Option<RefreshToken>,
    #[serde(with = "in_clear")]
    id_token: IdToken,
    claims: SavedClaims,
    expires_in_ms: u64,
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dpop_key: Option<SavedDpopKey>,
}

#[derive(Clone, Serialize, Deserialize)]
struct SavedClaims {
    sub: String,
    issuer: String,
    issued_at_ms: u64,
    expires_at_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auth_time_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    amr: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acr: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preferred_username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
}

impl TokenSet {
    /// The tokens and their checked claims.
    pub fn save(&self) -> SavedTokens {
        SavedTokens {
            access_token: self.access_token.clone(),
            refresh_token: self.refresh_token.clone(),
            id_token: self.id_token.clone(),
            claims: SavedClaims::of(&self.claims),
            expires_in_ms: millis(self.expires_in),
            scope: self.scope.clone(),
            request_id: self.request_id.clone(),
            dpop_key: self.dpop_key.as_ref().map(DpopKey::save),
        }
    }
}

impl SavedTokens {
    /// The tokens as they were. They passed every check before they were saved; nothing is checked again.
    pub fn restore(self) -> TokenSet {
        TokenSet {
            access_token: self.access_token,
            refresh_token: self.refresh_token,
            id_token: self.id_token,
            claims: self.claims.restore(),
            expires_in: Duration::from_millis(self.expires_in_ms),
            scope: self.scope,
            request_id: self.request_id,
            dpop_key: self.dpop_key.map(SavedDpopKey::restore),
        }
    }
}

impl SavedClaims {
    fn of(claims: &Claims) -> Self {
        let claims = claims.clone();
        Self {
            sub: claims.sub,
            issuer: claims.issuer,
            issued_at_ms: since_1970(claims.issued_at),
            expires_at_ms: since_1970(claims.expires_at),
            auth_time_ms: claims.auth_time.map(since_1970),
            amr: claims.amr,
            acr: claims.acr,
            name: claims.name,
            preferred_username: claims.preferred_username,
            email: claims.email,
            email_verified: claims.email_verified,
            groups: claims.groups,
        }
    }

    fn restore(self) -> Claims {
        Claims {
            sub: self.sub,
            issuer: self.issuer,
            issued_at: moment(self.issued_at_ms),
            expires_at: moment(self.expires_at_ms),
            auth_time: self.auth_time_ms.map(moment),
            amr: self.amr,
            acr: self.acr,
            name: self.name,
            preferred_username: self.preferred_username,
            email: self.email,
            email_verified: self.email_verified,
            groups: self.groups,
        }
    }
}

impl fmt::Debug for SavedTokens {
    /// Leaves out the user's identity too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedTokens")
            .field("issuer", &self.claims.issuer)
            .field("expires_at_ms", &self.claims.expires_at_ms)
            .field("has_refresh_token", &self.refresh_token.is_some())
            .field("is_bound", &self.dpop_key.is_some())
            .finish_non_exhaustive()
    }
}
