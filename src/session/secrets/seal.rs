//! Sealing: a stored record can be neither read by an attacker who has only the store, nor moved within it.
//!
//! A sealed record is `version (1) | key id (4) | salt (16) | nonce (12) | ciphertext | tag (16)`, AES-256-GCM. Each
//! record has its own key, derived with the salt, so that random nonces never repeat under one key however many records
//! there are. The version, the purpose and the owner (the hashed id under which the record is stored) are
//! authenticated: a record moved to another id or another table does not open (SEC-215).

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::keys::{Derived, KeyId, KeyRing, Purpose};
use crate::clock::Entropy;

/// The version of the format. A higher one is refused, never guessed at (SEC-611).
const VERSION: u8 = 1;

const SALT: usize = 16;
pub(in crate::session) const NONCE: usize = 12;
const TAG: usize = 16;
const HEAD: usize = 1 + 4 + SALT + NONCE;

/// Why a record does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// A later version of this program wrote it.
    #[error("it was written by a newer version of Portico (format {0}); this one reads up to format {VERSION}")]
    Newer(u8),
    /// The ring has no such key.
    #[error("it was sealed with key {0}, which is not in the key ring")]
    NoKey(KeyId),
    /// It was altered or moved.
    #[error("it is damaged, or not where it was written")]
    Damaged,
}

/// Seals and opens with the keys of the ring.
#[derive(Debug, Clone)]
pub struct Sealer {
    ring: KeyRing,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// A sealer over a ring.
    pub fn new(ring: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self { ring, entropy }
    }

    /// Seals for a purpose and an owner.
    ///
    /// # Panics
    ///
    /// Never with a ring that was made or read by this program: it has a current key.
    pub fn seal(&self, purpose: Purpose, owner: &[u8], plain: &[u8]) -> Vec<u8> {
        // OK because a ring always has a current key and AES-GCM takes any record that fits in memory; unsealed data
        // must never be stored instead.
        #[expect(clippy::expect_used, reason = "there is no way on without sealing")]
        self.try_seal(purpose, owner, plain).expect("the ring seals")
    }

    fn try_seal(&self, purpose: Purpose, owner: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let lock = Lock::new(&self.ring, purpose, &*self.entropy)?;
        lock.seal(&*self.entropy, owner, plain)
    }

    /// Opens what was sealed for this purpose and owner.
    pub fn open(&self, purpose: Purpose, owner: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let rest = check_version(sealed)?;
        let (id, rest) = rest.split_first_chunk().ok_or(Unreadable::Damaged)?;
        let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or(Unreadable::Damaged)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(Unreadable::Damaged)?;
        let derived = self
            .ring
            .find(KeyId(*id), purpose)
            .ok_or(Unreadable::NoKey(KeyId(*id)))?;
        let key = cipher(derived, salt).ok_or(Unreadable::Damaged)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let length = key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context(purpose, owner)),
                plain.as_mut_slice(),
            )
            .map_err(|_| Unreadable::Damaged)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }
}

/// A key, derived with a salt, that seals one or more records.
pub(in crate::session) struct Lock {
    id: KeyId,
    salt: [u8; SALT],
    key: LessSafeKey,
    purpose: Purpose,
}

impl Lock {
    /// `None` only for a ring without a current key.
    pub(in crate::session) fn new(ring: &KeyRing, purpose: Purpose, entropy: &dyn Entropy) -> Option<Self> {
        let (id, derived) = ring.current(purpose)?;
        let mut salt = [0; SALT];
        entropy.fill(&mut salt);
        Some(Self {
            key: cipher(derived, &salt)?,
            id,
            salt,
            purpose,
        })
    }

    /// Seals under a nonce of its own, drawn now: of nonces drawn earlier, two copies of a running machine would use the
    /// same.
    pub(in crate::session) fn seal(&self, entropy: &dyn Entropy, owner: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        // Room for all of it, so that what is not sealed yet leaves no copy elsewhere.
        let mut sealed = Zeroizing::new(Vec::with_capacity(HEAD + plain.len() + TAG));
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.id.0);
        sealed.extend_from_slice(&self.salt);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .key
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context(self.purpose, owner)),
                sealed.get_mut(HEAD..)?,
            )
            .ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(std::mem::take(&mut sealed))
    }
}

