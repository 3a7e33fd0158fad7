//! Sessions that are about to end: their tokens are read once more, to be revoked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::session::local::logout_notices::LogoutNotices;
use crate::session::local::table::SessionTable;
use crate::session::{Ended, HashedId, RevocationId, StoreError};

/// A session that is about to end: it can no longer be renewed. Dropped before the end, the session stays as it was.
pub(super) struct EndingSession {
    sessions: Arc<SessionTable>,
    pub(super) id: HashedId,
    pub(super) revocation: Option<(RevocationId, PendingRevocation)>,
    /// What the portals are to be told, if there are any.
    pub(super) notice: Option<LogoutNotice>,
    /// Why its tokens could not be read.
    pub(super) unread: Option<StoreError>,
}

impl EmbeddedStore {
    /// Blocks renewals of a session and reads the tokens to be revoked; `None` when it has ended.
    pub(super) async fn leaving(&self, id: HashedId, requester: Requester, now: Timestamp) -> Option<EndingSession> {
        if !self.sessions.seize(id) {
            return None;
        }
        let mut leaving = EndingSession {
            sessions: Arc::clone(&self.sessions),
            id,
            revocation: None,
            notice: self.sessions.get(id).and_then(|live| self.notice(&live, now)),
            unread: None,
        };
        // A renewal queued before renewals were blocked must be on disk before the tokens are read. OK when it cannot
        // be written: then the former tokens are the latest available, and an end must not wait for the disk.
        let _ = self.disk.write(Vec::new(), OnFailure::Drop, None).await;
        let tokens = match self.read_tokens(id).await {
            Ok(tokens) => tokens,
            Err(error) => {
                leaving.unread = Some(error);
                None
            }
        };
        leaving.revocation = self.revocation(tokens, requester, now);
        Some(leaving)
    }
}

impl EndingSession {
    /// Called after the commit: the session is refused from now on. `None` when another request ended it meanwhile; its
    /// tokens may then be revoked twice, which Okta accepts.
    pub(super) fn goes(
        mut self,
        revocations: &Mutex<BTreeMap<RevocationId, Timestamp>>,
        notices: &LogoutNotices,
        now: Timestamp,
    ) -> Option<Ended> {
        let revocation = self.revocation.take();
        if let Some((id, revocation)) = &revocation {
            let mut revocations = revocations.lock().unwrap_or_else(PoisonError::into_inner);
            revocations.insert(*id, id.next_try(revocation, now));
        }
        if let Some(notice) = self.notice.take() {
            notices.put(self.id, notice, now);
        }
        let live = self.sessions.remove(self.id, || ())?;
        Some(Ended {
            id: self.id,
            live,
            revocation,
        })
    }
}

impl Drop for EndingSession {
    fn drop(&mut self) {
        self.sessions.release(self.id);
    }
}
