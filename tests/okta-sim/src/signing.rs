//! Keys that sign tokens, published at `/keys` and rotated on demand.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use serde_json::{Value, json};

use crate::{error::Error, ids};

#[derive(Debug)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    n: String,
    e: String,
    pair: KeyPair,
}

/// A key that is never published.
pub(crate) static UNPUBLISHED: LazyLock<Option<SigningKey>> = LazyLock::new(|| SigningKey::generate().ok());

impl SigningKey {
    fn new(pair: KeyPair) -> Self {
        let public = pair.public_key();
        let n = ids::b64(public.modulus().big_endian_without_leading_zero());
        let e = ids::b64(public.exponent().big_endian_without_leading_zero());
        let thumbprint = digest(&SHA256, format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#).as_bytes());
        Self {
            kid: ids::b64(thumbprint),
            n,
            e,
            pair,
        }
    }

    pub(crate) fn generate() -> Result<Self, Error> {
        KeyPair::generate(KeySize::Rsa2048)
            .map(Self::new)
            .map_err(|_| Error::Key)
    }

    fn shipped(pkcs8: &[u8]) -> Result<Self, Error> {
        KeyPair::from_pkcs8(pkcs8).map(Self::new).map_err(|_| Error::Key)
    }

    /// Signs with RS256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        match self
            .pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        {
            Ok(()) => signature,
            // OK because the buffer has the right size and the key was checked; a token without signature is refused.
            Err(_) => Vec::new(),
        }
    }

    fn public(&self) -> Value {
        json!({ "kty": "RSA", "alg": "RS256", "kid": self.kid, "use": "sig", "e": self.e, "n": self.n })
    }
}

/// The published keys; the first one signs.
#[derive(Debug, Clone)]
pub(crate) struct KeyRing(Vec<Arc<SigningKey>>);

impl KeyRing {
    pub(crate) fn shipped() -> Result<Self, Error> {
        let first = SigningKey::shipped(include_bytes!("../keys/signing-1.p8"))?;
        let second = SigningKey::shipped(include_bytes!("../keys/signing-2.p8"))?;
        Ok(Self(vec![Arc::new(first), Arc::new(second)]))
    }

    pub(crate) fn current(&self) -> Option<Arc<SigningKey>> {
        self.0.first().cloned()
    }

    /// Whether a published key made this signature: RS256 always signs a message the same way.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.iter().any(|key| key.sign(message) == signature)
    }

    /// Puts a new key first. `withdraw` removes the key that signed until now; of more than four, the oldest goes.
    pub(crate) fn rotate(&mut self, next: SigningKey, withdraw: bool) {
        if withdraw && !self.0.is_empty() {
            self.0.remove(0);
        }
        self.0.insert(0, Arc::new(next));
        self.0.truncate(4);
    }

    pub(crate) fn published(&self) -> Value {
        // The newest comes last: the order means nothing, and clients must not rely on it.
        let keys: Vec<_> = self.0.iter().rev().map(|key| key.public()).collect();
        json!({ "keys": keys })
    }
}
