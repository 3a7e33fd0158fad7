//! What a finished sign-in yields.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use crate::{AccessToken, DpopKey, IdToken, MfaRequired, RefreshToken};

/// What a passed factor led to.
#[derive(Clone, Debug)]
pub enum Step {
    SignedIn(Box<TokenSet>),
    MfaRequired(MfaRequired),
}

/// Tokens whose ID token has passed every check.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// Missing only in second-factor attestation.
    pub access_token: Option<AccessToken>,
    pub refresh_token: Option<RefreshToken>,
    pub id_token: IdToken,
    pub claims: Claims,
    /// Lifetime of the access token.
    pub expires_in: Duration,
    /// What Okta granted; can be less than what was requested.
    pub scope: String,
    /// Okta's id for the call that yielded these.
    pub request_id: Option<String>,
    /// The key that the tokens are bound to, if they are. Without it they are useless; refresh them with
    /// [`Client::refresh_bound`](crate::Client::refresh_bound).
    pub dpop_key: Option<DpopKey>,
}

/// What Okta gave for a refresh token, beside an ID token that cannot be checked here: our clock is off, or Okta's keys
/// are not available. Good for the next refresh and for a revocation, and for nothing else.
#[derive(Clone, Debug)]
pub struct Unjudged {
    pub access_token: Option<AccessToken>,
    /// The one that was exchanged for it may no longer be valid.
    pub refresh_token: Option<RefreshToken>,
    /// Lifetime of the access token.
    pub expires_in: Duration,
    /// The key that the tokens are bound to, if they are.
    pub dpop_key: Option<DpopKey>,
}

/// The checked content of an ID token.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// Okta's stable id of the user.
    pub sub: String,
    pub issuer: String,
    pub issued_at: SystemTime,
    pub expires_at: SystemTime,
    pub auth_time: Option<SystemTime>,
    /// Methods used. Advisory: Okta promises neither order nor completeness.
    pub amr: Vec<String>,
    pub acr: Option<String>,
    pub name: Option<String>,
    pub preferred_username: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub groups: Vec<String>,
}

impl fmt::Debug for Claims {
    /// Leaves out personal data other than `sub`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("sub", &self.sub)
            .field("issuer", &self.issuer)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .field("auth_time", &self.auth_time)
            .field("amr", &self.amr)
            .field("acr", &self.acr)
            .finish_non_exhaustive()
    }
}
