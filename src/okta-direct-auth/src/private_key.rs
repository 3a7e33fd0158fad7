//! The private keys that can sign for this app: RSA of at least 2048 bits, and P-256.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair};

use crate::pem;

/// The shortest modulus, in bytes.
const SHORTEST_MODULUS: usize = 256;

/// Object identifiers as DER writes them: rsaEncryption (RFC 8017) and id-ecPublicKey (RFC 5480).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const ELLIPTIC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// A key that can sign.
pub(crate) enum PrivateKey {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

/// Why a private key cannot be used. Its `Display` is to be read after the name of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateKeyError {
    /// There is no PEM block, or it holds something else.
    #[error("is damaged, or not a private key")]
    Unreadable,
    /// An RSA key that cannot be used.
    #[error("is an RSA key of less than 2048 bits, or a damaged one")]
    Rsa,
    /// An elliptic-curve key that cannot be used.
    #[error("is an elliptic-curve key on another curve than P-256, or a damaged one")]
    Curve,
}

/// Checks that a private key in PEM can be used for `private_key_jwt`.
///
/// # Errors
///
/// Says what kind of key it is that cannot be used.
pub fn check_private_key(pem: &str) -> Result<(), PrivateKeyError> {
    PrivateKey::read(pem).map(drop)
}

impl PrivateKey {
    /// A PEM label does not always name its content correctly, so every form is tried.
    pub(crate) fn read(pem: &str) -> Result<Self, PrivateKeyError> {
        let der = pem::decode(pem).ok_or(PrivateKeyError::Unreadable)?;
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        if let Ok(key) = rsa {
            let is_long = key.public_modulus_len() >= SHORTEST_MODULUS;
            return is_long.then_some(Self::Rsa(key)).ok_or(PrivateKeyError::Rsa);
        }
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let ecdsa = EcdsaKeyPair::from_pkcs8(curve, &der).or_else(|_| EcdsaKeyPair::from_private_key_der(curve, &der));
        ecdsa.map(Self::Ecdsa).map_err(|_| {
            let names = |kind: &[u8]| der.windows(kind.len()).any(|part| part == kind);
            if names(ELLIPTIC) || pem.contains("BEGIN EC PRIVATE KEY") {
                PrivateKeyError::Curve
            } else if names(RSA) || pem.contains("BEGIN RSA PRIVATE KEY") {
                PrivateKeyError::Rsa
            } else {
                PrivateKeyError::Unreadable
            }
        })
    }
}
