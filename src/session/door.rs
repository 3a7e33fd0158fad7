//! The one place where ids are made and hashed.

mod device;
mod elsewhere;
mod forms;

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keys::{KeyRing, Purpose};
use super::{HashedId, RevocationId};
use crate::clock::Entropy;
use crate::domain::ids::{SessionId, Tab, VisitId};

/// Makes ids, hashes them, and mints the form tokens that are bound to them.
#[derive(Debug, Clone)]
pub struct Door {
    entropy: Arc<dyn Entropy>,
    /// The current one first: it signs; all of them verify.
    form_keys: Arc<[hmac::Key]>,
    /// The same for what browsers keep of earlier sign-ins.
    device_keys: Arc<[hmac::Key]>,
    /// The same for what browsers show at other hosts of the portal.
    host_keys: Arc<[hmac::Key]>,
}

impl Door {
    /// A door whose form tokens are good on every replica that has the ring.
    pub fn new(ring: &KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            entropy,
            form_keys: ring.authenticators(Purpose::Form).into(),
            device_keys: ring.authenticators(Purpose::Device).into(),
            host_keys: ring.authenticators(Purpose::Elsewhere).into(),
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

    /// A new name for a pending revocation.
    pub fn new_revocation(&self) -> RevocationId {
        RevocationId::new(self.entropy.as_ref())
    }

    /// How the stores know a session.
    pub fn hash_session(id: &SessionId) -> HashedId {
        hashed(b"session", id.expose_bytes())
    }

    /// How the stores know a visit.
    pub fn hash_visit(id: &VisitId) -> HashedId {
        hashed(b"visit", id.expose_bytes())
    }

    /// A short name for a visit, which says nothing about its id.
    pub fn visit_label(&self, id: &VisitId) -> String {
        let mut name = Self::hash_visit(id).to_text();
        name.truncate(8);
        name
    }

    /// The token that forms of this session carry.
    pub fn session_token(&self, id: &SessionId) -> String {
        self.token(b"session", id.expose_bytes())
    }

    /// Whether a form of this session carried its own token. Takes the same time for every wrong one.
    pub fn is_session_token(&self, id: &SessionId, token: &str) -> bool {
        self.is_tag(b"session", id.expose_bytes(), token)
    }

    /// How a page of this person names one of their sessions: not its id, and good for this person alone.
    pub fn handle(&self, subject: &str, id: HashedId) -> String {
        let reference = reference(id);
        let owned = owned(subject, &reference);
        let tag = self.form_keys.first().map(|key| hmac::sign(key, &owned));
        let tag = tag.as_ref().map_or(&[][..], AsRef::as_ref);
        URL_SAFE_NO_PAD.encode([&reference, tag].concat())
    }

    /// What a handle names; `None` for any text that was not made for this person.
    pub fn open_handle(&self, subject: &str, handle: &str) -> Option<Reference> {
        let bytes = URL_SAFE_NO_PAD.decode(handle).ok()?;
        let (reference, tag) = bytes.split_first_chunk::<REFERENCE>()?;
        let owned = owned(subject, reference);
        let is_ours = |key| hmac::verify(key, &owned, tag).is_ok();
        self.form_keys.iter().any(is_ours).then_some(Reference(*reference))
    }

    /// One random byte, for jitter.
    pub fn random_byte(&self) -> u8 {
        let [byte] = self.random();
        byte
    }

    fn token(&self, purpose: &[u8], id: &[u8]) -> String {
        let tag = self
            .form_keys
            .first()
            .map(|key| hmac::sign(key, &labelled(purpose, id)));
        tag.map(|tag| URL_SAFE_NO_PAD.encode(tag)).unwrap_or_default()
    }

    fn is_tag(&self, purpose: &[u8], id: &[u8], token: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let text = labelled(purpose, id);
        self.form_keys.iter().any(|key| hmac::verify(key, &text, &tag).is_ok())
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

/// Which session of a person a handle names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference([u8; REFERENCE]);

impl Reference {
    /// Whether it is this session.
    pub fn is(&self, id: HashedId) -> bool {
        self.0 == reference(id)
    }
}

/// Enough to tell apart the few sessions of one person.
const REFERENCE: usize = 12;

fn reference(id: HashedId) -> [u8; REFERENCE] {
    let HashedId(hash) = hashed(b"reference", id.as_bytes());
    let mut reference = [0; REFERENCE];
    for (to, from) in reference.iter_mut().zip(hash) {
        *to = from;
    }
    reference
}

fn owned(subject: &str, reference: &[u8; REFERENCE]) -> Vec<u8> {
    // The reference has a fixed length, so no subject can be mistaken for another.
    [b"handle\0".as_slice(), reference, subject.as_bytes()].concat()
}

fn labelled(purpose: &[u8], id: &[u8]) -> Vec<u8> {
    [purpose, b"\0", id].concat()
}

fn hashed(purpose: &[u8], id: &[u8]) -> HashedId {
    let mut bytes = [0_u8; 32];
    for (to, from) in bytes.iter_mut().zip(digest(&SHA256, &labelled(purpose, id)).as_ref()) {
        *to = *from;
    }
    HashedId(bytes)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::ids::Claim;

    const NOW: Timestamp = Timestamp::constant(1_900_000_000, 0);

    fn ring() -> KeyRing {
        KeyRing::new(&SystemEntropy, jiff::Timestamp::UNIX_EPOCH)
    }

    fn door() -> Door {
        Door::new(&ring(), Arc::new(SystemEntropy))
    }

    #[test]
    fn sec_145_a_claim_is_read_by_the_same_press_alone() {
        let door = door();
        let (visit, other, id) = (door.new_visit(), door.new_visit(), door.new_session());
        let token = door.visit_token(&visit, NOW);
        let press = |visit, token: &str, typed: &[&[u8]]| door.press(visit, token, typed).unwrap();
        let ours = || press(&visit, &token, &[b"robin", b"secret"]);
        let claim = door.claim(&ours(), id.expose_bytes());
        let read = Claim::parse(&claim.to_text()).unwrap();
        assert_eq!(Door::redeem(&ours(), &read), id.expose_bytes());
        for wrong in [
            press(&other, &token, &[b"robin", b"secret"]),
            press(&visit, &door.visit_token(&visit, NOW), &[b"robin", b"secret"]),
            press(&visit, &token, &[b"robin", b"guess"]),
            press(&visit, &token, &[b"robins", b"ecret"]),
            press(&visit, &token, &[b"robinsecret"]),
            self::door().press(&visit, &token, &[b"robin", b"secret"]).unwrap(),
        ] {
            assert_ne!(Door::redeem(&wrong, &claim), id.expose_bytes());
        }
        assert_ne!(claim.masked, id.expose_bytes());
        assert_ne!(door.claim(&ours(), id.expose_bytes()), claim);
        assert_eq!(Claim::parse(&id.expose()), None);
    }

    #[test]
    fn sec_216_a_form_of_before_a_rotation_is_still_good() {
        let ring = ring();
        let door = |ring: &KeyRing| Door::new(ring, Arc::new(SystemEntropy));
        let rotated = ring.rotated(&SystemEntropy, jiff::Timestamp::UNIX_EPOCH);
        let (before, after) = (door(&ring), door(&rotated));
        let visit = before.new_visit();
        let made = |by: &Door, to: &Door| to.visit_token_made(&visit, &by.visit_token(&visit, NOW));
        assert_eq!(made(&before, &after), Some(NOW));
        assert_eq!(made(&after, &before), Some(NOW));
    }

    #[test]
    fn sec_102_a_form_token_fits_only_its_own_visit_and_door() {
        let (ours, theirs) = (door(), door());
        let (visit, other) = (ours.new_visit(), ours.new_visit());
        let token = ours.visit_token(&visit, NOW);
        assert_eq!(ours.visit_token_made(&visit, &token), Some(NOW));
        assert_eq!(ours.visit_token_made(&other, &token), None);
        assert_eq!(theirs.visit_token_made(&visit, &token), None);
        assert_ne!(ours.visit_token(&visit, NOW), token, "each page has its own");
        let later = token.replacen(&token[..6], "AAAAAA", 1);
        for wrong in ["", "x", "AAAA", &token[1..], &format!("{token}="), &later] {
            assert_eq!(ours.visit_token_made(&visit, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_of_before_the_pages_had_tokens_of_their_own_is_still_good_and_old() {
        let door = door();
        let visit = door.new_visit();
        let token = door.token(b"visit", visit.expose_bytes());
        let made = door.visit_token_made(&visit, &token);
        assert_eq!(made, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_visit_and_a_session_of_the_same_bytes_are_strangers() {
        let door = door();
        let (visit, session) = (VisitId::from_random([5; 32]), SessionId::from_random([5; 32]));
        assert_ne!(Door::hash_visit(&visit), Door::hash_session(&session));
        assert!(!door.is_session_token(&session, &door.visit_token(&visit, NOW)));
    }

    #[test]
    fn sec_208_a_handle_is_good_for_its_person_alone_and_is_no_id() {
        let (ours, theirs) = (door(), door());
        let session = ours.new_session();
        let id = Door::hash_session(&session);
        let handle = ours.handle("00u1", id);
        assert!(ours.open_handle("00u1", &handle).unwrap().is(id));
        let other = Door::hash_session(&ours.new_session());
        assert!(!ours.open_handle("00u1", &handle).unwrap().is(other));
        assert!(ours.open_handle("00u2", &handle).is_none());
        assert!(theirs.open_handle("00u1", &handle).is_none());
        for wrong in ["", "x", &handle[1..], &session.expose(), &id.to_text()] {
            assert!(ours.open_handle("00u1", wrong).is_none(), "{wrong}");
        }
        assert!(SessionId::parse(&handle).is_none());
    }

    #[test]
    fn sec_201_ids_do_not_repeat() {
        let door = door();
        let ids: std::collections::HashSet<String> = (0..10_000).map(|_| door.new_session().expose()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
