//! The Okta org and how the service authenticates to it as a client.

mod checks;
mod client_auth_method;

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::key::{Key, SettingKind, UrlRule};
use super::reader::{Reader, Reported};
use super::value::{Choice, FromSetting, Value};
use super::{ca, secret};

pub use client_auth_method::ClientAuthMethod;

/// The Okta org, the client in it, and how long to wait for an answer.
#[derive(Debug, Clone)]
pub struct OktaConfig {
    /// Root of the org, path `/`.
    pub org_url: Url,
    pub authorization_server: AuthorizationServer,
    pub client_id: String,
    pub client_auth: ClientAuthMethod,
    /// Present exactly when `client_auth` needs it.
    pub client_secret: Option<SecretString>,
    /// PEM text. Present exactly when `client_auth` is [`ClientAuthMethod::PrivateKeyJwt`].
    pub private_key: Option<SecretString>,
    /// `kid` of the key as registered at Okta.
    pub private_key_id: Option<String>,
    /// Always holds `openid`.
    pub scopes: Vec<String>,
    /// Whether the org offers the `WebAuthn` grants of direct authentication.
    pub webauthn: bool,
    pub dpop: Dpop,
    pub connect_timeout: Duration,
    /// For the whole call; longer than `connect_timeout`.
    pub timeout: Duration,
    /// Certificates (PEM) trusted besides the usual ones.
    pub ca_pem: Option<Vec<u8>>,
}

/// Which authorization server of the org issues the tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthorizationServer {
    /// The org's own.
    Org,
    /// A custom one, by its id (`default`, `aus…`).
    Custom(String),
}

/// Whether tokens are bound to a key of their session (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dpop {
    Auto,
    On,
    Off,
}

pub(super) const KEYS: &[Key] = &[
    Key::required(
        "okta.org_url",
        SettingKind::Url(UrlRule::Org),
        "https://your-org.okta.com",
        "Base URL of the Okta org, or its custom domain. Not the `-admin` address, and without a path.",
    ),
    Key::with_default(
        "okta.authorization_server",
        SettingKind::Word,
        "org",
        "The authorization server that issues the tokens: `org` for the org's own, or the id of a custom one, such as \
         `default`.",
    ),
    Key::required(
        "okta.client_id",
        SettingKind::Word,
        "0oa1example2client3id",
        "Client ID of the app integration at Okta.",
    ),
    Key::with_default(
        "okta.client_auth",
        SettingKind::Choice(&[
            "none",
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
        ]),
        "none",
        "How the service authenticates to Okta as its client. `private_key_jwt` is best: no secret leaves this \
         machine. With `none`, anyone who knows the client ID can impersonate this service.",
    )
    .such_as("private_key_jwt"),
    Key::optional(
        "okta.client_secret",
        SettingKind::Secret,
        "",
        "see-client_secret_file",
        "Client secret, for the three `client_secret_…` methods; at least 32 characters for `client_secret_jwt`. \
         Better kept in a file: `okta.client_secret_file`.",
    ),
    Key::optional(
        "okta.client_secret_file",
        SettingKind::SecretFile,
        "",
        "/run/secrets/okta_client_secret",
        "File that contains the client secret.",
    ),
    Key::optional(
        "okta.private_key",
        SettingKind::Secret,
        "",
        "see-private_key_file",
        "Private key (PEM), for `private_key_jwt`. Better kept in a file: `okta.private_key_file`.",
    ),
    Key::optional(
        "okta.private_key_file",
        SettingKind::SecretFile,
        "",
        "/run/secrets/okta_private_key.pem",
        "File that contains the private key (PEM, unencrypted: `BEGIN PRIVATE KEY`).",
    ),
    Key::optional(
        "okta.private_key_id",
        SettingKind::Word,
        "",
        "portico-2026",
        "`kid` of the key as shown by Okta. Needed if the app has more than one key.",
    ),
    Key::with_default(
        "okta.scopes",
        SettingKind::List(&SettingKind::Word),
        "openid, profile, email, offline_access",
        "Scopes to request; must include `openid`. `offline_access` requests a refresh token.",
    ),
    Key::with_default(
        "okta.dpop",
        SettingKind::Choice(&["auto", "on", "off"]),
        "off",
        "Whether Okta's tokens are bound to a key that never leaves this service (DPoP, RFC 9449), so that a stolen \
         token is useless elsewhere. `on`: the app at Okta must require DPoP (\"Require Demonstrating Proof of \
         Possession\"); tokens that are not bound are refused. `auto`: a proof is sent if the org supports DPoP, and \
         tokens are accepted either way. Changing this setting signs nobody out.",
    ),
    Key::with_default(
        "okta.webauthn",
        SettingKind::Flag,
        "false",
        "Whether the org offers the WebAuthn grants of direct authentication. Passkeys can be offered only then.",
    ),
    Key::with_default(
        "okta.connect_timeout",
        SettingKind::Duration(1, 30),
        "3s",
        "How long to wait for a connection to Okta.",
    ),
    Key::with_default(
        "okta.timeout",
        SettingKind::Duration(1, 60),
        "10s",
        "How long to wait for a complete call to Okta; must be longer than `okta.connect_timeout`. Above 25 s (12 s \
         with `okta.dpop`), a refresh whose response was lost cannot be repeated within the 30 s in which Okta still \
         accepts the old refresh token; if the connection breaks at that moment, the customer has to sign in again.",
    ),
    Key::optional(
        "okta.ca_file",
        SettingKind::File,
        "",
        "company-ca.pem",
        "Certificates (PEM) to trust in addition to the usual ones, for a company proxy that intercepts TLS on the way \
         to Okta.",
    ),
];

