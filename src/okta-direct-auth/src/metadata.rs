//! Discovery: where the endpoints are.

use std::{sync::Arc, time::Duration};

use serde::Deserialize;
use url::Url;

use crate::{
    Client, ClientAuth, Device, DpopMode, Error, ErrorKind,
    cache::Fetched,
    dpop,
    transport::{Call, Facts, Purpose},
    wire::json,
};

const ONE_DAY: Duration = Duration::from_hours(24);

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
    issuer: String,
    authorization_endpoint: Option<Url>,
    token_endpoint: Url,
    jwks_uri: Url,
    revocation_endpoint: Url,
    introspection_endpoint: Url,
    userinfo_endpoint: Url,
    end_session_endpoint: Option<Url>,
    grant_types_supported: Option<Vec<String>>,
    scopes_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    dpop_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Client {
    /// The discovery document, cached for a day. If it cannot be renewed, the old document stays in use.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        self.shared.metadata.get(&*self.clock, self.discover()).await
    }

    async fn discover(&self) -> Result<Fetched<Metadata>, Error> {
        let url = format!("{}/.well-known/openid-configuration", self.shared.issuer);
        let url = Url::parse(&url).map_err(|_| refused("issuer_not_a_url"))?;
        let device = Device::default();
        let call = Call::new(Purpose::Discovery, &url, &device);
        let document = self.call(&call, Document::read).await?.good()?;
        let value = self.check(document)?;
        Ok(Fetched {
            value,
            fresh_for: ONE_DAY,
        })
    }

    /// Endpoints receive passwords, so a document that points to another host is refused as a whole.
    pub(crate) fn check(&self, document: Document) -> Result<Metadata, Error> {
        if document.issuer != self.shared.issuer {
            return Err(refused("issuer_differs"));
        }
        let endpoints = [
            &document.token_endpoint,
            &document.jwks_uri,
            &document.revocation_endpoint,
            &document.introspection_endpoint,
            &document.userinfo_endpoint,
        ];
        let is_ours = |url: &Url| self.config().permits(url) && url.origin() == self.config().org_url.origin();
        if !endpoints
            .into_iter()
            .chain(&document.authorization_endpoint)
            .chain(&document.end_session_endpoint)
            .all(is_ours)
        {
            return Err(refused("endpoint_elsewhere"));
        }
        self.check_abilities(&document)?;
        document.into_metadata()
    }

    fn check_abilities(&self, document: &Document) -> Result<(), Error> {
        let lacks = |list: &Option<Vec<String>>, name: &str| {
            list.as_ref()
                .is_some_and(|list| !list.iter().any(|entry| entry == name))
        };
        if lacks(&document.id_token_signing_alg_values_supported, "RS256") {
            return Err(refused("rs256_unsupported"));
        }
        if lacks(
            &document.token_endpoint_auth_methods_supported,
            method(&self.config().client_auth),
        ) {
            return Err(refused("client_auth_unsupported"));
        }
        if self.config().dpop == DpopMode::On && lacks(&document.dpop_signing_alg_values_supported, dpop::ALGORITHM) {
            return Err(refused("dpop_unsupported"));
        }
        // No org lists the WebAuthn grants, not even where they work.
        let mut wanted = self.config().second_factors.iter().filter(|grant| !grant.is_webauthn());
        if wanted.any(|grant| lacks(&document.grant_types_supported, grant.as_str())) {
            return Err(refused("grant_unsupported"));
        }
        Ok(())
    }
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

const fn method(auth: &ClientAuth) -> &'static str {
    match auth {
        ClientAuth::None => "none",
        ClientAuth::SecretBasic(_) => "client_secret_basic",
        ClientAuth::SecretPost(_) => "client_secret_post",
        ClientAuth::SecretJwt(_) => "client_secret_jwt",
        ClientAuth::PrivateKeyJwt { .. } => "private_key_jwt",
    }
}

fn refused(cause: &'static str) -> Error {
    Error::new(ErrorKind::Misconfigured, cause)
}
