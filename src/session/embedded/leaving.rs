//! Sessions on their way out: the last word on their tokens, which are owed from then on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use crate::domain::debt::{Debt, Requester};
use crate::session::table::Table as Sessions;
use crate::session::{DebtId, Ended, HashedId, StoreError};

/// A session that is about to end: nobody renews it any more. Dropped before it went, it stays as it was.
pub(super) struct Leaving {
    sessions: Arc<Sessions>,
    pub(super) id: HashedId,
    pub(super) owed: Option<(DebtId, Debt)>,
    /// Why nothing is known of its tokens.
    pub(super) unread: Option<StoreError>,
}

impl EmbeddedStore {
    /// Keeps a session from being renewed and reads what it will owe; `None` when it has ended.
    pub(super) async fn leaving(&self, id: HashedId, requester: Requester, now: Timestamp) -> Option<Leaving> {
        if !self.sessions.seize(id) {
            return None;
        }
        let mut leaving = Leaving {
            sessions: Arc::clone(&self.sessions),
            id,
            owed: None,
            unread: None,
        };
        // A renewal that was queued before nobody was to renew any more must be on disk before the tokens are read. OK
        // when it cannot be written: then the tokens of before are the best there is, and an end must not wait for the
        // disk.
        let _ = self.disk.write(Vec::new(), OnFailure::Drop, None).await;
        let tokens = match self.read_tokens(id).await {
            Ok(tokens) => tokens,
            Err(error) => {
                leaving.unread = Some(error);
                None
            }
        };
        leaving.owed = self.owed(tokens, requester, now);
        Some(leaving)
    }
}

impl Leaving {
    /// The commit is done: it is refused from now on. `None` when somebody else ended it meanwhile; what that one owes
    /// may then be paid twice, which Okta takes kindly.
    pub(super) fn goes(mut self, debts: &Mutex<BTreeMap<DebtId, Timestamp>>, now: Timestamp) -> Option<Ended> {
        let owed = self.owed.take();
        if let Some((id, debt)) = &owed {
            let mut debts = debts.lock().unwrap_or_else(PoisonError::into_inner);
            debts.insert(*id, id.next_try(debt, now));
        }
        let live = self.sessions.remove(self.id, || ())?;
        Some(Ended {
            id: self.id,
            live,
            owed,
        })
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.sessions.release(self.id);
    }
}