impl OktaConfig {
    /// Whether a refresh token is asked for. Okta issues one only if the app has the refresh token grant, too.
    pub fn asks_for_refresh_token(&self) -> bool {
        self.scopes.iter().any(|scope| scope == "offline_access")
    }

    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let org_url = reader.get("okta.org_url");
        let authorization_server = reader.get("okta.authorization_server");
        let client_id = reader.get("okta.client_id");
        let client_auth = reader.get("okta.client_auth");
        let client_secret = secret::read(reader, "okta.client_secret");
        let private_key = secret::read(reader, "okta.private_key");
        let private_key_id = reader.get_optional("okta.private_key_id");
        let scopes = reader.get::<Vec<String>>("okta.scopes");
        let webauthn = reader.get("okta.webauthn");
        let dpop = reader.get("okta.dpop");
        let connect_timeout = reader.get("okta.connect_timeout");
        let timeout = reader.get("okta.timeout");
        let ca_pem = ca::read(reader, "okta.ca_file");
        if let (Ok(method), Ok(secret), Ok(key)) = (&client_auth, &client_secret, &private_key) {
            checks::client(reader, *method, secret.as_ref(), key.as_ref());
        }
        if let (Ok(connect), Ok(whole)) = (connect_timeout, timeout) {
            checks::timeouts(reader, connect, whole);
        }
        if let Ok(scopes) = &scopes {
            checks::scopes(reader, scopes);
        }
        Ok(Self {
            org_url: org_url?,
            authorization_server: authorization_server?,
            client_id: client_id?,
            client_auth: client_auth?,
            client_secret: client_secret?,
            private_key: private_key?,
            private_key_id: private_key_id?,
            scopes: scopes?,
            webauthn: webauthn?,
            dpop: dpop?,
            connect_timeout: connect_timeout?,
            timeout: timeout?,
            ca_pem: ca_pem?,
        })
    }
}

impl Choice for Dpop {
    const CHOICES: &'static [(&'static str, Self)] = &[("auto", Self::Auto), ("on", Self::On), ("off", Self::Off)];
}

impl FromSetting for AuthorizationServer {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let id = String::from_setting(value)?;
        Ok(if id == "org" { Self::Org } else { Self::Custom(id) })
    }
}
