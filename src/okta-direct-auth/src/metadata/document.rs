//! The discovery document, as it is sent and as it is kept.

use serde::Deserialize;
use url::Url;

use crate::{Error, ErrorKind, transport::Facts, wire::json};

/// What an authorization server says about itself, checked against the configuration.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metadata {
    pub issuer: String,
    /// Okta's hosted page, for the user's browser.
    pub authorization_endpoint: Option<Url>,
    pub token_endpoint: Url,
    pub primary_authenticate_endpoint: Url,
    pub challenge_endpoint: Url,
    pub jwks_uri: Url,
    pub revocation_endpoint: Url,
    pub introspection_endpoint: Url,
    pub userinfo_endpoint: Url,
    /// For the user's browser, and only if it has an Okta session, as after Okta's hosted page.
    pub end_session_endpoint: Option<Url>,
    pub grant_types_supported: Vec<String>,
    pub scopes_supported: Vec<String>,
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// Whether answers from its hosted page name their issuer (RFC 9207).
    pub(crate) names_itself: bool,
}

#[derive(Deserialize)]
pub(crate) struct Document {
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Option<Url>,
    pub(super) token_endpoint: Url,
    pub(super) jwks_uri: Url,
    pub(super) revocation_endpoint: Url,
    pub(super) introspection_endpoint: Url,
    pub(super) userinfo_endpoint: Url,
    pub(super) end_session_endpoint: Option<Url>,
    pub(super) grant_types_supported: Option<Vec<String>>,
    pub(super) scopes_supported: Option<Vec<String>>,
    pub(super) id_token_signing_alg_values_supported: Option<Vec<String>>,
    pub(super) token_endpoint_auth_methods_supported: Option<Vec<String>>,
    pub(super) dpop_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Document {
    pub(crate) fn read(body: &[u8], facts: &Facts) -> Result<Self, Error> {
        json(body, facts)
    }

    pub(crate) fn into_metadata(self) -> Result<Metadata, Error> {
        let token = &self.token_endpoint;
        if !token.path().ends_with("/v1/token") || token.query().is_some() {
            return Err(refused("token_endpoint_path"));
        }
        // Discovery does not list these two; they are next to the token endpoint.
        let beside = |name| token.join(name).map_err(|_| refused("token_endpoint_path"));
        Ok(Metadata {
            primary_authenticate_endpoint: beside("primary-authenticate")?,
            challenge_endpoint: beside("challenge")?,
            issuer: self.issuer,
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            jwks_uri: self.jwks_uri,
            revocation_endpoint: self.revocation_endpoint,
            introspection_endpoint: self.introspection_endpoint,
            userinfo_endpoint: self.userinfo_endpoint,
            end_session_endpoint: self.end_session_endpoint,
            grant_types_supported: self.grant_types_supported.unwrap_or_default(),
            scopes_supported: self.scopes_supported.unwrap_or_default(),
            dpop_signing_alg_values_supported: self.dpop_signing_alg_values_supported.unwrap_or_default(),
            names_itself: self.authorization_response_iss_parameter_supported,
        })
    }
}

/// A document by which no client can be built.
pub(super) fn refused(cause: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, cause)
}
