//! The nonces that proofs of possession must repeat.

use crate::{clock::Millis, ids};

const RENEWED_AFTER: Millis = 24 * 3600 * 1000;
/// The day until a newer nonce replaces it, and three more.
const GOOD_FOR: Millis = 4 * RENEWED_AFTER;

/// The nonces of all authorization servers, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Nonces(Vec<Nonce>);

#[derive(Debug)]
struct Nonce {
    server: Option<String>,
    value: String,
    since: Millis,
}

impl Nonces {
    /// The nonce to give out now; a new one when the newest is a day old.
    pub(crate) fn current(&mut self, server: Option<&str>, now: Millis) -> String {
        self.0.retain(|kept| now < kept.since + GOOD_FOR);
        let newest = self.0.iter().rfind(|kept| kept.server.as_deref() == server);
        if let Some(newest) = newest.filter(|newest| now < newest.since + RENEWED_AFTER) {
            return newest.value.clone();
        }
        let value = ids::opaque(16);
        self.0.push(Nonce {
            server: server.map(str::to_owned),
            value: value.clone(),
            since: now,
        });
        value
    }

    pub(crate) fn is_good(&self, server: Option<&str>, value: &str, now: Millis) -> bool {
        self.0
            .iter()
            .any(|kept| kept.server.as_deref() == server && kept.value == value && now < kept.since + GOOD_FOR)
    }
}
