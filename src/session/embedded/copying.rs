//! The embedded store as the source and the target of a copy.

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::attempts::parse_key;
use super::disk::OnFailure;
use super::sessions::used;
use super::tables::{FileTable, Write};
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::revocation::PendingRevocation;
use crate::session::copying::{CopiedAttempt, CopiedSession, CopyStore};
use crate::session::{Answer, Change, HashedId, RevocationId};

impl CopyStore for EmbeddedStore {
    fn each_attempt(&self) -> Answer<'_, Vec<CopiedAttempt>> {
        async move {
            let entries = self.disk.all(FileTable::Attempts)?.into_iter();
            let attempts = entries.filter_map(|(key, sealed)| {
                let (visit, tab) = parse_key(&key)?;
                // One that cannot be read is dropped by every start, too.
                let attempt = self.records.open_attempt(visit, &tab, &sealed).ok()?.unmarked();
                Some(CopiedAttempt { visit, tab, attempt })
            });
            Ok(attempts.collect())
        }
        .boxed()
    }

    fn each_revocation(&self) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        async move {
            let entries = self.disk.all(FileTable::Revocations)?.into_iter();
            let revocations = entries.filter_map(|(key, value)| {
                let id = RevocationId(key.try_into().ok()?);
                let (_, sealed) = value.split_first_chunk::<8>()?;
                Some((id, self.records.open_revocation(id, sealed).ok()?))
            });
            Ok(revocations.collect())
        }
        .boxed()
    }

    fn each_notice(&self) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        async move {
            let entries = self.disk.all(FileTable::LogoutNotices)?.into_iter();
            let notices = entries.filter_map(|(key, sealed)| {
                let id = HashedId::from_bytes(&key)?;
                Some((id, self.records.open_notice(id, &sealed).ok()?))
            });
            Ok(notices.collect())
        }
        .boxed()
    }

    /// Only into the file: it is opened again before it is used.
    fn put_sessions(&self, sessions: Vec<CopiedSession>) -> Change<'_, ()> {
        async move {
            let mut writes = Vec::with_capacity(sessions.len() * 3);
            for CopiedSession {
                id,
                session,
                last_used,
                tokens,
            } in &sessions
            {
                let record = self.records.seal_session(*id, session);
                writes.push(Write::put(FileTable::Sessions, id.as_bytes(), record));
                writes.push(used(*id, *last_used));
                if let Some(tokens) = tokens {
                    let tokens = self.records.seal_tokens(*id, tokens);
                    writes.push(Write::put(FileTable::Tokens, id.as_bytes(), tokens));
                }
            }
            self.disk.write(writes, OnFailure::Drop, None).await
        }
        .boxed()
    }

    /// Like sessions.
    fn put_attempts(&self, attempts: Vec<CopiedAttempt>) -> Change<'_, ()> {
        async move {
            let writes = attempts
                .iter()
                .map(|CopiedAttempt { visit, tab, attempt }| self.attempt_write(*visit, tab, attempt));
            let writes = writes.collect();
            self.disk.write(writes, OnFailure::Drop, None).await
        }
        .boxed()
    }

    /// Like sessions.
    fn put_notices(&self, notices: Vec<(HashedId, LogoutNotice)>, _: Timestamp) -> Change<'_, ()> {
        async move {
            let writes = notices
                .iter()
                .filter_map(|(id, notice)| self.notice_write(*id, Some(notice)));
            let writes = writes.collect();
            self.disk.write(writes, OnFailure::Drop, None).await
        }
        .boxed()
    }
}
