//! Ids, and the names derived from them.

use std::net::IpAddr;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::labels::{hashed, labelled};
use crate::clock::Entropy;
use crate::domain::ids::{Network, SessionId, Tab, VisitId};
use crate::session::{HashedId, RevocationId};

/// Makes ids and derives names.
#[derive(Debug, Clone)]
pub struct Ids {
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) keys: Arc<[hmac::Key]>,
}

impl HashedId {
    /// The id under which stores keep a session.
    pub fn of_session(id: &SessionId) -> HashedId {
        hashed(b"session", id.expose_bytes())
    }

    /// The id under which stores keep a visit.
    pub fn of_visit(id: &VisitId) -> HashedId {
        hashed(b"visit", id.expose_bytes())
    }
}

impl Ids {
    /// A new session id: 256 random bits.
    pub fn new_session(&self) -> SessionId {
        SessionId::from_random(self.random())
    }

    /// A new opaque visit id: 256 random bits.
    pub fn new_visit(&self) -> VisitId {
        VisitId::from_random(self.random())
    }

    /// A new visit id that contains its time of issue, 128 random bits, and a tag by which this service recognises it,
    /// so that no record has to be kept of a browser that only looks at the form (SEC-145).
    pub fn issue_visit(&self, now: Timestamp) -> VisitId {
        let issued = u32::try_from(now.as_second()).unwrap_or_default();
        let mut id = [0; 32];
        let (head, tag) = id.split_at_mut(VISIT_HEAD);
        let (time, random) = head.split_at_mut(4);
        time.copy_from_slice(&issued.to_be_bytes());
        self.entropy.fill(random);
        if let Some(key) = self.keys.first() {
            let whole = hmac::sign(key, &labelled(b"issued", head));
            tag.iter_mut().zip(whole.as_ref()).for_each(|(to, from)| *to = *from);
        }
        VisitId::from_random(id)
    }

    /// When this service issued the visit id; `None` for any other id, and for an opaque one.
    pub fn visit_issued(&self, id: &VisitId) -> Option<Timestamp> {
        let (head, tag) = id.expose_bytes().split_at_checked(VISIT_HEAD)?;
        let text = labelled(b"issued", head);
        let is_ours = self.keys.iter().any(|key| {
            let whole = hmac::sign(key, &text);
            let start = whole.as_ref().get(..tag.len());
            start.is_some_and(|start| verify_slices_are_equal(start, tag).is_ok())
        });
        let issued = u32::from_be_bytes(*head.first_chunk()?);
        is_ours.then(|| Timestamp::from_second(issued.into()).ok())?
    }

    /// A new tab reference: 96 random bits.
    pub fn new_tab(&self) -> Tab {
        Tab::from_random(self.random())
    }

    /// A new name for a pending revocation.
    pub fn new_revocation(&self) -> RevocationId {
        RevocationId::new(self.entropy.as_ref())
    }

    /// A short label for a visit, which reveals nothing about its id.
    pub fn visit_label(&self, id: &VisitId) -> String {
        let mut name = HashedId::of_visit(id).to_text();
        name.truncate(8);
        name
    }

    /// The handle by which a page names one of this customer's sessions: not its id, and valid for this customer alone.
    pub fn handle(&self, subject: &str, id: HashedId) -> String {
        let reference = reference(id);
        let owned = owned(subject, &reference);
        let tag = self.keys.first().map(|key| hmac::sign(key, &owned));
        let tag = tag.as_ref().map_or(&[][..], AsRef::as_ref);
        URL_SAFE_NO_PAD.encode([&reference, tag].concat())
    }

    /// The session that a handle names; `None` for any text that was not made for this customer.
    pub fn open_handle(&self, subject: &str, handle: &str) -> Option<Reference> {
        let bytes = URL_SAFE_NO_PAD.decode(handle).ok()?;
        let (reference, tag) = bytes.split_first_chunk::<REFERENCE>()?;
        let owned = owned(subject, reference);
        let is_ours = |key| hmac::verify(key, &owned, tag).is_ok();
        self.keys.iter().any(is_ours).then_some(Reference(*reference))
    }

    /// The network of an address: the most that a provider gives one customer, a /24 of IPv4 or a /48 of IPv6.
    pub fn network(&self, address: IpAddr) -> Network {
        let text = match address.to_canonical() {
            IpAddr::V4(address) => {
                let [first, second, third, _] = address.octets();
                labelled(b"network", &[first, second, third])
            }
            IpAddr::V6(address) => {
                let [first, second, third, ..] = address.segments();
                labelled(b"network", &[first, second, third].map(u16::to_be_bytes).concat())
            }
        };
        let tag = self.keys.first().map(|key| hmac::sign(key, &text));
        let bytes = tag.as_ref().and_then(|tag| tag.as_ref().first_chunk());
        Network(bytes.copied().unwrap_or_default())
    }

    /// One random byte, for jitter.
    pub fn random_byte(&self) -> u8 {
        let [byte] = self.random();
        byte
    }

    pub(super) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0_u8; N];
        self.entropy.fill(&mut bytes);
        bytes
    }
}

/// Where the tag begins in a visit id that was issued with one; the tag has 96 bits.
const VISIT_HEAD: usize = 20;

/// The session of a customer that a handle names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference([u8; REFERENCE]);

impl Reference {
    /// Whether it is this session.
    pub fn is(&self, id: HashedId) -> bool {
        self.0 == reference(id)
    }
}

/// Enough bytes to distinguish the few sessions of one customer.
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
    // The reference has a fixed length, so the text is unambiguous.
    [b"handle\0".as_slice(), reference, subject.as_bytes()].concat()
}
