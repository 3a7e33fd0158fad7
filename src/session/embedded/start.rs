//! Starting a session and ending the browser's former one, in one commit.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::sessions::delete;
use super::tables::{FileTable, Write};
use crate::domain::attempt::Stage;
use crate::domain::session::Live;
use crate::session::{ChangeError, Start, Started, StoreError};

impl EmbeddedStore {
    pub(super) async fn start_now(&self, start: Start<'_>) -> Result<Option<Started>, ChangeError> {
        let Start {
            visit,
            tab,
            expected,
            attempt,
            id,
            session,
            tokens,
            former,
            requester,
            rows: _,
        } = start;
        let Some(write_lock) = self.attempts.write_lock(visit, tab).await else {
            return Ok(None);
        };
        let present = self.attempts.load(visit, tab);
        let Some(present) = present.filter(|present| present.revision == expected) else {
            return Ok(None);
        };
        let promise = self.sessions.promise().map_err(ChangeError::NotDone)?;
        let now = session.started;
        let leaving = match former {
            Some(former) => self.leaving(former, requester, now).await,
            None => None,
        };
        // A former session whose tokens cannot be read would end without a pending revocation.
        if let Some(error) = leaving.as_ref().and_then(|leaving| leaving.unread.clone()) {
            return Err(ChangeError::NotDone(error));
        }
        let live = Live {
            last_used: now,
            session: Arc::new(session),
            version: 0,
        };
        let session = self.records.seal_session(id, &live.session);
        let tokens = self.records.seal_tokens(id, &tokens);
        // Its first use is its start, which is in its record.
        let mut writes = vec![
            Write::put(FileTable::Sessions, id.as_bytes(), session),
            Write::put(FileTable::Tokens, id.as_bytes(), tokens),
        ];
        if matches!(present.attempt.stage, Stage::Start) {
            // The file's entry is deleted later, with many others. After a crash before that, a browser that has its
            // session gets a form again; one without gets its password step, which Okta accepts once more.
            self.finished().push((visit, *tab));
        } else {
            // Its tokens belong to the session from now on, and must not be found twice after a crash. A code, a push
            // or a passkey is valid once: the same press must find its outcome.
            writes.push(self.attempt_write(visit, tab, &attempt));
        }
        if let Some(leaving) = &leaving {
            writes.extend(delete(leaving.id));
            let revocation = leaving.revocation.iter();
            writes.extend(
                revocation.map(|(id, revocation)| self.revocation_write(*id, revocation, id.next_try(revocation, now))),
            );
            writes.extend(self.notice_write(leaving.id, leaving.notice.as_ref()));
        }
        let (attempts, sessions, tab) = (Arc::clone(&self.attempts), Arc::clone(&self.sessions), *tab);
        let (revocations, notices) = (Arc::clone(&self.revocations), Arc::clone(&self.notices));
        let (tell, answer) = oneshot::channel();
        // Runs even if the caller no longer waits.
        let then = move || {
            let former = leaving.and_then(|leaving| leaving.goes(&revocations, &notices, now));
            let session = Arc::clone(&live.session);
            sessions.insert(promise, id, live);
            attempts.replace(visit, &tab, expected, attempt);
            drop(write_lock);
            // OK because a caller that gave up does not need the answer.
            let _ = tell.send(Started {
                former,
                customers_sessions: sessions.count_of_subject(session.identity.subject()),
                is_only_tab: attempts.tabs(visit).len() == 1,
                rows: None,
            });
        };
        let written = self.disk.write(writes, OnFailure::Drop, Some(Box::new(then))).await;
        if matches!(written, Err(ChangeError::Unknown(_))) {
            // In memory it has not started. A restart must not bring back a session that the disk may have, beside
            // another one with the same tokens.
            self.disk.write_later(delete(id), OnFailure::Keep);
        }
        written?;
        // The sender is dropped unused only while the process ends.
        let started = answer.await;
        started
            .map(Some)
            .map_err(|_| ChangeError::Unknown(StoreError::new("the store is closing")))
    }
}
