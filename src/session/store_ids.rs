//! The names under which stores keep records.

use std::fmt;
use std::hash::{Hash, Hasher};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::clock::Entropy;
use crate::domain::revocation::PendingRevocation;

/// SHA-256 of an id: the only form in which a store knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashedId(pub(super) [u8; 32]);

/// The first bytes of the id are as good a hash as any. Tables hash them once more, with their own key.
impl Hash for HashedId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let first = self.0.first_chunk().copied();
        state.write_u64(first.map_or(0, u64::from_ne_bytes));
    }
}

impl HashedId {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A number from 0 to 1 derived from this id, to spread out what would otherwise happen all at once.
    pub fn share(&self) -> f64 {
        let [first, ..] = self.0;
        f64::from(first) / f64::from(u8::MAX)
    }

    /// As text, for operators and for the URL of the page that says how a session ended. It cannot be used to sign in.
    pub fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads what [`to_text`](Self::to_text) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::from_bytes(&URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for HashedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to distinguish two in a log; a hash is no secret.
        f.write_str("HashedId(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

/// Names a pending revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RevocationId(pub(super) [u8; 16]);

impl RevocationId {
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// When the revocation of this name is tried next.
    pub(super) fn next_try(self, revocation: &PendingRevocation, now: Timestamp) -> Timestamp {
        let [first, ..] = self.0;
        revocation.next_try(now, f64::from(first) / f64::from(u8::MAX))
    }
}
