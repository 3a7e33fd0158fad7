//! Entry points for tests/fuzz: readers of stored records and of the key ring.

#![expect(clippy::missing_panics_doc, reason = "to panic is how a finding is told")]

use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

use super::record::Records;
use super::record::opened_form::OpenedFormRecord;
use super::secrets::keys::{KeyRing, Purpose};
use super::{HashedId, RevocationId, Sealer};
use crate::clock::SystemEntropy;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;

pub(super) const ID: HashedId = HashedId([7; 32]);
const REVOCATION: RevocationId = RevocationId([1; 16]);

/// A sealer with random keys of this process.
pub(super) static SEALER: LazyLock<Sealer> = LazyLock::new(|| {
    let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
    Sealer::new(ring, Arc::new(SystemEntropy))
});

/// Input: a letter for the kind of record, then its content, sealed here (`o`: an opened form, as it is); or `0`, then bytes that were never sealed.
pub fn records(data: &[u8]) {
    let records = Records::new(SEALER.clone());
    let tab = Tab::from_random([1; 12]);
    let Some((kind, content)) = data.split_first() else {
        return;
    };
    if *kind == b'0' {
        assert!(records.open_session(ID, content).is_err());
        assert!(records.open_tokens(ID, content).is_err());
        assert!(records.open_attempt(ID, &tab, content).is_err());
        assert!(records.open_revocation(REVOCATION, content).is_err());
        return;
    }
    if *kind == b'o' {
        opened_form(content);
        return;
    }
    let of_attempt = [ID.as_bytes(), tab.as_str().as_bytes()].concat();
    let (purpose, owner): (_, &[u8]) = match kind {
        b's' => (Purpose::Session, ID.as_bytes()),
        b't' => (Purpose::Tokens, ID.as_bytes()),
        b'a' => (Purpose::Attempt, &of_attempt),
        b'd' => (Purpose::PendingRevocation, &REVOCATION.0),
        _ => return,
    };
    let again = |content: &[u8]| {
        let sealed = SEALER.seal(purpose, owner, content);
        let sealed = match purpose {
            Purpose::Session => records.seal_session(ID, &records.open_session(ID, &sealed).ok()?),
            Purpose::Tokens => records.seal_tokens(ID, &records.open_tokens(ID, &sealed).ok()?),
            Purpose::Attempt => {
                let attempt = records.open_attempt(ID, &tab, &sealed).ok()?;
                records.seal_attempt(ID, &tab, &attempt)
            }
            _ => records.seal_revocation(REVOCATION, &records.open_revocation(REVOCATION, &sealed).ok()?),
        };
        SEALER.open(purpose, owner, &sealed).ok()
    };
    if let Some(written) = again(content) {
        let rewritten = again(&written);
        assert!(
            rewritten.is_some_and(|rewritten| *rewritten == *written),
            "what was written is read as it was"
        );
    }
}

/// The opened form in a page, before it is sealed.
fn opened_form(content: &[u8]) {
    let read = |json: &[u8]| serde_json::from_slice::<OpenedFormRecord>(json).ok()?.restore();
    let written = |(tab, attempt): (Tab, Attempt)| serde_json::to_vec(&OpenedFormRecord::of(&tab, &attempt)?).ok();
    if let Some(opened) = read(content) {
        let once = written(opened);
        let again = once.as_deref().and_then(read).and_then(written);
        assert!(again.is_some() && again == once, "what was written is read as it was");
    }
}

/// Input: a key ring file.
pub fn key_ring(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(ring) = KeyRing::parse(&SecretString::from(text)) else {
        return;
    };
    assert!(ring.current(Purpose::Session).is_some(), "it seals");
    let written = ring.render();
    let again = KeyRing::parse(&written);
    let again = again.as_ref().map(KeyRing::render);
    assert!(again.is_ok_and(|again| again.expose_secret() == written.expose_secret()));
}
