//! The tokens in a reply of the token endpoint.

use std::time::Duration;

use serde::Deserialize;

use super::{json, nonsense};
use crate::{AccessToken, Error, IdToken, RefreshToken, transport::Facts};

/// How an access token is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenType {
    Bearer,
    Dpop,
}

#[derive(Clone, Debug)]
pub(crate) struct TokenBody {
    pub(crate) token_type: TokenType,
    pub(crate) access_token: Option<AccessToken>,
    pub(crate) refresh_token: Option<RefreshToken>,
    /// If it is missing, that is a failure after which the other tokens must be revoked.
    pub(crate) id_token: Option<IdToken>,
    pub(crate) expires_in: Duration,
    pub(crate) scope: Option<String>,
    pub(crate) request_id: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    token_type: String,
    expires_in: u64,
    access_token: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    scope: Option<String>,
}

impl TokenBody {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        let raw: Raw = json(body, facts)?;
        let token_type = TokenType::parse(&raw.token_type).ok_or(nonsense("token_type"))?;
        let some = |token: Option<String>| token.filter(|token| !token.is_empty());
        Ok(Self {
            token_type,
            access_token: some(raw.access_token).map(AccessToken::new),
            refresh_token: some(raw.refresh_token).map(RefreshToken::new),
            id_token: some(raw.id_token).map(IdToken::new),
            expires_in: Duration::from_secs(raw.expires_in),
            scope: raw.scope,
            request_id: facts.request_id.clone(),
        })
    }
}

impl TokenType {
    fn parse(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("bearer") {
            Some(Self::Bearer)
        } else if name.eq_ignore_ascii_case("dpop") {
            Some(Self::Dpop)
        } else {
            None
        }
    }
}
