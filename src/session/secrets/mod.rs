//! Values that only this service can create or check: session ids and visit ids, CSRF tokens, device cookies, and the
//! cookies for the portal's other hosts. Everything but the random ids is authenticated with keys of the ring, so it is
//! valid on every replica, also after a rotation.

mod audit_key;
mod csrf;
mod device_cookie;
mod host_cookie;
mod ids;
pub mod keys;
mod labels;
mod press;
mod pseudonyms;
pub(super) mod seal;
pub(super) mod tickets;

use std::sync::Arc;

use crate::clock::Entropy;
use keys::{KeyRing, Purpose};

pub use audit_key::{AuditPublicKey, AuditSigner, BadPublicKey};
pub use csrf::Csrf;
pub use device_cookie::DeviceCookies;
pub use host_cookie::HostCookies;
pub use ids::{Ids, Reference};
pub use pseudonyms::Pseudonyms;

/// All of these generators and checks.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Ids, and names derived from them.
    pub ids: Ids,
    /// CSRF tokens.
    pub csrf: Csrf,
    /// Device cookies.
    pub device_cookies: DeviceCookies,
    /// Cookies for the portal's other hosts.
    pub host_cookies: HostCookies,
    /// What the log calls users.
    pub pseudonyms: Pseudonyms,
}

