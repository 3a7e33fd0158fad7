//! The applications registered with the org.

use std::collections::HashMap;

use crate::{
    grant::Grant,
    policy::Policy,
    test_keys::{CLIENT_SECRET, EC_KEY_ID, EC_X, EC_Y, RSA_E, RSA_KEY_ID, RSA_N},
};

#[derive(Debug, Clone)]
pub(crate) enum ClientAuth {
    None,
    Basic,
    Post,
    SecretJwt,
    PrivateKeyJwt(PublicKey),
}

#[derive(Debug, Clone)]
pub(crate) enum PublicKey {
    Rsa {
        kid: &'static str,
        n: &'static str,
        e: &'static str,
    },
    Ec {
        kid: &'static str,
        x: &'static str,
        y: &'static str,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) auth: ClientAuth,
    pub(crate) policy: Policy,
    pub(crate) grants: Vec<Grant>,
}

impl Client {
    fn new(id: &str, auth: ClientAuth, policy: Policy, grants: &[Grant]) -> Self {
        Self {
            id: id.to_owned(),
            auth,
            policy,
            grants: grants.to_vec(),
        }
    }

    pub(crate) fn may(&self, grant: Grant) -> bool {
        self.grants.contains(&grant)
    }

    pub(crate) fn is_public(&self) -> bool {
        matches!(self.auth, ClientAuth::None)
    }

    pub(crate) const fn secret() -> &'static str {
        CLIENT_SECRET
    }
}

pub(crate) fn at_start() -> HashMap<String, Client> {
    use Grant::{MfaOob, MfaOtp, MfaWebauthn, Password, Refresh};
    let all = Grant::ALL;
    let without_passkeys = Grant::WITHOUT_PASSKEYS;
    let rsa = PublicKey::Rsa {
        kid: RSA_KEY_ID,
        n: RSA_N,
        e: RSA_E,
    };
    let ec = PublicKey::Ec {
        kid: EC_KEY_ID,
        x: EC_X,
        y: EC_Y,
    };
    let clients = [
        Client::new("portico-demo", ClientAuth::None, Policy::Demo, &all),
        Client::new(
            "portico-password",
            ClientAuth::None,
            Policy::PasswordOnly,
            &[Password, Refresh],
        ),
        Client::new(
            "portico-mfa",
            ClientAuth::None,
            Policy::PasswordAndAny,
            &[Password, MfaOtp, MfaOob, MfaWebauthn, Refresh],
        ),
        Client::new("portico-optional", ClientAuth::None, Policy::AnyOne, &all),
        Client::new("portico-strict", ClientAuth::None, Policy::AnyTwo, &all),
        Client::new(
            "portico-basic",
            ClientAuth::Basic,
            Policy::Demo,
            &without_passkeys,
        ),
        Client::new(
            "portico-post",
            ClientAuth::Post,
            Policy::Demo,
            &without_passkeys,
        ),
        Client::new(
            "portico-secret-jwt",
            ClientAuth::SecretJwt,
            Policy::Demo,
            &without_passkeys,
        ),
        Client::new(
            "portico-key-rs",
            ClientAuth::PrivateKeyJwt(rsa),
            Policy::Demo,
            &without_passkeys,
        ),
        Client::new(
            "portico-key-es",
            ClientAuth::PrivateKeyJwt(ec),
            Policy::Demo,
            &without_passkeys,
        ),
    ];
    clients
        .into_iter()
        .map(|client| (client.id.clone(), client))
        .collect()
}
