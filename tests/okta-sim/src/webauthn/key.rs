//! A passkey as the org knows it: an id and a public key.

use aws_lc_rs::{
    rsa::PublicKeyComponents,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
        RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    },
};

use super::cbor::{self, Value};

/// The header of a P-256 `SubjectPublicKeyInfo`; the 65 bytes of the point follow.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// An uncompressed point.
    P256(Vec<u8>),
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// DER, as browsers hand it out.
    RsaSpki(Vec<u8>),
}

#[derive(Debug, Clone)]
pub(crate) struct Passkey {
    pub(crate) id: Vec<u8>,
    pub(crate) name: String,
    pub(crate) key: PublicKey,
    /// The highest signature counter seen.
    pub(crate) counter: u32,
    /// PKCS#8 of the private key, for the two passkeys that are shipped with it.
    pub(crate) private: Option<&'static [u8]>,
}

impl Passkey {
    pub(crate) fn new(id: Vec<u8>, key: PublicKey, name: &str) -> Self {
        Self {
            id,
            name: name.to_owned(),
            key,
            counter: 0,
            private: None,
        }
    }

    /// The fixed software passkey of `passkey@example.com` or `all@example.com`.
    pub(crate) fn shipped(name: &str) -> Option<Self> {
        let private: &'static [u8] = match name {
            "passkey" => include_bytes!("../../keys/passkey-passkey.p8"),
            "all" => include_bytes!("../../keys/passkey-all.p8"),
            _ => return None,
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, private).ok()?;
        let point = pair.public_key().as_ref().to_vec();
        let id = format!("okta-sim-credential-{name}").into_bytes();
        Some(Self {
            private: Some(private),
            ..Self::new(id, PublicKey::P256(point), "Software passkey")
        })
    }
}

impl PublicKey {
    pub(super) fn is_signature(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
                .verify(message, signature)
                .is_ok(),
            Self::Rsa { n, e } => PublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::RsaSpki(der) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)
                .verify(message, signature)
                .is_ok(),
        }
    }

    /// From a COSE key: ES256 on P-256, or RS256.
    pub(super) fn from_cose(cose: &Value) -> Option<Self> {
        let bytes = |label: i64| cose.get(&Value::Int(label)).and_then(Value::bytes).map(<[u8]>::to_vec);
        match cose.get(&Value::Int(3))? {
            Value::Int(-7) => {
                let (x, y) = (bytes(-2)?, bytes(-3)?);
                let is_right_size = x.len() == 32 && y.len() == 32;
                is_right_size.then(|| Self::P256([vec![4], x, y].concat()))
            }
            Value::Int(-257) => Some(Self::Rsa {
                n: bytes(-1)?,
                e: bytes(-2)?,
            }),
            _ => None,
        }
    }
}

/// From SPKI (DER) or COSE, whichever it is.
pub(crate) fn public_key_from(bytes: &[u8]) -> Option<PublicKey> {
    if let Some(point) = bytes.strip_prefix(&P256_SPKI).filter(|point| point.len() == 65) {
        return Some(PublicKey::P256(point.to_vec()));
    }
    if let Some((cose, [])) = cbor::read(bytes)
        && let Some(key) = PublicKey::from_cose(&cose)
    {
        return Some(key);
    }
    let is_der = bytes.first() == Some(&0x30) && bytes.len() > 200;
    is_der.then(|| PublicKey::RsaSpki(bytes.to_vec()))
}
