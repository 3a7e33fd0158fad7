//! Tickets: sealed data that travels in URLs, which only this service and its replicas can create or read.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::keys::{KeyRing, Purpose};
use super::seal::{Lock, Sealer};
use crate::clock::Entropy;

/// The longest ticket that is accepted, in characters; none of our URLs is longer.
const LONGEST: usize = 24 * 1024;

/// Makes and reads tickets of one kind. Unlike records, they are many and live for minutes, so a process seals all of
/// them with one key, under a fresh nonce each.
#[derive(Clone)]
pub struct Tickets {
    purpose: Purpose,
    sealer: Sealer,
    lock: Arc<Lock>,
    entropy: Arc<dyn Entropy>,
}

impl Tickets {
    /// Uses the keys of the ring.
    ///
    /// # Panics
    ///
    /// Never with a ring that was made or read by this program: it has a current key.
    pub fn new(ring: &KeyRing, purpose: Purpose, entropy: Arc<dyn Entropy>) -> Self {
        // OK because a ring always has a current key; nothing may travel unsealed instead.
        #[expect(clippy::expect_used, reason = "every ring has a current key")]
        let lock = Lock::new(ring, purpose, &*entropy).expect("a ring has a current key");
        Self {
            purpose,
            sealer: Sealer::new(ring.clone(), Arc::clone(&entropy)),
            lock: Arc::new(lock),
            entropy,
        }
    }

    /// The ticket as text for a URL; valid for one owner, such as a host.
    pub fn seal(&self, owner: &str, plain: &[u8]) -> String {
        let sealed = self.lock.seal(&*self.entropy, owner.as_bytes(), plain);
        // AES-GCM seals anything that fits into a URL.
        URL_SAFE_NO_PAD.encode(sealed.unwrap_or_default())
    }

    /// The data sealed for this owner; `None` for any other text.
    pub fn open(&self, owner: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        if text.len() > LONGEST {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.sealer.open(self.purpose, owner.as_bytes(), &sealed).ok()
    }
}

impl fmt::Debug for Tickets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tickets")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use jiff::Timestamp;

    use super::super::seal::NONCE;
    use super::*;
    use crate::clock::SystemEntropy;

    fn tickets(ring: &KeyRing, purpose: Purpose) -> Tickets {
        Tickets::new(ring, purpose, Arc::new(SystemEntropy))
    }

    #[test]
    fn sec_215_no_nonce_is_used_twice_whoever_seals() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let mine = tickets(&ring, Purpose::Target);
        let seal = || {
            let notes = (0..640).map(|_| mine.seal("a.example", b"hello"));
            notes.collect::<Vec<_>>()
        };
        let sealed: Vec<String> = std::thread::scope(|scope| {
            let sealing = [(); 4].map(|()| scope.spawn(seal));
            sealing.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        // Version, key and salt come first.
        let nonce = |note: &String| URL_SAFE_NO_PAD.decode(note).unwrap()[21..][..NONCE].to_vec();
        let nonces: HashSet<Vec<u8>> = sealed.iter().map(nonce).collect();
        assert_eq!(nonces.len(), sealed.len());
    }

    #[test]
    fn a_note_is_read_by_its_owner_and_by_every_replica_and_by_nobody_else() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let mine = tickets(&ring, Purpose::Target);
        let note = mine.seal("a.example", b"hello");
        let rotated = ring.rotated(&SystemEntropy, Timestamp::UNIX_EPOCH);
        for reader in [
            &mine,
            &tickets(&ring, Purpose::Target),
            &tickets(&rotated, Purpose::Target),
        ] {
            assert_eq!(reader.open("a.example", &note).unwrap().as_slice(), b"hello");
            assert!(reader.open("b.example", &note).is_none());
        }
        assert!(tickets(&ring, Purpose::HandOver).open("a.example", &note).is_none());
        let stranger = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        assert!(tickets(&stranger, Purpose::Target).open("a.example", &note).is_none());
        for text in ["", "x", "\u{e9}", &note[1..], &"A".repeat(9000)] {
            assert!(mine.open("a.example", text).is_none());
        }
        assert_ne!(note, mine.seal("a.example", b"hello"));
    }
}
