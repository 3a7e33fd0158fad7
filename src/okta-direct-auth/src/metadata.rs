//! Discovery: where the endpoints are.

mod document;

pub(crate) use self::document::Document;
pub use self::document::Metadata;

use std::{sync::Arc, time::Duration};

use url::Url;

use self::document::refused;
use crate::{
    Client, ClientAuth, Device, DpopMode, Error,
    cache::Fetched,
    dpop,
    transport::{Call, Purpose},
};

/// For whom the document is asked for. An app may have an issuer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    ForServer,
    ForApp,
}

const ONE_DAY: Duration = Duration::from_hours(24);

impl Client {
    /// The discovery document, cached for a day. If it cannot be renewed, the old document stays in use.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, Error> {
        self.shared.metadata.get(&*self.clock, || self.discover()).await
    }

    async fn discover(&self) -> Result<Fetched<Metadata>, Error> {
        let value = self.document(Asked::ForServer).await?;
        #[cfg(feature = "tracing")]
        for grant in self.unlisted(&value.grant_types_supported) {
            tracing::warn!(
                grant = grant.as_str(),
                "Okta's discovery document does not list a grant that is used here"
            );
        }
        Ok(Fetched {
            value,
            fresh_for: ONE_DAY,
        })
    }

    /// The second factors that the document lacks. That is no reason to refuse it: the list says what the product knows,
    /// some orgs leave out the grants of direct authentication, and none lists those of WebAuthn.
    #[cfg(feature = "tracing")]
    fn unlisted(&self, listed: &[String]) -> impl Iterator<Item = &crate::Grant> {
        let is_listed = |grant: &crate::Grant| listed.is_empty() || listed.iter().any(|name| name == grant.as_str());
        let wanted = self.config().second_factors.iter();
        wanted.filter(move |grant| !grant.is_webauthn() && !is_listed(grant))
    }

    /// Fetches and checks the document.
    pub(crate) async fn document(&self, asked: Asked) -> Result<Metadata, Error> {
        let url = format!("{}/.well-known/openid-configuration", self.shared.issuer);
        let mut url = Url::parse(&url).map_err(|_| refused("issuer_not_a_url"))?;
        if asked == Asked::ForApp {
            url.query_pairs_mut().append_pair("client_id", &self.config().client_id);
        }
        let device = Device::default();
        let call = Call::new(Purpose::Discovery, &url, &device);
        let document = self.call(&call, Document::read).await?.good()?;
        self.check(document)
    }

    /// Endpoints receive passwords, so a document that points to another host is refused as a whole.
    pub(crate) fn check(&self, document: Document) -> Result<Metadata, Error> {
        if document.issuer != self.shared.issuer {
            return Err(refused("issuer_differs").with_issuers(&self.shared.issuer, Some(&document.issuer)));
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
        Ok(())
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
