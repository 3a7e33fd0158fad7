//! The key of this app, and what it signs.

use std::fmt;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{ClientAuth, Error, ErrorKind, private_key::PrivateKey};

/// Okta accepts up to an hour, but each assertion is used at once.
const LIFE_S: i64 = 300;
const SHORTEST_SECRET: usize = 32;

/// A key that is ready to sign.
pub(crate) struct Signer {
    key: Key,
    key_id: Option<String>,
}

enum Key {
    Hmac(Box<hmac::Key>),
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

impl Signer {
    /// None for the methods that do not sign.
    pub(crate) fn new(auth: &ClientAuth) -> Result<Option<Self>, Error> {
        let (key, key_id) = match auth {
            ClientAuth::None | ClientAuth::SecretBasic(_) | ClientAuth::SecretPost(_) => {
                return Ok(None);
            }
            ClientAuth::SecretJwt(secret) => {
                let secret = secret.expose_secret().as_bytes();
                if secret.len() < SHORTEST_SECRET {
                    return Err(Error::new(ErrorKind::Misconfigured, "client_secret_too_short"));
                }
                (Key::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))), None)
            }
            ClientAuth::PrivateKeyJwt { pem, key_id } => {
                let read = PrivateKey::read(pem.expose_secret());
                let key =
                    read.map_err(|why| Error::new(ErrorKind::Misconfigured, "private_key_unusable").with_source(why))?;
                (Key::from(key), key_id.clone())
            }
        };
        Ok(Some(Self { key, key_id }))
    }

    /// An assertion for one call to one endpoint.
    pub(super) fn sign(&self, client_id: &str, audience: &str, now: i64, jti: &str) -> Option<String> {
        let text = |value: &str| json!(value).to_string();
        let kid = self.key_id.as_deref().map(|kid| format!(r#","kid":{}"#, text(kid)));
        let header = format!(
            r#"{{"alg":"{}","typ":"JWT"{}}}"#,
            self.algorithm(),
            kid.unwrap_or_default()
        );
        let payload = format!(
            r#"{{"iss":{id},"sub":{id},"aud":{aud},"iat":{now},"exp":{exp},"jti":{jti}}}"#,
            id = text(client_id),
            aud = text(audience),
            exp = now.saturating_add(LIFE_S),
            jti = text(jti),
        );
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let message = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
        let signature = self.key.sign(message.as_bytes())?;
        Some(format!("{message}.{}", encode(&signature)))
    }

    fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Hmac(_) => "HS256",
            Key::Rsa(_) => "RS256",
            Key::Ecdsa(_) => "ES256",
        }
    }
}

impl From<PrivateKey> for Key {
    fn from(key: PrivateKey) -> Self {
        match key {
            PrivateKey::Rsa(key) => Self::Rsa(key),
            PrivateKey::Ecdsa(key) => Self::Ecdsa(key),
        }
    }
}

impl Key {
    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Hmac(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ecdsa(key) => Some(key.sign(&random, message).ok()?.as_ref().to_vec()),
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer(..)")
    }
}

#[cfg(test)]
mod tests;
