//! Sessions: checked in memory, started and ended on disk before the answer, last uses written later.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::{OnFailure, Then};
use super::tables::{FileTable, Write};
use crate::domain::revocation::Requester;
use crate::domain::session::{Lifetimes, Live, Session, Tokens};
use crate::session::local::lease::{LeaseAnswer, Lost};
use crate::session::record::Records;
use crate::session::{
    Answer, Change, ChangeError, Ended, EndedMany, HashedId, Leasing, Renewed, SessionStore, Start, Started,
    StoreError, Tombstone,
};

/// The last use of a session is written at most this often.
const WRITE_USES_EVERY: Duration = Duration::from_mins(1);

impl EmbeddedStore {
    async fn end_now(&self, id: HashedId, requester: Requester, now: Timestamp) -> Result<Option<Ended>, ChangeError> {
        let Some(mut leaving) = self.leaving(id, requester, now).await else {
            // The end may not be on disk yet: until it is, a restart could bring the session back.
            self.wait_until_durable().await?;
            return Ok(None);
        };
        let (revocation, notice) = (leaving.revocation.take(), leaving.notice.take());
        // Tokens that could not be read stay, without a session: the next start has them revoked.
        let mut writes = match leaving.unread {
            None => delete(id),
            Some(_) => delete_session(id).to_vec(),
        };
        if let Some((revocation_id, revocation)) = &revocation {
            writes.push(self.revocation_write(*revocation_id, revocation, revocation_id.next_try(revocation, now)));
        }
        writes.extend(self.notice_write(id, notice.as_ref()));
        let mut written = None;
        // From here on the session is refused. Of two requests that end it, only one removes it. What cannot be written
        // now is written later: an ended session must not come back after a restart.
        let removed = self.sessions.remove(id, || {
            written = Some(self.disk.write(writes, OnFailure::Keep, None));
        });
        let (Some(live), Some(written)) = (removed, written) else {
            return Ok(None);
        };
        if let Some((revocation_id, revocation)) = &revocation {
            self.revocations()
                .insert(*revocation_id, revocation_id.next_try(revocation, now));
        }
        if let Some(notice) = notice {
            self.notices.put(id, notice, now);
        }
        written.await?;
        // A session ends even if its tokens cannot be read; the caller gets that error.
        match leaving.unread.take() {
            None => Ok(Some(Ended { id, live, revocation })),
            Some(error) => Err(ChangeError::Unknown(error)),
        }
    }

    /// Completes when everything that was sent to the writer is on disk.
    async fn wait_until_durable(&self) -> Result<(), ChangeError> {
        self.disk.write(Vec::new(), OnFailure::Keep, None).await
    }

    fn write_use(&self, id: HashedId, due: Option<Timestamp>) {
        if let Some(moment) = due {
            self.disk.write_later(vec![used(id, moment)], OnFailure::Keep);
        }
    }

    pub(super) async fn read_tokens(&self, id: HashedId) -> Result<Option<Tokens>, StoreError> {
        let sealed = self.disk.read(FileTable::Tokens, id.as_bytes().to_vec()).await?;
        Ok(sealed.and_then(|sealed| open_tokens(&self.records, id, &sealed)))
    }
}

