//! The CSRF tokens of forms (SEC-102): each is valid for one session, or for one page of one visit.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::Ids;
use super::labels::{hashed, labelled};
use crate::domain::ids::{SessionId, Tab, VisitId};
use crate::session::HashedId;

/// Makes and checks CSRF tokens.
#[derive(Debug, Clone)]
pub struct Csrf {
    pub(super) ids: Ids,
    pub(super) keys: Arc<[hmac::Key]>,
}

impl Csrf {
    /// The token in the forms of this session.
    pub fn session_token(&self, id: &SessionId) -> String {
        self.token(b"session", id.expose_bytes())
    }

    /// Whether this is the token of this session. Takes the same time for every wrong one.
    pub fn is_session_token(&self, id: &SessionId, token: &str) -> bool {
        self.is_tag(b"session", id.expose_bytes(), token)
    }

    /// The token in the forms of one page of this visit: each page has its own, which contains the time it was made.
    pub fn visit_token(&self, id: &VisitId, now: Timestamp) -> String {
        let made = u32::try_from(now.as_second()).unwrap_or_default();
        let nonce: [u8; NONCE] = self.ids.random();
        let page = [made.to_be_bytes().as_slice(), &nonce].concat();
        let tag = self.keys.first().map(|key| hmac::sign(key, &of_page(id, &page)));
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
        if !self.keys.iter().any(is_ours) {
            return None;
        }
        made(page)
    }

    /// The tab for a page whose form carries no attempt, from the page's token: equal posts of one page mean one
    /// attempt (SEC-144).
    pub fn tab_of_page(token: &str) -> Tab {
        let HashedId(hash) = hashed(b"tab", token.as_bytes());
        Tab::from_random(hash.first_chunk().copied().unwrap_or_default())
    }

    /// When a token claims that its page was made; the token itself is not verified.
    pub fn token_says_made(token: &str) -> Option<Timestamp> {
        made(&URL_SAFE_NO_PAD.decode(token).ok()?)
    }

    pub(super) fn token(&self, purpose: &[u8], id: &[u8]) -> String {
        let tag = self.keys.first().map(|key| hmac::sign(key, &labelled(purpose, id)));
        tag.map(|tag| URL_SAFE_NO_PAD.encode(tag)).unwrap_or_default()
    }

    fn is_tag(&self, purpose: &[u8], id: &[u8], token: &str) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let text = labelled(purpose, id);
        self.keys.iter().any(|key| hmac::verify(key, &text, &tag).is_ok())
    }
}

/// The nonce that makes each page's token unique.
const NONCE: usize = 12;

/// When a page was made: the first bytes of its token.
fn made(page: &[u8]) -> Option<Timestamp> {
    let made = u32::from_be_bytes(*page.first_chunk()?);
    Timestamp::from_second(made.into()).ok()
}

fn of_page(visit: &VisitId, page: &[u8]) -> Vec<u8> {
    // The page part has a fixed length, and so has the visit id.
    [b"page\0".as_slice(), page, visit.expose_bytes()].concat()
}
