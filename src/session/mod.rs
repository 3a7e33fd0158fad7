//! The stores: attempts before a sign-in, sessions after it, and the one door through which ids are made and hashed.
//!
//! The traits are what `flow` knows. This version keeps both in memory; a store on disk and a shared one stand behind
//! the same traits, which is why they answer asynchronously and can fail.

pub mod door;
mod memory_attempts;
mod memory_sessions;

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::session::Session;

pub use memory_attempts::MemoryAttempts;
pub use memory_sessions::MemorySessions;

/// What a store answers, later.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// The store cannot answer. Nobody is signed out by that and nobody is let in.
#[derive(Debug, Error)]
#[error("the store did not answer: {reason}")]
pub struct StoreError {
    /// What broke, for the operator.
    pub reason: String,
}

/// SHA-256 of an id: the only form in which a store knows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HashedId([u8; 32]);

impl fmt::Debug for HashedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Enough to tell two apart in a log; a hash is no secret.
        f.write_str("HashedId(")?;
        for byte in self.0.iter().take(4) {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("…)")
    }
}

/// An attempt and the revision it was read at.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The attempt.
    pub attempt: Attempt,
    /// Grows with every write.
    pub revision: u64,
}

/// Attempts, by visit and tab.
///
/// Writes are compare-and-set on the revision, so that of two requests for one attempt exactly one acts.
pub trait AttemptStore: fmt::Debug + Send + Sync {
    /// Adds an attempt to a visit. A visit keeps five; the oldest goes.
    fn open<'a>(&'a self, visit: HashedId, tab: &'a Tab, attempt: Attempt) -> Answer<'a, ()>;

    /// Reads one attempt.
    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>>;

    /// The tabs of a visit, the newest first.
    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>>;

    /// Writes if the revision is still `expected`; answers whether it was.
    fn replace<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        expected: u64,
        attempt: Attempt,
    ) -> Answer<'a, bool>;

    /// Completes when the attempt is no longer at `revision`. It may also complete for nothing: read again.
    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()>;

    /// How many attempts are kept.
    fn count(&self) -> Answer<'_, usize>;

    /// Forgets what ended long ago.
    fn sweep(&self, now: Timestamp) -> Answer<'_, ()>;
}

/// Sessions, by hashed id.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Keeps a session. It is kept when this answers, and only then may a browser hear of it.
    fn insert(&self, id: HashedId, session: Session) -> Answer<'_, ()>;

    /// Reads a session.
    fn load(&self, id: HashedId) -> Answer<'_, Option<Session>>;

    /// Notes a use. Never moves it back.
    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()>;

    /// Ends a session and hands it out; of two callers only one gets it.
    fn remove(&self, id: HashedId) -> Answer<'_, Option<Session>>;

    /// How many sessions are kept.
    fn count(&self) -> Answer<'_, usize>;

    /// Takes out the sessions that ended before `idle_since` or `now`, and hands them out.
    fn sweep(&self, now: Timestamp, idle_since: Timestamp) -> Answer<'_, Vec<Session>>;
}