impl SessionStore for EmbeddedStore {
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>> {
        self.start_now(start).boxed()
    }

    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>> {
        async move { Ok(self.sessions.get(id)) }.boxed()
    }

    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        let (live, due) = self.sessions.cached_session(id, lifetimes, now, WRITE_USES_EVERY)?;
        self.write_use(id, due);
        Some(live)
    }

    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>> {
        self.read_tokens(id).boxed()
    }

    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()> {
        async move {
            self.write_use(id, self.sessions.touch(id, now, WRITE_USES_EVERY));
            Ok(())
        }
        .boxed()
    }

    fn safe(&self) -> Change<'_, ()> {
        self.wait_until_durable().boxed()
    }

    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>> {
        self.end_now(id, requester, now).boxed()
    }

    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        self.end_many(ids, requester, now).boxed()
    }

    fn bury(&self, id: HashedId, tombstone: Tombstone) -> Answer<'_, ()> {
        async move {
            self.tombstones.put(id, tombstone);
            Ok(())
        }
        .boxed()
    }

    fn tombstone(&self, id: HashedId) -> Answer<'_, Option<Tombstone>> {
        async move { Ok(self.tombstones.get(id)) }.boxed()
    }

    fn of_subject<'a>(&'a self, subject: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        async move { Ok(self.sessions.of_subject(subject)) }.boxed()
    }

    fn of_user<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        async move { Ok(self.sessions.of_user(name)) }.boxed()
    }

    fn each_session(&self) -> Answer<'_, Vec<(HashedId, Live)>> {
        async move { Ok(self.sessions.each()) }.boxed()
    }

    fn lease(&self, id: HashedId, version: u64, until: Timestamp, now: Timestamp) -> Answer<'_, Leasing> {
        async move {
            // A token that Okta rotates now could be lost with the process, and the session with it.
            if self.disk.is_failing() {
                return Ok(Leasing::Resting);
            }
            let asked = self.sessions.lease(id, version, until, now);
            // Read after the lease was granted, so that no other caller renews them in between.
            let tokens = match asked {
                LeaseAnswer::Granted(_) => self.read_tokens(id).await?,
                LeaseAnswer::Busy | LeaseAnswer::Resting | LeaseAnswer::Nothing => None,
            };
            Ok(asked.with(tokens))
        }
        .boxed()
    }

    fn rest(&self, id: HashedId, lease: u64) -> Answer<'_, ()> {
        async move {
            self.sessions.rest(id, lease);
            Ok(())
        }
        .boxed()
    }

    fn renew(&self, id: HashedId, lease: u64, session: Session, tokens: Tokens) -> Change<'_, Renewed> {
        async move {
            if self.sessions.is_renewed(id, lease) {
                return self.wait_until_durable().await.map(|()| Renewed::Done);
            }
            let writes = vec![
                Write::put(
                    FileTable::Sessions,
                    id.as_bytes(),
                    self.records.seal_session(id, &session),
                ),
                Write::put(FileTable::Tokens, id.as_bytes(), self.records.seal_tokens(id, &tokens)),
            ];
            let sessions = Arc::clone(&self.sessions);
            let then: Then = Box::new(move || sessions.renew(id, lease, session));
            let mut job = Some((writes, then));
            loop {
                // Queued under the same lock as an end: a session that ended meanwhile does not come back. A token that
                // Okta has already rotated is kept for the disk even if it cannot be written now.
                let written = self.sessions.with_lease(id, lease, || {
                    job.take()
                        .map(|(writes, then)| self.disk.write(writes, OnFailure::Keep, Some(then)))
                });
                match written {
                    Ok(Some(written)) => return written.await.map(|()| Renewed::Done),
                    // It is not yet known whether the session stays, and with which tokens.
                    Err(Lost::Seized) => self.sessions.released(id).await,
                    Ok(None) => return Ok(Renewed::Superseded),
                    Err(lost) => return Ok(lost.into()),
                }
            }
        }
        .boxed()
    }

    fn session_changed(&self, id: HashedId, version: u64) -> Answer<'_, ()> {
        self.sessions.changed(id, version).map(Ok).boxed()
    }

    fn count_sessions(&self) -> Answer<'_, usize> {
        async move { Ok(self.sessions.len()) }.boxed()
    }

    fn sweep_sessions(&self, lifetimes: Lifetimes, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        async move {
            let ids = self.sessions.ended(lifetimes, now);
            self.end_many(ids, Requester::default(), now).await
        }
        .boxed()
    }
}

pub(super) fn open_tokens(records: &Records, id: HashedId, sealed: &[u8]) -> Option<Tokens> {
    let opened = records.open_tokens(id, sealed);
    opened
        .inspect_err(|why| tracing::error!(%why, "the tokens of a session cannot be read; they are not revoked"))
        .ok()
}

/// The write of a last use.
pub(super) fn used(id: HashedId, moment: Timestamp) -> Write {
    Write::put(FileTable::Used, id.as_bytes(), moment.as_millisecond().to_be_bytes())
}

/// The writes that delete a session and its tokens.
pub(super) fn delete(id: HashedId) -> Vec<Write> {
    let mut writes = delete_session(id).to_vec();
    writes.push(Write::delete(FileTable::Tokens, id.as_bytes()));
    writes
}

/// The writes that delete a session but not its tokens.
pub(super) fn delete_session(id: HashedId) -> [Write; 2] {
    [FileTable::Sessions, FileTable::Used].map(|table| Write::delete(table, id.as_bytes()))
}
