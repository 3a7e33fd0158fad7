//! The one place where ids are made and hashed.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::HashedId;
use crate::clock::Entropy;
use crate::domain::ids::{SessionId, Tab, VisitId};

/// Makes ids, hashes them, and mints the form tokens that are bound to them.
#[derive(Debug, Clone)]
pub struct Door {
    entropy: Arc<dyn Entropy>,
    form_key: hmac::Key,
}

impl Door {
    /// A door with a key of its own for form tokens.
    pub fn new(entropy: Arc<dyn Entropy>) -> Self {
        let mut key = [0_u8; 32];
        entropy.fill(&mut key);
        Self {
            entropy,
            form_key: hmac::Key::new(hmac::HMAC_SHA256, &key),
        }
    }

    /// A new session id: 256 random bits.
    pub fn new_session(&self) -> SessionId {
        SessionId::from_random(self.random())
    }

    /// A new visit id: 256 random bits.
    pub fn new_visit(&self) -> VisitId {
        VisitId::from_random(self.random())
    }

    /// A new tab reference: 96 random bits.
    pub fn new_tab(&self) -> Tab {
        Tab::from_random(self.random())
    }

    /// How the stores know a session.
    pub fn hash_session(id: &SessionId) -> HashedId {
        hashed(b"session", id.expose_bytes())
    }

    /// How the stores know a visit.
    pub fn hash_visit(id: &VisitId) -> HashedId {
        hashed(b"visit", id.expose_bytes())
    }

    /// The token that forms of this visit carry.
    pub fn visit_token(&self, id: &VisitId) -> String {
        URL_SAFE_NO_PAD.encode(self.tag(b"visit", id.expose_bytes()))
    }

    /// The token that forms of this session carry.
    pub fn session_token(&self, id: &SessionId) -> String {
        URL_SAFE_NO_PAD.encode(self.tag(b"session", id.expose_bytes()))
    }

    /// Whether a form of this visit carried its own token. Takes the same time for every wrong one.
    pub fn is_visit_token(&self, id: &VisitId, token: &str) -> bool {
        self.is_tag(b"visit", id.expose_bytes(), token)
    }

    /// Whether a form of this session carried its own token. Takes the same time for every wrong one.
    pub fn is_session_token(&self, id: &SessionId, token: &str) -> bool {
        self.is_tag(b"session", id.expose_bytes(), token)
    }

    /// One random byte, for jitter.
    pub fn random_byte(&self) -> u8 {
        let [byte] = self.random();
        byte
    }

    fn tag(&self, purpose: &[u8], id: &[u8]) -> hmac::Tag {
        hmac::sign(&self.form_key, &labelled(purpose, id))
    }

    fn is_tag(&self, purpose: &[u8], id: &[u8], token: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(token)
            .is_ok_and(|tag| hmac::verify(&self.form_key, &labelled(purpose, id), &tag).is_ok())
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

fn labelled(purpose: &[u8], id: &[u8]) -> Vec<u8> {
    [purpose, b"\0", id].concat()
}

fn hashed(purpose: &[u8], id: &[u8]) -> HashedId {
    let mut bytes = [0_u8; 32];
    for (to, from) in bytes
        .iter_mut()
        .zip(digest(&SHA256, &labelled(purpose, id)).as_ref())
    {
        *to = *from;
    }
    HashedId(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    fn door() -> Door {
        Door::new(Arc::new(SystemEntropy))
    }

    #[test]
    fn sec_102_a_form_token_fits_only_its_own_visit_and_door() {
        let (ours, theirs) = (door(), door());
        let (visit, other) = (ours.new_visit(), ours.new_visit());
        let token = ours.visit_token(&visit);
        assert!(ours.is_visit_token(&visit, &token));
        assert!(!ours.is_visit_token(&other, &token));
        assert!(!theirs.is_visit_token(&visit, &token));
        for wrong in ["", "x", "AAAA", &token[1..], &format!("{token}=")] {
            assert!(!ours.is_visit_token(&visit, wrong), "{wrong}");
        }
    }

    #[test]
    fn a_visit_and_a_session_of_the_same_bytes_are_strangers() {
        let door = door();
        let (visit, session) = (
            VisitId::from_random([5; 32]),
            SessionId::from_random([5; 32]),
        );
        assert_ne!(Door::hash_visit(&visit), Door::hash_session(&session));
        assert!(!door.is_session_token(&session, &door.visit_token(&visit)));
    }

    #[test]
    fn sec_201_ids_do_not_repeat() {
        let door = door();
        let ids: std::collections::HashSet<String> =
            (0..10_000).map(|_| door.new_session().expose()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
