//! The cookie by which a browser is recognised at a host of the portal that the session cookie does not reach.

use std::sync::Arc;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::session::HashedId;

/// Length of the proof, in bytes.
const PROOF: usize = 32;

/// Makes and checks the cookies for other hosts of the portal.
#[derive(Debug, Clone)]
pub struct HostCookies {
    pub(super) keys: Arc<[hmac::Key]>,
}

impl HostCookies {
    /// The cookie for one host: the session's hashed id, and a proof that this service issued it for this host. It is
    /// valid nowhere else: the session's own id cannot be derived from it.
    pub fn issue(&self, host: &str, session: HashedId) -> String {
        let key = self.keys.first();
        let proof = key.map(|key| hmac::sign(key, &proven(host, session)));
        let proof = proof.as_ref().map_or(&[][..], AsRef::as_ref);
        URL_SAFE_NO_PAD.encode([session.as_bytes(), proof].concat())
    }

    /// The session of such a cookie; `None` for any other text, and for the cookie of another host.
    pub fn open(&self, host: &str, text: &str) -> Option<HashedId> {
        let mut bytes = [0; 32 + PROOF];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (session, proof) = bytes.get(..length)?.split_at_checked(32)?;
        let session = HashedId::from_bytes(session)?;
        let text = proven(host, session);
        self.keys
            .iter()
            .any(|key| {
                let right = hmac::sign(key, &text);
                constant_time::verify_slices_are_equal(right.as_ref(), proof).is_ok()
            })
            .then_some(session)
    }
}

fn proven(host: &str, session: HashedId) -> Vec<u8> {
    [session.as_bytes(), host.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::session::secrets::Secrets;
    use crate::session::secrets::keys::KeyRing;

    fn secrets(ring: &KeyRing) -> Secrets {
        Secrets::new(ring, Arc::new(SystemEntropy))
    }

    #[test]
    fn sec_203_a_cookie_of_one_host_is_worth_nothing_at_another_nor_without_our_keys() {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let ours = secrets(&ring);
        let id = HashedId::of_session(&ours.ids.new_session());
        let cookie = ours.host_cookies.issue("app.example.com", id);
        assert_eq!(ours.host_cookies.open("app.example.com", &cookie), Some(id));
        assert_eq!(ours.host_cookies.open("b.example.com", &cookie), None);
        let rotated = secrets(&ring.rotated(&SystemEntropy, Timestamp::UNIX_EPOCH));
        assert_eq!(rotated.host_cookies.open("app.example.com", &cookie), Some(id));
        let stranger = secrets(&KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH));
        assert_eq!(stranger.host_cookies.open("app.example.com", &cookie), None);
        for text in [
            "",
            "x",
            &cookie[1..],
            &cookie[..43],
            &format!("{cookie}AA"),
            &id.to_text(),
        ] {
            assert_eq!(ours.host_cookies.open("app.example.com", text), None, "{text}");
        }
    }
}
