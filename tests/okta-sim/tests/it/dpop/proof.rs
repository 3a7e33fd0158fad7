//! Makes proofs as a client does, good or bad.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, crypto, jwk::Jwk};
use okta_sim::test_keys::RSA_PRIVATE_KEY_PEM;
use serde_json::{Value, json};

use crate::org::Org;

pub(crate) struct Key {
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Key {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let pkcs8 = pair.to_pkcs8v1().unwrap();
        Self {
            key: EncodingKey::from_ec_der(pkcs8.as_ref()),
            algorithm: Algorithm::ES256,
        }
    }

    pub(super) fn rsa() -> Self {
        Self {
            key: EncodingKey::from_rsa_pem(RSA_PRIVATE_KEY_PEM.as_bytes()).unwrap(),
            algorithm: Algorithm::RS256,
        }
    }

    pub(super) fn jwk(&self) -> Value {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        serde_json::to_value(jwk).unwrap()
    }

    pub(super) fn thumbprint(&self) -> String {
        let jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256)
    }

    pub(super) fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.algorithm, "jwk": self.jwk()})
    }

    /// Signs any header and claims, right or wrong.
    pub(super) fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = crypto::sign(signed.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{signed}.{signature}")
    }
}

/// The claims of a good proof but for the nonce, each time with a new `jti`.
pub(super) fn claims(org: &Org, path: &str) -> Value {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    json!({"htm": "POST", "htu": org.at(path), "iat": org.now().as_second(), "jti": format!("proof-{count}")})
}

/// The claims of a proof for `/userinfo` with this token.
pub(super) fn at_userinfo(org: &Org, token: &str) -> Value {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    let mut claims = claims(org, "/oauth2/v1/userinfo");
    claims["htm"] = json!("GET");
    claims["ath"] = json!(URL_SAFE_NO_PAD.encode(hash));
    claims
}
