//! The applications registered with the org.

use std::{collections::HashMap, sync::Arc};

use crate::{
    grant::GrantType,
    policy::Policy,
    test_keys::{CLIENT_SECRET, EC_KEY_ID, EC_X, EC_Y, RSA_E, RSA_KEY_ID, RSA_N},
};

#[derive(Debug, Clone)]
pub(crate) enum ClientAuth {
    None,
    Basic,
    Post,
    SecretJwt,
    /// Any of these keys.
    PrivateKeyJwt(Vec<ClientKey>),
}

/// A public key of a client, as a JWK.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kty")]
pub enum ClientKey {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa {
        /// Its id.
        kid: String,
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// P-256.
    #[serde(rename = "EC")]
    Ec {
        /// Its id.
        kid: String,
        /// A coordinate.
        x: String,
        /// The other coordinate.
        y: String,
    },
}

impl ClientKey {
    pub(crate) fn kid(&self) -> &str {
        match self {
            Self::Rsa { kid, .. } | Self::Ec { kid, .. } => kid,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) auth: ClientAuth,
    pub(crate) policy: Policy,
    pub(crate) grants: Vec<GrantType>,
    /// Token requests need a proof of possession.
    pub(crate) demands_dpop: bool,
    /// Where a browser may be sent back to, with a code or an error.
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// The issuer of its ID tokens from the org's own server, if it is not the server's own: an app keeps the org's
    /// Okta address when the org gets a custom domain.
    pub(crate) issuer: Option<String>,
    /// PKCE is demanded even though the client has a secret or a key.
    pub(crate) require_pkce: bool,
    /// Its secrets, if it has any: a new one is made before the old one is deleted.
    pub(crate) secrets: Vec<String>,
}

impl Client {
    fn new(id: &str, auth: ClientAuth, policy: Policy, grants: &[GrantType]) -> Self {
        Self {
            id: id.to_owned(),
            auth,
            policy,
            grants: grants.to_vec(),
            demands_dpop: false,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            issuer: None,
            require_pkce: false,
            secrets: vec![CLIENT_SECRET.to_owned()],
        }
    }

    fn with_dpop(self) -> Self {
        Self {
            demands_dpop: true,
            ..self
        }
    }

    pub(crate) fn may(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant)
    }

    pub(crate) fn is_public(&self) -> bool {
        matches!(self.auth, ClientAuth::None)
    }

    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        self.secrets.iter().any(|own| own == secret)
    }
}

pub(crate) fn at_start() -> HashMap<String, Arc<Client>> {
    let clients = public().into_iter().chain(confidential());
    clients.map(|client| (client.id.clone(), Arc::new(client))).collect()
}

fn public() -> [Client; 6] {
    use GrantType::{AuthorizationCode, MfaOob, MfaOtp, MfaWebauthn, Password, Refresh};
    let all = GrantType::ALL.as_slice();
    let with_password = &[AuthorizationCode, Password, MfaOtp, MfaOob, MfaWebauthn, Refresh];
    let client = |id, policy, grants: &[GrantType]| Client::new(id, ClientAuth::None, policy, grants);
    [
        client("portico-demo", Policy::Demo, all),
        client("portico-password", Policy::PasswordOnly, &[Password, Refresh]),
        client("portico-mfa", Policy::PasswordAndAny, with_password),
        client("portico-optional", Policy::AnyOne, all),
        client("portico-strict", Policy::AnyTwo, all),
        client("portico-dpop", Policy::Demo, all).with_dpop(),
    ]
}

fn confidential() -> [Client; 6] {
    let (kid, n, e) = (RSA_KEY_ID.to_owned(), RSA_N.to_owned(), RSA_E.to_owned());
    let rsa = ClientAuth::PrivateKeyJwt(vec![ClientKey::Rsa { kid, n, e }]);
    let (kid, x, y) = (EC_KEY_ID.to_owned(), EC_X.to_owned(), EC_Y.to_owned());
    let ec = ClientAuth::PrivateKeyJwt(vec![ClientKey::Ec { kid, x, y }]);
    let client = |id, auth| Client::new(id, auth, Policy::Demo, &GrantType::WITHOUT_PASSKEYS);
    [
        client("portico-basic", ClientAuth::Basic),
        client("portico-post", ClientAuth::Post),
        client("portico-secret-jwt", ClientAuth::SecretJwt),
        client("portico-key-rs", rsa),
        client("portico-key-es", ec.clone()),
        client("portico-dpop-key-es", ec).with_dpop(),
    ]
}
