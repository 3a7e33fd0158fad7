//! What is pressed on the pages of a sign-in, and what one press may claim
//! (docs/decisions/0023-what-a-proof-changes.md).

use aws_lc_rs::hmac;

use super::{Csrf, HashedId, hashed, labelled};
use crate::domain::ids::{MaskedId, Press, PressMark, VisitId};

impl Csrf {
    /// What tells this press of a button from every other: whose page it was, which page, and what was typed into it.
    /// The key keeps whoever has the store from trying passwords on it.
    pub fn press(&self, visit: &VisitId, token: &str, typed: &[&[u8]]) -> Option<Press> {
        let mut context = hmac::Context::with_key(self.keys.first()?);
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
    pub fn mask(&self, press: &Press, id: &[u8]) -> MaskedId {
        let nonce = self.ids.random();
        MaskedId {
            nonce,
            masked: masked(press, nonce, id),
        }
    }

    /// The id that was claimed with this press. With any other it is an id that nobody has.
    pub fn unmask(press: &Press, masked_id: &MaskedId) -> [u8; 32] {
        masked(press, masked_id.nonce, &masked_id.masked)
    }
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
