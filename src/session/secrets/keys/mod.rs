//! The key ring: the one secret behind everything that this service stores sealed or signs.
//!
//! A ring holds a *current* key, which seals, a *next* one, which only opens until the next rotation, and *old* ones,
//! which only open. Because every process already holds the key that a rotation makes current, replicas may adopt a
//! rotated ring one after the other: each can open what the others seal. After a theft all keys are *compromised*: they
//! open what is stored, and are not believed in anything that comes from outside ([decision 41]).
//!
//! [decision 41]: ../../../../docs/decisions/0041-compromised-keys-open-what-is-stored.md
//!
//! Nothing is sealed with a ring key itself: each [`Purpose`] has its own keys, derived from it (HKDF, RFC 5869), so
//! that a value made for one purpose means nothing for another.

mod file;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::clock::Entropy;

pub use file::BadKeyRing;

/// Length of a ring key, in bytes.
const LENGTH: usize = 32;

/// How many old keys a rotation keeps. What they sealed lives no longer than a session; an operator who rotates more
/// often than this within one session's life signs customers out.
const OLD_KEPT: usize = 8;

/// How many compromised keys a ring keeps: all of a full ring.
const COMPROMISED_KEPT: usize = OLD_KEPT + 2;

/// What a derived key is for. The labels are part of the format: never change one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// An attempt.
    Attempt,
    /// A session.
    Session,
    /// Okta's tokens of a session.
    Tokens,
    /// Tokens that are still to be revoked.
    PendingRevocation,
    /// CSRF tokens, presses, session handles and networks (HMAC).
    Form,
    /// Device cookies (HMAC).
    Device,
    /// The names under which tries are counted (HMAC).
    Names,
    /// The assertion that tells the portal who is signed in (ES256).
    Assertion,
    /// The return state: where a customer was going when the portal sent them to the form.
    Target,
    /// A session on its way to another host.
    HandOver,
    /// The host cookie: a session at another host (HMAC).
    HostCookie,
    /// An attempt that only the page of its first form carries.
    OpenedForm,
    /// What the log calls a user (HMAC).
    Pseudonym,
    /// What the portals are still to be told of an ended session.
    LogoutNotice,
    /// How tries of an account ended.
    PastTry,
    /// Signatures of the audit record (Ed25519).
    Audit,
}

impl Purpose {
    /// Every purpose, in the order of the variants.
    const ALL: [Self; 16] = [
        Self::Attempt,
        Self::Session,
        Self::Tokens,
        Self::PendingRevocation,
        Self::Form,
        Self::Device,
        Self::Names,
        Self::Assertion,
        Self::Target,
        Self::HandOver,
        Self::HostCookie,
        Self::OpenedForm,
        Self::Pseudonym,
        Self::LogoutNotice,
        Self::PastTry,
        Self::Audit,
    ];

    /// Whether this is only kept where nobody but this service writes: in the store and in the log. Everything else comes
    /// from outside, where a thief of the key could have made it.
    const fn is_kept_by_us(self) -> bool {
        match self {
            Self::Attempt
            | Self::Session
            | Self::Tokens
            | Self::PendingRevocation
            | Self::LogoutNotice
            | Self::PastTry
            | Self::Names
            | Self::Pseudonym => true,
            Self::Form
            | Self::Device
            | Self::Assertion
            | Self::Audit
            | Self::Target
            | Self::HandOver
            | Self::HostCookie
            | Self::OpenedForm => false,
        }
    }

    pub(in crate::session) const fn label(self) -> &'static [u8] {
        match self {
            Self::Attempt => b"portico attempt v1",
            Self::Session => b"portico session v1",
            Self::Tokens => b"portico tokens v1",
            Self::PendingRevocation => b"portico debt v1",
            Self::Form => b"portico form v1",
            Self::Device => b"portico device v1",
            Self::Names => b"portico names v1",
            Self::Assertion => b"portico assertion v1",
            Self::Target => b"portico target v1",
            Self::HandOver => b"portico hand-over v1",
            Self::HostCookie => b"portico elsewhere v1",
            Self::OpenedForm => b"portico opened form v1",
            Self::Pseudonym => b"portico pseudonym v1",
            Self::LogoutNotice => b"portico logout notice v1",
            Self::PastTry => b"portico past try v1",
            Self::Audit => b"portico audit v1",
        }
    }
}

