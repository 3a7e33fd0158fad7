//! Pages of a sign-in and what is pressed on them (docs/decisions/0023-what-a-proof-changes.md).

use std::net::IpAddr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::{Door, HashedId, hashed, labelled};
use crate::domain::ids::{Claim, Network, Press, PressMark, VisitId};

impl Door {
    /// The token that the forms of one page of this visit carry: each page has its own, and it tells when it was made.
    pub fn visit_token(&self, id: &VisitId, now: Timestamp) -> String {
        let made = u32::try_from(now.as_second()).unwrap_or_default();
        let nonce: [u8; NONCE] = self.random();
        let page = [made.to_be_bytes().as_slice(), &nonce].concat();
        let tag = self.form_keys.first().map(|key| hmac::sign(key, &of_page(id, &page)));
        let tag = tag.as_ref().map_or(&[][..], AsRef::as_ref);
        URL_SAFE_NO_PAD.encode([&page, tag].concat())
    }

    /// When the page was made whose form carried this token; `None` unless it was made for this visit. Takes the same
    /// time for every wrong one.
    pub fn visit_token_made(&self, id: &VisitId, token: &str) -> Option<Timestamp> {
        // Pages of earlier versions had one token for a whole visit, without a time.
        if self.is_tag(b"visit", id.expose_bytes(), token) {
            return Some(Timestamp::UNIX_EPOCH);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (page, tag) = bytes.split_at_checked(4 + NONCE)?;
        let text = of_page(id, page);
        let is_ours = |key| hmac::verify(key, &text, tag).is_ok();
        if !self.form_keys.iter().any(is_ours) {
            return None;
        }
        made(page)
    }

    /// When a token says that its page was made; nobody has checked that it is ours.
    pub fn token_says_made(token: &str) -> Option<Timestamp> {
        made(&URL_SAFE_NO_PAD.decode(token).ok()?)
    }

    /// What tells this press of a button from every other: whose page it was, which page, and what was typed into it.
    /// The key keeps whoever has the store from trying passwords on it.
    pub fn press(&self, visit: &VisitId, token: &str, typed: &[&[u8]]) -> Option<Press> {
        let mut context = hmac::Context::with_key(self.form_keys.first()?);
        context.update(b"press\0");
        context.update(visit.expose_bytes());
        for part in std::iter::once(token.as_bytes()).chain(typed.iter().copied()) {
            // With its length, so that what is typed into one field is never taken for what belongs to another.
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let bytes = tag.as_ref().first_chunk()?;
        Some(Press::from_random(*bytes))
    }

    /// What an attempt keeps of a press. Nobody finds the press by it.
    pub fn mark(press: &Press) -> PressMark {
        let HashedId(hash) = hashed(b"press", press.expose_bytes());
        PressMark(hash.first_chunk().copied().unwrap_or_default())
    }

    /// An id for whoever presses the same once more.
    pub fn claim(&self, press: &Press, id: &[u8]) -> Claim {
        let nonce = self.random();
        Claim {
            nonce,
            masked: masked(press, nonce, id),
        }
    }

    /// The id that was claimed with this press. With any other it is an id that nobody has.
    pub fn redeem(press: &Press, claim: &Claim) -> [u8; 32] {
        masked(press, claim.nonce, &claim.masked)
    }

    /// The network of an address: what one provider gives one customer at most, of either family.
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
        let tag = self.form_keys.first().map(|key| hmac::sign(key, &text));
        let bytes = tag.as_ref().and_then(|tag| tag.as_ref().first_chunk());
        Network(bytes.copied().unwrap_or_default())
    }
}

/// What makes the token of each page another one.
const NONCE: usize = 12;

/// When a page was made, which its token begins with.
fn made(page: &[u8]) -> Option<Timestamp> {
    let made = u32::from_be_bytes(*page.first_chunk()?);
    Timestamp::from_second(made.into()).ok()
}

fn of_page(visit: &VisitId, page: &[u8]) -> Vec<u8> {
    // The page has a fixed length, and so has the visit.
    [b"page\0".as_slice(), page, visit.expose_bytes()].concat()
}

/// Puts the mask on, or takes it off. It is used once: nobody else has the nonce, and nobody without the press the key.
fn masked(press: &Press, nonce: [u8; 16], id: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, press.expose_bytes());
    let mask = hmac::sign(&key, &labelled(b"claim", &nonce));
    let mut bytes = [0; 32];
    for (to, (byte, mask)) in bytes.iter_mut().zip(id.iter().zip(mask.as_ref())) {
        *to = byte ^ mask;
    }
    bytes
}
