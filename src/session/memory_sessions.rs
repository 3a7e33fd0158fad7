//! Sessions in the memory of this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::{Answer, HashedId, SessionStore, StoreError};
use crate::domain::session::Session;

/// A bounded map of sessions. At its bound a new sign-in is refused; nobody is signed out for it.
#[derive(Debug, Clone)]
pub struct MemorySessions {
    sessions: Arc<Mutex<HashMap<HashedId, Session>>>,
    bound: usize,
}

impl MemorySessions {
    /// Keeps at most `bound` sessions.
    pub fn new(bound: usize) -> Self {
        Self {
            sessions: Arc::default(),
            bound,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HashedId, Session>> {
        // Every change below is one call on the map, so a panic elsewhere leaves nothing half done.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionStore for MemorySessions {
    fn insert(&self, id: HashedId, session: Session) -> Answer<'_, ()> {
        async move {
            let mut sessions = self.lock();
            if sessions.len() >= self.bound {
                return Err(StoreError {
                    reason: format!("{} sessions are kept, the most allowed", self.bound),
                });
            }
            sessions.insert(id, session);
            Ok(())
        }
        .boxed()
    }

    fn load(&self, id: HashedId) -> Answer<'_, Option<Session>> {
        async move { Ok(self.lock().get(&id).cloned()) }.boxed()
    }

    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()> {
        async move {
            if let Some(session) = self.lock().get_mut(&id) {
                session.last_used = session.last_used.max(now);
            }
            Ok(())
        }
        .boxed()
    }

    fn remove(&self, id: HashedId) -> Answer<'_, Option<Session>> {
        async move { Ok(self.lock().remove(&id)) }.boxed()
    }

    fn count(&self) -> Answer<'_, usize> {
        async move { Ok(self.lock().len()) }.boxed()
    }

    fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Answer<'_, Vec<Session>> {
        async move {
            let ended =
                |session: &Session| now >= session.expires || session.last_used <= idle_since;
            Ok(self
                .lock()
                .extract_if(|_, session| ended(session))
                .map(|(_, session)| session)
                .collect())
        }
        .boxed()
    }
}
