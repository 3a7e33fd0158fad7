//! The key that a sign-in's tokens are bound to.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    agreement::{ECDH_P256, PrivateKey},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretBox};
use serde_json::{Value, json};

use crate::Entropy;

const SCALAR: usize = 32;
/// One draw in four billion is not a key; this many in a row cannot be chance.
const MOST_DRAWS: usize = 8;

/// The P-256 key pair of one sign-in and of the session that follows. Clones share it; dropping the last one wipes it.
///
/// The key and the tokens together are the session: keep the key as safe as the tokens, and drop it with them.
#[derive(Clone)]
pub struct DpopKey(Arc<Pair>);

struct Pair {
    scalar: SecretBox<[u8; SCALAR]>,
    /// AWS-LC wipes its own copy when it frees it.
    signer: EcdsaKeyPair,
    /// Coordinates in base64url, as the public JWK needs them.
    x: String,
    y: String,
}

impl DpopKey {
    /// None only if the randomness is broken.
    pub(crate) fn generate(entropy: &dyn Entropy) -> Option<Self> {
        (0..MOST_DRAWS).find_map(|_| {
            let scalar = SecretBox::init_with_mut(|bytes: &mut [u8; SCALAR]| entropy.fill(bytes));
            Self::from_scalar(scalar)
        })
    }

    /// None if the number is not a private key of the curve.
    pub(crate) fn from_scalar(scalar: SecretBox<[u8; SCALAR]>) -> Option<Self> {
        let private = scalar.expose_secret();
        let public = PrivateKey::from_private_key(&ECDH_P256, private)
            .and_then(|key| Ok(key.compute_public_key()?))
            .ok()?;
        let point = public.as_ref();
        let signer =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, private, point).ok()?;
        // Uncompressed form: the byte 4, then both coordinates.
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(SCALAR)?;
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Some(Self(Arc::new(Pair {
            x: encode(x),
            y: encode(y),
            signer,
            scalar,
        })))
    }

    pub(crate) fn expose_scalar(&self) -> &[u8; SCALAR] {
        self.0.scalar.expose_secret()
    }

    pub(super) fn public_jwk(&self) -> Value {
        json!({"kty": "EC", "crv": "P-256", "x": self.0.x, "y": self.0.y})
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.0.signer.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DpopKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::is_wiped;

    struct Sevens;

    impl Entropy for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    #[test]
    fn sec_218_a_key_is_wiped_but_for_its_public_half() {
        let DpopKey(pair) = DpopKey::generate(&Sevens).unwrap();
        // Does not compile once a field is added.
        let Pair {
            scalar,
            signer: EcdsaKeyPair { .. },
            x: _,
            y: _,
        } = &*pair;
        is_wiped(scalar);
    }
}
