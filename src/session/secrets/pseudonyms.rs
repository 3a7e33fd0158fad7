//! What the log calls a user. It tells the lines about one user from those about others, and who has the key ring can find
//! the lines about a name; nobody finds the name from a line.

use std::fmt::Write as _;
use std::sync::Arc;

use aws_lc_rs::hmac;

use super::keys::{KeyRing, Purpose};
use crate::domain::input::folded;

/// Bytes of a pseudonym.
const LENGTH: usize = 8;

/// Makes pseudonyms.
#[derive(Debug, Clone)]
pub struct Pseudonyms {
    keys: Arc<[hmac::Key]>,
}

impl Pseudonyms {
    /// With the keys of this ring.
    pub fn new(ring: &KeyRing) -> Self {
        Self {
            keys: ring.authenticators(Purpose::Pseudonym).into(),
        }
    }

    /// The pseudonym of a login, however it is written, under the current key.
    pub fn of(&self, login: &str) -> String {
        self.keys.first().map_or_else(String::new, |key| pseudonym(key, login))
    }

    /// The pseudonyms of a login under every key of the ring, the current one first: a rotation changes it.
    pub fn all(&self, login: &str) -> Vec<String> {
        self.keys.iter().map(|key| pseudonym(key, login)).collect()
    }
}

fn pseudonym(key: &hmac::Key, login: &str) -> String {
    let tag = hmac::sign(key, folded(login).as_bytes());
    tag.as_ref().iter().take(LENGTH).fold(String::new(), |mut text, byte| {
        // OK because writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_user_has_one_pseudonym_until_the_keys_are_rotated() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let before = Pseudonyms::new(&ring);
        let robin = before.of("robin@example.com");
        assert_eq!(robin.len(), 2 * LENGTH);
        assert_eq!(before.of("Robin@Example.COM"), robin);
        assert_ne!(before.of("robina@example.com"), robin);
        assert_ne!(
            Pseudonyms::new(&KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH)).of("robin@example.com"),
            robin
        );
        let after = Pseudonyms::new(&ring.rotated(&SystemEntropy, Timestamp::UNIX_EPOCH));
        assert_ne!(after.of("robin@example.com"), robin);
        assert!(after.all("robin@example.com").contains(&robin));
    }
}