impl Secrets {
    /// Uses the keys of this ring: the current one signs, all of them verify.
    pub fn new(ring: &KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        let keys = |purpose| ring.authenticators(purpose).into();
        let ids = Ids {
            entropy,
            keys: keys(Purpose::Form),
        };
        Self {
            csrf: Csrf {
                ids: ids.clone(),
                keys: keys(Purpose::Form),
            },
            device_cookies: DeviceCookies {
                ids: ids.clone(),
                keys: keys(Purpose::Device),
            },
            host_cookies: HostCookies {
                keys: keys(Purpose::HostCookie),
            },
            pseudonyms: Pseudonyms::new(ring),
            ids,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::ids::MaskedId;
    use crate::domain::ids::{SessionId, VisitId};
    use crate::session::HashedId;

    const NOW: Timestamp = Timestamp::constant(1_900_000_000, 0);

    fn ring() -> KeyRing {
        KeyRing::new(&SystemEntropy, jiff::Timestamp::UNIX_EPOCH)
    }

    fn secrets() -> Secrets {
        Secrets::new(&ring(), Arc::new(SystemEntropy))
    }

    #[test]
    fn sec_145_a_claim_is_read_by_the_same_press_alone() {
        let secrets = secrets();
        let (visit, other, id) = (
            secrets.ids.new_visit(),
            secrets.ids.new_visit(),
            secrets.ids.new_session(),
        );
        let token = secrets.csrf.visit_token(&visit, NOW);
        let press = |visit, token: &str, typed: &[&[u8]]| secrets.csrf.press(visit, token, typed).unwrap();
        let ours = || press(&visit, &token, &[b"robin", b"secret"]);
        let masked_id = secrets.csrf.mask(&ours(), id.expose_bytes());
        let read = MaskedId::parse(&masked_id.to_text()).unwrap();
        assert_eq!(Csrf::unmask(&ours(), &read), id.expose_bytes());
        for wrong in [
            press(&other, &token, &[b"robin", b"secret"]),
            press(&visit, &secrets.csrf.visit_token(&visit, NOW), &[b"robin", b"secret"]),
            press(&visit, &token, &[b"robin", b"guess"]),
            press(&visit, &token, &[b"robins", b"ecret"]),
            press(&visit, &token, &[b"robinsecret"]),
            self::secrets()
                .csrf
                .press(&visit, &token, &[b"robin", b"secret"])
                .unwrap(),
        ] {
            assert_ne!(Csrf::unmask(&wrong, &masked_id), id.expose_bytes());
        }
        assert_ne!(masked_id.masked, id.expose_bytes());
        assert_ne!(secrets.csrf.mask(&ours(), id.expose_bytes()), masked_id);
        assert_eq!(MaskedId::parse(&id.expose()), None);
    }

    #[test]
    fn sec_145_a_visit_that_was_issued_here_says_when_and_any_other_says_nothing() {
        let (ring, secrets) = (ring(), secrets());
        let of = |ring: &KeyRing| Secrets::new(ring, Arc::new(SystemEntropy)).ids;
        let visit = of(&ring).issue_visit(NOW);
        assert_eq!(of(&ring).visit_issued(&visit), Some(NOW));
        let rotated = ring.rotated(&SystemEntropy, NOW);
        assert_eq!(of(&rotated).visit_issued(&visit), Some(NOW));
        assert_eq!(secrets.ids.visit_issued(&visit), None, "another service");
        assert_eq!(secrets.ids.visit_issued(&secrets.ids.new_visit()), None);
        for byte in 0..32 {
            let mut bytes: [u8; 32] = visit.expose_bytes().try_into().unwrap();
            bytes[byte] ^= 1;
            assert_eq!(
                of(&ring).visit_issued(&VisitId::from_random(bytes)),
                None,
                "byte {byte}"
            );
        }
        let again = of(&ring).issue_visit(NOW);
        assert_ne!(again.expose_bytes()[4..20], visit.expose_bytes()[4..20]);
    }

    #[test]
    fn sec_216_a_form_of_before_a_rotation_is_still_good() {
        let ring = ring();
        let secrets = |ring: &KeyRing| Secrets::new(ring, Arc::new(SystemEntropy));
        let rotated = ring.rotated(&SystemEntropy, jiff::Timestamp::UNIX_EPOCH);
        let (before, after) = (secrets(&ring), secrets(&rotated));
        let visit = before.ids.new_visit();
        let made = |by: &Secrets, to: &Secrets| to.csrf.visit_token_made(&visit, &by.csrf.visit_token(&visit, NOW));
        assert_eq!(made(&before, &after), Some(NOW));
        assert_eq!(made(&after, &before), Some(NOW));
    }

    #[test]
    fn sec_102_a_form_token_fits_only_its_own_visit_and_keys() {
        let (ours, theirs) = (secrets(), secrets());
        let (visit, other) = (ours.ids.new_visit(), ours.ids.new_visit());
        let token = ours.csrf.visit_token(&visit, NOW);
        assert_eq!(ours.csrf.visit_token_made(&visit, &token), Some(NOW));
        assert_eq!(ours.csrf.visit_token_made(&other, &token), None);
        assert_eq!(theirs.csrf.visit_token_made(&visit, &token), None);
        assert_ne!(ours.csrf.visit_token(&visit, NOW), token, "each page has its own");
        let later = token.replacen(&token[..6], "AAAAAA", 1);
        for wrong in ["", "x", "AAAA", &token[1..], &format!("{token}="), &later] {
            assert_eq!(ours.csrf.visit_token_made(&visit, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_form_of_before_the_pages_had_tokens_of_their_own_is_still_good_and_old() {
        let secrets = secrets();
        let visit = secrets.ids.new_visit();
        let token = secrets.csrf.token(b"visit", visit.expose_bytes());
        let made = secrets.csrf.visit_token_made(&visit, &token);
        assert_eq!(made, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_visit_and_a_session_of_the_same_bytes_are_strangers() {
        let secrets = secrets();
        let (visit, session) = (VisitId::from_random([5; 32]), SessionId::from_random([5; 32]));
        assert_ne!(HashedId::of_visit(&visit), HashedId::of_session(&session));
        assert!(
            !secrets
                .csrf
                .is_session_token(&session, &secrets.csrf.visit_token(&visit, NOW))
        );
    }

    #[test]
    fn sec_208_a_handle_is_good_for_its_person_alone_and_is_no_id() {
        let (ours, theirs) = (secrets(), secrets());
        let session = ours.ids.new_session();
        let id = HashedId::of_session(&session);
        let handle = ours.ids.handle("00u1", id);
        assert!(ours.ids.open_handle("00u1", &handle).unwrap().is(id));
        let other = HashedId::of_session(&ours.ids.new_session());
        assert!(!ours.ids.open_handle("00u1", &handle).unwrap().is(other));
        assert!(ours.ids.open_handle("00u2", &handle).is_none());
        assert!(theirs.ids.open_handle("00u1", &handle).is_none());
        for wrong in ["", "x", &handle[1..], &session.expose(), &id.to_text()] {
            assert!(ours.ids.open_handle("00u1", wrong).is_none(), "{wrong}");
        }
        assert!(SessionId::parse(&handle).is_none());
    }

    #[test]
    fn sec_201_ids_do_not_repeat() {
        let secrets = secrets();
        let ids: std::collections::HashSet<String> = (0..10_000).map(|_| secrets.ids.new_session().expose()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