/// Names a key of the ring, in sealed records and in the file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(in crate::session) [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// What a key of the ring may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Opens; the next rotation makes it current.
    Next,
    /// Seals and opens.
    Current,
    /// Opens.
    Old,
    /// Somebody else may have it: opens what is stored, and nothing else.
    Compromised,
}

/// One key of the ring.
#[derive(Clone)]
struct RingKey {
    id: KeyId,
    role: Role,
    created: Timestamp,
    secret: Zeroizing<[u8; LENGTH]>,
    /// The key for each purpose, derived once: a sign-in needs a dozen of them.
    derived: [Derived; Purpose::ALL.len()],
}

/// The ring. Cheap to clone; clones are the same ring.
#[derive(Clone)]
pub struct KeyRing {
    /// The current key comes first.
    keys: Arc<[RingKey]>,
}

impl KeyRing {
    /// A ring with a current and a next key.
    pub fn new(entropy: &dyn Entropy, now: Timestamp) -> Self {
        let current = RingKey::new(Role::Current, entropy, now);
        let next = RingKey::new(Role::Next, entropy, now);
        Self {
            keys: Arc::new([current, next]),
        }
    }

    /// The ring after a rotation: the next key is current, the current one is old, and there is a new next one. The
    /// oldest keys beyond eight are dropped.
    #[must_use]
    pub fn rotated(&self, entropy: &dyn Entropy, now: Timestamp) -> Self {
        let with = |role| self.keys.iter().filter(move |key| key.role == role);
        let current = with(Role::Next)
            .next()
            .map_or_else(|| RingKey::new(Role::Current, entropy, now), RingKey::clone);
        let old = with(Role::Current).chain(with(Role::Old)).take(OLD_KEPT);
        let keys = std::iter::once(current.into_role(Role::Current))
            .chain(std::iter::once(RingKey::new(Role::Next, entropy, now)))
            .chain(old.map(|key| key.clone().into_role(Role::Old)))
            .chain(with(Role::Compromised).cloned())
            .collect();
        Self { keys }
    }

    /// The ring after a theft: a new current and a new next key, and all others are compromised.
    #[must_use]
    pub fn after_theft(&self, entropy: &dyn Entropy, now: Timestamp) -> Self {
        let with = |role| self.keys.iter().filter(move |key| key.role == role);
        // The next key may have sealed on a replica with a rotated ring. In this order names stay what they are.
        let stolen = with(Role::Next)
            .chain(with(Role::Current))
            .chain(with(Role::Old))
            .chain(with(Role::Compromised));
        let fresh = Self::new(entropy, now);
        let stolen = stolen.take(COMPROMISED_KEPT);
        let stolen = stolen.map(|key| key.clone().into_role(Role::Compromised));
        let keys = fresh.keys.iter().cloned().chain(stolen).collect();
        Self { keys }
    }

    /// The ring without its compromised keys; `None` if it has none.
    pub fn without_compromised(&self) -> Option<Self> {
        let keys: Arc<[RingKey]> = self
            .keys
            .iter()
            .filter(|key| key.role != Role::Compromised)
            .cloned()
            .collect();
        (keys.len() < self.keys.len()).then_some(Self { keys })
    }

    /// The key that seals, derived for a purpose.
    pub(in crate::session) fn current(&self, purpose: Purpose) -> Option<(KeyId, &Derived)> {
        let key = self.keys.first()?;
        Some((key.id, key.derive(purpose)))
    }

    /// The key of this name, derived for a purpose; `None` if it must not be believed for it.
    pub(in crate::session) fn find(&self, id: KeyId, purpose: Purpose) -> Option<&Derived> {
        let key = self.keys.iter().find(|key| key.id == id && key.is_believed(purpose))?;
        Some(key.derive(purpose))
    }

    /// Keys for message authentication, the current one first.
    pub(in crate::session) fn authenticators(&self, purpose: Purpose) -> Vec<hmac::Key> {
        self.keys
            .iter()
            .filter(|key| key.is_believed(purpose))
            .map(|key| hmac::Key::new(hmac::HMAC_SHA256, key.derive(purpose).0.as_slice()))
            .collect()
    }

