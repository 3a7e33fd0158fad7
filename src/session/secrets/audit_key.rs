//! The keys of the audit record: a pair for each key of the ring. The secret half signs; whoever has the public half alone
//! can verify.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thiserror::Error;

use super::keys::{KeyId, KeyRing, Role};

/// Length of a public half, in bytes.
const LENGTH: usize = 32;

/// Before the public half, as text.
const PREFIX: &str = "ed25519:";

/// Signs the audit record with the current key of the ring.
pub struct AuditSigner(Ed25519KeyPair);

impl AuditSigner {
    /// With the current key; `None` never, with a ring that was made or read by this program.
    pub fn new(ring: &KeyRing) -> Option<Self> {
        let (_, _, seed) = ring.audit_seeds().next()?;
        pair(seed).map(Self)
    }

    /// The signature, as it stands in the record.
    pub fn sign(&self, text: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.0.sign(text))
    }

    pub fn public_key(&self) -> AuditPublicKey {
        public_half(&self.0)
    }
}

impl fmt::Debug for AuditSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuditSigner({})", self.public_key())
    }
}

/// The half that verifies. No secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuditPublicKey([u8; LENGTH]);

/// A text that is no public key.
#[derive(Debug, Error)]
#[error("is not the public half of an audit key: ed25519: and 43 letters, as `portico audit key` prints it")]
pub struct BadPublicKey;

impl AuditPublicKey {
    /// The public halves of every key of the ring, the current one first, each with the id and role of its key.
    pub fn all(ring: &KeyRing) -> Vec<(KeyId, Role, Self)> {
        let halves = ring.audit_seeds();
        halves
            .filter_map(|(id, role, seed)| Some((id, role, public_half(&pair(seed)?))))
            .collect()
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Result<Self, BadPublicKey> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(BadPublicKey)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadPublicKey)?;
        bytes.try_into().map(Self).map_err(|_| BadPublicKey)
    }

    /// Whether this key signed the text.
    pub fn verifies(&self, text: &[u8], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(text, &signature)
            .is_ok()
    }
}

impl fmt::Display for AuditPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// Every 32 bytes are the seed of a pair.
fn pair(seed: &[u8; LENGTH]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

fn public_half(pair: &Ed25519KeyPair) -> AuditPublicKey {
    let mut half = [0; LENGTH];
    for (to, from) in half.iter_mut().zip(pair.public_key().as_ref()) {
        *to = *from;
    }
    AuditPublicKey(half)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn the_public_half_verifies_what_its_ring_signed_and_nothing_else() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let signer = AuditSigner::new(&ring).unwrap();
        let half = AuditPublicKey::parse(&signer.public_key().to_string()).unwrap();
        let signature = signer.sign(b"text");
        assert!(half.verifies(b"text", &signature));
        assert!(!half.verifies(b"texts", &signature));
        assert!(!half.verifies(b"text", &signer.sign(b"other")));
        assert!(!half.verifies(b"text", "nonsense"));
        let other = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        assert!(
            !AuditSigner::new(&other)
                .unwrap()
                .public_key()
                .verifies(b"text", &signature)
        );
    }

    #[test]
    fn a_rotation_keeps_the_old_public_half() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let before = AuditSigner::new(&ring).unwrap().public_key();
        let rotated = ring.rotated(&SystemEntropy, Timestamp::UNIX_EPOCH);
        assert_ne!(AuditSigner::new(&rotated).unwrap().public_key(), before);
        let halves = AuditPublicKey::all(&rotated);
        assert!(
            halves
                .iter()
                .any(|(_, role, half)| *role == Role::Old && *half == before)
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "ed25519:", "ed25519:AAAA", "AAAA", "rsa:AAAA", "ed25519:####"] {
            assert!(AuditPublicKey::parse(text).is_err(), "{text}");
        }
    }
}
