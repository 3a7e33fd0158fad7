//! Presses of buttons on the pages of a sign-in, and the ids that one press may unmask
//! (docs/decisions/0023-what-a-proof-changes.md).

use aws_lc_rs::hmac;

use super::Csrf;
use super::labels::{hashed, labelled};
use crate::domain::ids::{MaskedId, Press, PressMark, VisitId};
use crate::session::HashedId;

impl Csrf {
    /// Identifies one press of a button: the visit, the page, and what was typed into it. The key keeps an attacker who
    /// has the store from testing passwords against it.
    pub fn press(&self, visit: &VisitId, token: &str, typed: &[&[u8]]) -> Option<Press> {
        let mut context = hmac::Context::with_key(self.keys.first()?);
        context.update(b"press\0");
        context.update(visit.expose_bytes());
        for part in std::iter::once(token.as_bytes()).chain(typed.iter().copied()) {
            // With its length, so that text of one field is never mistaken for part of another.
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let tag = context.sign();
        let bytes = tag.as_ref().first_chunk()?;
        Some(Press::from_random(*bytes))
    }

    /// The mark of a press that an attempt keeps. The press cannot be derived from it.
    pub fn mark(press: &Press) -> PressMark {
        let HashedId(hash) = hashed(b"press", press.expose_bytes());
        PressMark(hash.first_chunk().copied().unwrap_or_default())
    }

    /// Masks an id, for a repetition of the same press.
    pub fn mask(&self, press: &Press, id: &[u8]) -> MaskedId {
        let nonce = self.ids.random();
        MaskedId {
            nonce,
            masked: masked(press, nonce, id),
        }
    }

    /// The id that was masked with this press. With any other press it is an id that no session has.
    pub fn unmask(press: &Press, masked_id: &MaskedId) -> [u8; 32] {
        masked(press, masked_id.nonce, &masked_id.masked)
    }
}

/// Applies or removes the mask. Each mask is used once: the nonce is unique, and only the press yields the key.
fn masked(press: &Press, nonce: [u8; 16], id: &[u8]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, press.expose_bytes());
    let mask = hmac::sign(&key, &labelled(b"claim", &nonce));
    let mut bytes = [0; 32];
    for (to, (byte, mask)) in bytes.iter_mut().zip(id.iter().zip(mask.as_ref())) {
        *to = byte ^ mask;
    }
    bytes
}