    /// Secrets of the signing keys with their roles, the current one first. The next key is published before it signs,
    /// so that a reader of the published keys knows it by then.
    pub fn signers(&self) -> impl Iterator<Item = (Role, Zeroizing<[u8; LENGTH]>)> {
        let secret = |key: &RingKey| (key.role, key.derive(Purpose::Assertion).0.clone());
        let believed = self.keys.iter().filter(|key| key.is_believed(Purpose::Assertion));
        believed.map(secret)
    }

    /// Secrets of the keys that sign the audit record, with their roles, the current one first.
    pub(in crate::session) fn audit_seeds(&self) -> impl Iterator<Item = (KeyId, Role, &[u8; LENGTH])> {
        self.keys
            .iter()
            .map(|key| (key.id, key.role, &*key.derive(Purpose::Audit).0))
    }

    /// The key under which names are counted. It comes from the oldest key of the ring, so that replicas agree even
    /// while they adopt a rotated ring one after the other, and neither a rotation nor a theft loses counts.
    ///
    /// # Panics
    ///
    /// Never with a ring that was made or read by this program: it has a current key.
    pub fn names(&self) -> Zeroizing<[u8; LENGTH]> {
        let in_use = self.keys.iter().rev().filter(|key| key.role != Role::Next);
        // OK because a ring always has a current key; names must never be hashed under a publicly known key.
        #[expect(clippy::expect_used, reason = "every ring has a current key")]
        let oldest = in_use.min_by_key(|key| key.created).expect("a ring has a current key");
        oldest.derive(Purpose::Names).0.clone()
    }

    /// Whether this ring opens whatever the other one opens.
    pub fn opens_all_of(&self, other: &Self) -> bool {
        let has = |key: &RingKey| self.keys.iter().any(|own| own.id == key.id && own.secret == key.secret);
        other.keys.iter().all(has)
    }

    /// Whether both are the same ring, with the same key current.
    pub fn is_same(&self, other: &Self) -> bool {
        let current = |ring: &Self| ring.keys.first().map(|key| key.id);
        current(self) == current(other) && self.opens_all_of(other) && other.opens_all_of(self)
    }

    /// Id, role and age of each key, for the operator.
    pub fn inventory(&self) -> impl Iterator<Item = (KeyId, Role, Timestamp)> {
        self.keys.iter().map(|key| (key.id, key.role, key.created))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| key.id)).finish()
    }
}

impl RingKey {
    fn new(role: Role, entropy: &dyn Entropy, now: Timestamp) -> Self {
        let (mut id, mut secret) = ([0; 4], Zeroizing::new([0; LENGTH]));
        entropy.fill(&mut id);
        entropy.fill(secret.as_mut_slice());
        Self::with_secret(KeyId(id), role, now, secret)
    }

    fn with_secret(id: KeyId, role: Role, created: Timestamp, secret: Zeroizing<[u8; LENGTH]>) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"portico key ring").extract(secret.as_slice());
        Self {
            id,
            role,
            created,
            secret,
            derived: Purpose::ALL.map(|purpose| Derived(expand(&prk, &[purpose.label()]))),
        }
    }

    fn into_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    fn is_believed(&self, purpose: Purpose) -> bool {
        self.role != Role::Compromised || purpose.is_kept_by_us()
    }

    fn derive(&self, purpose: Purpose) -> &Derived {
        // OK because every purpose is in the list, in its order; a test checks that.
        #[expect(clippy::indexing_slicing, reason = "there is a key for each purpose")]
        &self.derived[purpose as usize]
    }
}

/// A key for one purpose.
#[derive(Clone)]
pub(in crate::session) struct Derived(pub(super) Zeroizing<[u8; LENGTH]>);

impl Derived {
    /// The key for one record, derived with `salt`.
    pub(in crate::session) fn for_record(&self, salt: &[u8]) -> Zeroizing<[u8; LENGTH]> {
        let prk = Prk::new_less_safe(HKDF_SHA256, self.0.as_slice());
        expand(&prk, &[b"record", salt])
    }
}

struct Length;

impl KeyType for Length {
    fn len(&self) -> usize {
        LENGTH
    }
}

fn expand(prk: &Prk, info: &[&[u8]]) -> Zeroizing<[u8; LENGTH]> {
    let mut key = Zeroizing::new([0; LENGTH]);
    // OK because HKDF fails only beyond 255 times this length; a key of zeros must never be used.
    #[expect(clippy::expect_used, reason = "32 bytes are always to be had")]
    prk.expand(info, Length)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .expect("HKDF gives 32 bytes");
    key
}
