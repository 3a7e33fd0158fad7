//! The start of a session, and the end of the one that the browser had before, in one commit.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::sessions::delete;
use super::tables::{FileTable, Write};
use crate::domain::attempt::Stage;
use crate::domain::session::Live;
use crate::session::{ChangeError, Start, Started};

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
        // Its first use is its start, which its record says.
        let mut writes = vec![
            Write::put(FileTable::Sessions, id.as_bytes(), session),
            Write::put(FileTable::Tokens, id.as_bytes(), tokens),
        ];
        if matches!(present.attempt.stage, Stage::Start) {
            // What the file has of it goes with many others. A crash before takes a browser that has its session back
            // to a form, and one that has not to its password, which Okta takes once more.
            self.finished().push((visit, *tab));
        } else {
            // Its tokens are the session's from now on, and a crash must not find them twice. A code, a push or a
            // passkey is good once: the same press must find what came of it.
            writes.push(self.attempt_write(visit, tab, &attempt));
        }
        if let Some(leaving) = &leaving {
            writes.extend(delete(leaving.id));
            let revocation = leaving.revocation.iter();
            writes.extend(
                revocation.map(|(id, revocation)| self.revocation_write(*id, revocation, id.next_try(revocation, now))),
            );
        }
        let (attempts, sessions, tab) = (Arc::clone(&self.attempts), Arc::clone(&self.sessions), *tab);
        let revocations = Arc::clone(&self.revocations);
        let (tell, answer) = oneshot::channel();
        // Runs even when nobody waits any more.
        let then = move || {
            let former = leaving.and_then(|leaving| leaving.goes(&revocations, now));
            sessions.insert(promise, id, live);
            attempts.replace(visit, &tab, expected, attempt);
            drop(write_lock);
            // OK because whoever gave up the wait does not need the answer.
            let _ = tell.send(former);
        };
        let written = self.disk.write(writes, OnFailure::Drop, Some(Box::new(then))).await;
        if matches!(written, Err(ChangeError::Unknown(_))) {
            // Here it has not started. What the disk may have of it must not come with a restart, beside another one of
            // the same tokens.
            self.disk.write_later(delete(id), OnFailure::Keep);
        }
        written?;
        let former = answer.await.ok().flatten();
        Ok(Some(Started { former }))
    }
}
