//! The settings that a client needs before its first call.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::{Error, ErrorKind, Grant, loopback::is_loopback};

/// Settings of one [`Client`](crate::Client). Start with [`Config::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct Config {
    /// `https://your-org.okta.com` or a custom domain, without a path.
    pub org_url: Url,
    pub authorization_server: AuthorizationServer,
    pub client_id: String,
    pub client_auth: ClientAuth,
    /// Requested in every sign-in and every refresh. `openid` must be among them.
    pub scopes: Vec<String>,
    /// The second factors that the caller can carry out. Okta then refuses at once a sign-in that would fail half-way.
    pub second_factors: Vec<Grant>,
    /// Most orgs do not know the WebAuthn grants and refuse requests that name them. When off, the names are never sent
    /// along with other factors.
    pub org_knows_webauthn: bool,
    pub dpop: DpopMode,
    /// Sent in front of the browser's own user agent.
    pub user_agent: String,
    pub connect_timeout: Duration,
    /// For a whole call, including the reply body.
    pub timeout: Duration,
    /// Permits plain http to 127.0.0.0/8, `::1` and `localhost`, for a simulator.
    pub allow_http_loopback: bool,
    /// Contents of PEM files with certificate authorities to trust in addition to the system's.
    pub extra_root_certificates: Vec<Vec<u8>>,
}

impl Config {
    /// A public client of the org authorization server that offers every second factor but passkeys.
    pub fn new(org_url: Url, client_id: impl Into<String>) -> Self {
        Self {
            org_url,
            authorization_server: AuthorizationServer::Org,
            client_id: client_id.into(),
            client_auth: ClientAuth::None,
            scopes: ["openid", "profile", "email"].map(String::from).to_vec(),
            second_factors: vec![Grant::MfaOtp, Grant::MfaOob],
            org_knows_webauthn: false,
            dpop: DpopMode::Off,
            user_agent: concat!("okta-direct-auth/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            allow_http_loopback: false,
            extra_root_certificates: Vec::new(),
        }
    }
}

/// Which of an org's authorization servers issues the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationServer {
    /// The org authorization server, which every org has.
    Org,
    /// A custom authorization server: `default` or its id.
    Custom(String),
}

/// Whether new sign-ins get tokens that are bound to a key ([`DpopKey`](crate::DpopKey), RFC 9449). Sessions that have
/// a key keep using it, whatever the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DpopMode {
    #[default]
    Off,
    /// Tokens that are not bound are refused and revoked. The app at Okta must demand DPoP.
    On,
    /// A proof is sent if the server supports ES256. Tokens are accepted as they come; they are bound if the app
    /// demands it.
    Auto,
}

/// How the app authenticates to Okta.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// A public client, which sends only its id.
    None,
    SecretBasic(SecretString),
    SecretPost(SecretString),
    /// The secret signs assertions (HS256) and is never sent. Okta requires at least 32 characters.
    SecretJwt(SecretString),
    /// RS256 or ES256, according to the key. PEM in PKCS#8, PKCS#1 or SEC 1 form.
    PrivateKeyJwt {
        pem: SecretString,
        key_id: Option<String>,
    },
}

impl Config {
    /// Checks what can be checked offline and returns the issuer that tokens must come from.
    pub(crate) fn issuer(&self) -> Result<String, Error> {
        let wrong = |cause| Err(Error::new(ErrorKind::Misconfigured, cause));
        let url = &self.org_url;
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !url.has_host() || !is_bare {
            return wrong("org_url_not_bare");
        }
        if !self.permits(url) {
            return wrong("org_url_not_https");
        }
        if self.client_id.is_empty() {
            return wrong("client_id_empty");
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            return wrong("openid_scope_missing");
        }
        if !self.second_factors.iter().all(|grant| grant.is_second()) {
            return wrong("second_factor_not_a_second_factor");
        }
        let org = url.as_str().trim_end_matches('/');
        match &self.authorization_server {
            AuthorizationServer::Org => Ok(org.to_owned()),
            AuthorizationServer::Custom(id) if !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric()) => {
                Ok(format!("{org}/oauth2/{id}"))
            }
            AuthorizationServer::Custom(_) => wrong("authorization_server_id"),
        }
    }

    /// Whether it is https, or plain http to this machine if that is allowed.
    pub(crate) fn permits(&self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.allow_http_loopback && is_loopback(url),
            _ => false,
        }
    }

    pub(crate) fn scope(&self) -> String {
        self.scopes.join(" ")
    }

    /// The second factors to name to Okta; `None` rather than an empty list.
    pub(crate) fn grants_to_name(&self) -> Option<String> {
        let known = |grant: &&Grant| self.org_knows_webauthn || !grant.is_webauthn();
        let names: Vec<_> = self
            .second_factors
            .iter()
            .filter(known)
            .map(|grant| grant.as_str())
            .collect();
        (!names.is_empty()).then(|| names.join(" "))
    }
}