/// Checks that this version can open the record; returns what follows the version.
pub(in crate::session) fn check_version(sealed: &[u8]) -> Result<&[u8], Unreadable> {
    match sealed.split_first() {
        Some((&VERSION, rest)) => Ok(rest),
        Some((&newer, _)) if newer > VERSION => Err(Unreadable::Newer(newer)),
        Some(_) | None => Err(Unreadable::Damaged),
    }
}

fn cipher(derived: &Derived, salt: &[u8; SALT]) -> Option<LessSafeKey> {
    let key = derived.for_record(salt);
    let key = UnboundKey::new(&AES_256_GCM, key.as_slice()).ok()?;
    Some(LessSafeKey::new(key))
}

fn context(purpose: Purpose, owner: &[u8]) -> Vec<u8> {
    [&[VERSION], purpose.label(), b"\0", owner].concat()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;

    const OWNER: &[u8] = b"the owner";

    fn sealer(ring: &KeyRing) -> Sealer {
        Sealer::new(ring.clone(), Arc::new(SystemEntropy))
    }

    fn ring() -> KeyRing {
        KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn sec_215_a_record_opens_only_as_it_was_sealed() {
        let keeper = sealer(&ring());
        let sealed = keeper.seal(Purpose::Tokens, OWNER, b"a token");
        let open = |sealed: &[u8]| keeper.open(Purpose::Tokens, OWNER, sealed);
        assert_eq!(open(&sealed).unwrap().as_slice(), b"a token");
        for length in 0..sealed.len() {
            assert!(open(&sealed[..length]).is_err(), "prefix of {length}");
        }
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&flipped).is_err(), "bit {bit}");
        }
        let longer = [sealed.as_slice(), b"x"].concat();
        assert_eq!(open(&longer).unwrap_err(), Unreadable::Damaged);
        for purpose in [
            Purpose::Attempt,
            Purpose::Session,
            Purpose::PendingRevocation,
            Purpose::Form,
        ] {
            let swapped = keeper.open(purpose, OWNER, &sealed);
            assert_eq!(swapped.unwrap_err(), Unreadable::Damaged, "{purpose:?}");
        }
        let moved = keeper.open(Purpose::Tokens, b"another", &sealed);
        assert_eq!(moved.unwrap_err(), Unreadable::Damaged);
    }

    #[test]
    fn sec_215_equal_records_do_not_look_equal() {
        let keeper = sealer(&ring());
        let seal = || keeper.seal(Purpose::Session, OWNER, b"the same");
        let (one, two) = (seal(), seal());
        assert_ne!(one[HEAD..], two[HEAD..]);
        assert!(!one.windows(8).any(|window| window == b"the same"));
    }

    #[test]
    fn sec_216_old_keys_open_and_a_removed_key_is_named() {
        let before = ring();
        let sealed = sealer(&before).seal(Purpose::Session, OWNER, b"x");
        let after = before.rotated(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let open = |ring: &KeyRing, sealed: &[u8]| sealer(ring).open(Purpose::Session, OWNER, sealed).map(drop);
        assert_eq!(open(&after, &sealed), Ok(()));
        let fresh = sealer(&after).seal(Purpose::Session, OWNER, b"x");
        assert_eq!(open(&before, &fresh), Ok(()), "a replica not yet restarted goes on");
        assert_ne!(fresh[1..5], sealed[1..5], "old keys never seal");
        let id = KeyId(sealed[1..5].try_into().unwrap());
        assert_eq!(open(&ring(), &sealed), Err(Unreadable::NoKey(id)));
    }

    #[test]
    fn sec_611_a_newer_format_is_refused_by_name() {
        let keeper = sealer(&ring());
        let mut sealed = keeper.seal(Purpose::Session, OWNER, b"x");
        sealed[0] = 2;
        assert_eq!(
            keeper.open(Purpose::Session, OWNER, &sealed).unwrap_err(),
            Unreadable::Newer(2)
        );
    }
}
