//! The formats of stored records: JSON with named fields, so that a format can grow, sealed by [`super::Sealer`].
//!
//! The domain knows nothing of this; each file here mirrors one of its types and is checked against it by the compiler.

mod attempt;
mod logout_notice;
pub(super) mod opened_form;
mod past_try;
mod problem;
mod revocation;
mod session;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use zeroize::Zeroizing;

use super::secrets::keys::Purpose;
use super::{AccountHash, HashedId, RevocationId, Sealer, Unreadable};
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::past_try::PastTry;
use crate::domain::revocation::PendingRevocation;
use crate::domain::session::{Session, Tokens};

/// Why a record cannot be used.
#[derive(Debug, Error)]
pub(super) enum BadRecord {
    /// It does not open.
    #[error("{0}")]
    Sealed(#[from] Unreadable),
    /// It opens, but its content means nothing to this version. The error never quotes the content.
    #[error("its content has a form that this version does not know")]
    Form,
}

/// Writes and reads records.
#[derive(Debug, Clone)]
pub(super) struct Records {
    sealer: Sealer,
}

impl Records {
    pub(super) fn new(sealer: Sealer) -> Self {
        Self { sealer }
    }

    pub(super) fn seal_attempt(&self, visit: HashedId, tab: &Tab, attempt: &Attempt) -> Vec<u8> {
        let record = attempt::AttemptRecord::from(attempt);
        self.seal(Purpose::Attempt, &attempt_owner(visit, tab), &record)
    }

    pub(super) fn open_attempt(&self, visit: HashedId, tab: &Tab, sealed: &[u8]) -> Result<Attempt, BadRecord> {
        let record: attempt::AttemptRecord = self.open(Purpose::Attempt, &attempt_owner(visit, tab), sealed)?;
        record.restore().ok_or(BadRecord::Form)
    }

    pub(super) fn seal_session(&self, id: HashedId, session: &Session) -> Vec<u8> {
        let record = session::SessionRecord::from(session);
        self.seal(Purpose::Session, id.as_bytes(), &record)
    }

    pub(super) fn open_session(&self, id: HashedId, sealed: &[u8]) -> Result<Session, BadRecord> {
        let record: session::SessionRecord = self.open(Purpose::Session, id.as_bytes(), sealed)?;
        Ok(record.restore())
    }

    pub(super) fn seal_tokens(&self, id: HashedId, tokens: &Tokens) -> Vec<u8> {
        let record = session::TokensRecord::from(tokens);
        self.seal(Purpose::Tokens, id.as_bytes(), &record)
    }

    pub(super) fn open_tokens(&self, id: HashedId, sealed: &[u8]) -> Result<Tokens, BadRecord> {
        let record: session::TokensRecord = self.open(Purpose::Tokens, id.as_bytes(), sealed)?;
        Ok(record.restore())
    }

    pub(super) fn seal_revocation(&self, id: RevocationId, revocation: &PendingRevocation) -> Vec<u8> {
        self.seal(
            Purpose::PendingRevocation,
            &id.0,
            &revocation::RevocationRecord::from(revocation),
        )
    }

    pub(super) fn open_revocation(&self, id: RevocationId, sealed: &[u8]) -> Result<PendingRevocation, BadRecord> {
        let record: revocation::RevocationRecord = self.open(Purpose::PendingRevocation, &id.0, sealed)?;
        Ok(record.restore())
    }

    pub(super) fn seal_notice(&self, id: HashedId, notice: &LogoutNotice) -> Vec<u8> {
        let record = logout_notice::LogoutNoticeRecord::from(notice);
        self.seal(Purpose::LogoutNotice, id.as_bytes(), &record)
    }

    pub(super) fn open_notice(&self, id: HashedId, sealed: &[u8]) -> Result<LogoutNotice, BadRecord> {
        let record: logout_notice::LogoutNoticeRecord = self.open(Purpose::LogoutNotice, id.as_bytes(), sealed)?;
        Ok(record.restore())
    }

    pub(super) fn seal_try(&self, account: AccountHash, one: &PastTry) -> Vec<u8> {
        self.seal(Purpose::PastTry, &account, &past_try::PastTryRecord::from(one))
    }

    pub(super) fn open_try(&self, account: AccountHash, sealed: &[u8]) -> Result<PastTry, BadRecord> {
        let record: past_try::PastTryRecord = self.open(Purpose::PastTry, &account, sealed)?;
        Ok(record.restore())
    }

    pub(super) fn seal_tries(&self, account: AccountHash, tries: &[PastTry]) -> Vec<u8> {
        let records: Vec<_> = tries.iter().map(past_try::PastTryRecord::from).collect();
        self.seal(Purpose::PastTry, &account, &records)
    }

    pub(super) fn open_tries(&self, account: AccountHash, sealed: &[u8]) -> Result<Vec<PastTry>, BadRecord> {
        let records: Vec<past_try::PastTryRecord> = self.open(Purpose::PastTry, &account, sealed)?;
        Ok(records.into_iter().map(past_try::PastTryRecord::restore).collect())
    }

    fn seal(&self, purpose: Purpose, owner: &[u8], record: &impl Serialize) -> Vec<u8> {
        // OK because every record is a struct of texts, numbers and lists, which JSON can always represent.
        #[expect(clippy::expect_used, reason = "no record has a form that JSON lacks")]
        let plain = serde_json::to_vec(record).expect("a record is JSON");
        self.sealer.seal(purpose, owner, &Zeroizing::new(plain))
    }

    fn open<T: DeserializeOwned>(&self, purpose: Purpose, owner: &[u8], sealed: &[u8]) -> Result<T, BadRecord> {
        let plain = self.sealer.open(purpose, owner, sealed)?;
        // The error is dropped: it may quote the record.
        serde_json::from_slice(&plain).map_err(|_| BadRecord::Form)
    }
}

fn attempt_owner(visit: HashedId, tab: &Tab) -> Vec<u8> {
    [visit.as_bytes(), tab.as_str().as_bytes()].concat()
}
