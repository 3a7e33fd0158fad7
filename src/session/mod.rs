//! The store: sign-in attempts, sessions, pending revocations, and the one module that creates and hashes ids
//! (`secrets`).
//!
//! The traits are all that `flow` knows of a store. Three stores implement them: the memory of this process, for trying
//! Portico out (`local`); one file on disk, for one process (`embedded`); and Redis or Valkey, shared by replicas
//! (`redis`). Attempts, sessions, tokens and pending revocations leave the process only sealed (`secrets::seal`) with
//! keys of the ring (`secrets::keys`), in the formats of `record`, under hashed or random ids: an attacker who steals a
//! store can neither read nor use them.

pub mod copying;
mod desk;
pub mod embedded;
mod ended;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod local;
mod logout_notices;
pub(super) mod making_room;
pub(super) mod move_attempt;
mod opened_forms;
mod outcome;
mod record;
pub mod redis;
pub mod secrets;
pub(super) mod store_ids;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::domain::attempt::Attempt;
use crate::domain::end::EndReason;
use crate::domain::ids::Tab;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetimes, Live, Session, Tokens};

pub use desk::{AccountHash, DeskStore};
pub use ended::{Ended, EndedMany};
pub use local::memory::MemoryStore;
pub use logout_notices::LogoutNoticeStore;
pub use move_attempt::Move;
pub use opened_forms::OpenedForms;
pub use outcome::{Answer, Change, ChangeError, StoreError};
pub use secrets::seal::{Sealer, Unreadable};
pub use secrets::tickets::Tickets;
pub use store_ids::{HashedId, RevocationId};

/// How much a store keeps.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// The most attempts; beyond it, some are evicted (see `room`).
    pub attempts: usize,
    /// The most sessions; beyond it, new sign-ins are refused.
    pub sessions: usize,
    /// Whether there are portals to be told of ended sessions.
    pub keeps_notices: bool,
}

/// An attempt and the revision it was read at.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The attempt, shared with a store that has it in memory: a push that waits is looked at several times for each poll.
    pub attempt: Arc<Attempt>,
    /// 0 when it is opened; every write adds one.
    pub revision: u64,
}

/// The most attempts that one visit may have open; customers use fewer tabs.
const TABS: usize = 5;

/// Attempts, by visit and tab.
///
/// Writes are compare-and-set on the revision, so that of two requests for one attempt exactly one acts.
pub trait AttemptStore: fmt::Debug + Send + Sync {
    /// Adds an attempt to a visit; `None`, and nothing is changed, if the visit has this tab already. A visit keeps
    /// five; beyond that the oldest is evicted, an idle one first. An attempt may be lost in a crash until its first step
    /// is stored: its page has its initial state.
    ///
    /// If the attempt is added, also writes these rows like [`RowStore::write_rows`], in the same step. Only for a store
    /// that has [`Store::rows`]: the others write none.
    fn open_with_rows<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        attempt: Attempt,
        rows: Vec<RowChange>,
    ) -> Change<'a, Option<Opened>>;

    /// The same without rows. Returns the evicted attempts, each once: Okta's tokens in them may have to be revoked.
    fn open<'a>(&'a self, visit: HashedId, tab: &'a Tab, attempt: Attempt) -> Change<'a, Option<Vec<Attempt>>> {
        let opened = self.open_with_rows(visit, tab, attempt, Vec::new());
        async move { Ok(opened.await?.map(|opened| opened.evicted)) }.boxed()
    }

    /// Reads one attempt.
    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>>;

    /// The tabs of a visit, newest first.
    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>>;

    /// Writes if the revision is still `expected`; returns whether it was. What a page can show (the serial has grown)
    /// is durable when this completes. Marks of requests in progress may be lost in a crash, along with those requests.
    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Arc<Attempt>) -> Change<'a, bool>;

    /// In one step, moves an attempt to another visit and leaves a remainder behind, if it is still at the expected
    /// revision; otherwise returns `None` and changes nothing. Both writes are durable when this completes. Returns the
    /// evicted attempts, like [`open`](Self::open).
    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>>;

    /// Completes when the attempt is no longer at `revision`. It may also complete spuriously: read again.
    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()>;

    /// How many attempts are in progress: those that have ended are not counted, though they are remembered for a while.
    fn count_attempts(&self, now: Timestamp) -> Answer<'_, usize>;

    /// Removes attempts that ended long ago, and returns them like [`open`](Self::open). An approval that was not
    /// claimed in time is closed: its destination may be kept, its tokens are returned and can no longer be claimed.
    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>>;
}

/// The side effects of adding an attempt.
#[derive(Debug)]
pub struct Opened {
    /// The evicted attempts, each once: Okta's tokens in them may have to be revoked.
    pub evicted: Vec<Attempt>,
    /// The present values of the rows if they were not written.
    pub rows: Option<RowValues>,
}

impl Opened {
    /// Without rows.
    pub(in crate::session) fn evicting(evicted: Vec<Attempt>) -> Self {
        Self { evicted, rows: None }
    }
}

/// How a session ended, for the page shown to a browser that still has its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// Why it ended.
    pub reason: EndReason,
    /// When it ended.
    pub at: Timestamp,
    /// The revocation that was pending then; [`RevocationStore::is_pending`] returns whether it still is.
    pub revocation: Option<RevocationId>,
}

/// A session to start, and its attempt as it will be afterwards.
#[derive(Debug)]
pub struct Start<'a> {
    /// The browser's visit, from before it signed in.
    pub visit: HashedId,
    /// The attempt.
    pub tab: &'a Tab,
    /// The revision the attempt must still have.
    pub expected: u64,
    /// The attempt afterwards.
    pub attempt: Attempt,
    /// The new session's id.
    pub id: HashedId,
    /// The session.
    pub session: Session,
    /// Its tokens.
    pub tokens: Tokens,
    /// The browser's former session, which ends in the same step.
    pub former: Option<HashedId>,
    /// On whose behalf the former session ends.
    pub requester: Requester,
    /// Rows to write in the same step, if the session starts, like [`RowStore::write_rows`]; empty for a store without
    /// [`Store::rows`].
    pub rows: Vec<RowChange>,
}

/// The side effects of a start.
#[derive(Debug)]
pub struct Started {
    /// The browser's former session, now ended, if there still was one.
    pub former: Option<Ended>,
    /// How many sessions the customer has now, this one included; of those, some may be past their limits.
    pub customers_sessions: usize,
    /// Whether the visit has no attempt besides this one. A store may say no where it does not know.
    pub is_only_tab: bool,
    /// The present values of the rows if they were not written.
    pub rows: Option<RowValues>,
}

/// The exclusive right to renew a session's tokens, for a limited time.
#[derive(Debug)]
pub struct Lease {
    /// The tokens as they are now.
    pub tokens: Tokens,
    /// Distinguishes this lease from earlier and later ones.
    pub number: u64,
}

/// The outcome of asking for a lease.
#[derive(Debug)]
pub enum Leasing {
    /// The caller has the lease.
    Granted(Lease),
    /// Another caller has it; [`SessionStore::session_changed`] completes when its renewal is done or has failed.
    Busy,
    /// The last holder failed, and nobody retries before its lease expires; or renewed tokens could not be stored just
    /// now.
    Resting,
    /// There is no such session, it was renewed in the meantime, or it has nothing to renew.
    Nothing,
}

/// The outcome of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The renewal is stored.
    Done,
    /// The lease was no longer the latest. The session lives on, with the tokens of a later holder.
    Superseded,
    /// The session has ended, and its former tokens are to be revoked.
    Ended,
}

/// Sessions, by hashed id.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// In one step, starts a session, finishes its attempt and ends the browser's former session, if the attempt is
    /// still at the expected revision; otherwise returns `None` and changes nothing. All of it is durable when this
    /// completes, including the revocation of the former session, and only then may the browser learn of the new
    /// session: once it has, the two are never both valid, not even after a crash. When it is unknown whether a session
    /// started, it may be alive: its tokens belong to it.
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>>;

    /// Reads a session.
    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>>;

    /// A live session that this process can answer for by itself; records its use. `None` when a remote store has to be
    /// asked or something has to be written: then use [`session`](Self::session) and [`touch`](Self::touch).
    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        let _ = (id, lifetimes, now);
        None
    }

    /// Reads the tokens of a session.
    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>>;

    /// Records a use of the session. Never moves the last use back.
    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()>;

    /// Completes when everything that this process has read so far will survive a crash and a fail-over. A caller that
    /// finds its change already made waits for this before it reports it as done: the caller that made it may not have
    /// been answered yet.
    fn safe(&self) -> Change<'_, ()>;

    /// Ends a session: it is refused from now on, and its tokens are to be revoked. Of two callers, only one gets the
    /// session; when the other gets `None`, the end is just as durable.
    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>>;

    /// Ends many sessions in few steps, each like [`end`](Self::end). If this fails, a store of one process has ended
    /// all of them anyway; a store that replicas share may have left some alive.
    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany>;

    /// Remembers how a session ended. It only affects what a page says: a store keeps it for about an hour if it can,
    /// and drops it when memory is short or the process ends.
    fn bury(&self, id: HashedId, tombstone: Tombstone) -> Answer<'_, ()>;

    /// How a session ended, if that is still remembered.
    fn tombstone(&self, id: HashedId) -> Answer<'_, Option<Tombstone>>;

    /// The sessions of one customer, by Okta's `sub`.
    fn of_subject<'a>(&'a self, subject: &'a str) -> Answer<'a, Vec<(HashedId, Live)>>;

    /// The sessions of the customer with this `sub`, or with this login or email address in any case; for operators and
    /// Okta.
    fn of_user<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<(HashedId, Live)>>;

    /// Every session, in no order; for operators, who rarely ask.
    fn each_session(&self) -> Answer<'_, Vec<(HashedId, Live)>>;

    /// Takes the lease on the session's tokens until `until`, if the session is still at `version`: otherwise it was
    /// renewed since the caller looked, and there is nothing to do. An unused lease expires by itself.
    fn lease(&self, id: HashedId, version: u64, until: Timestamp, now: Timestamp) -> Answer<'_, Leasing>;

    /// Reports that the renewal failed: waiting callers continue, and nobody gets a lease before this one has expired.
    fn rest(&self, id: HashedId, lease: u64) -> Answer<'_, ()>;

    /// Replaces the session and its tokens and returns the lease, if the lease is still the latest and the session
    /// still exists. Durable when this completes. Repeated under the same lease, it finds the renewal done.
    fn renew(&self, id: HashedId, lease: u64, session: Session, tokens: Tokens) -> Change<'_, Renewed>;

    /// Completes when the session is not at `version`, has ended, or its lease rests. It may also complete spuriously.
    fn session_changed(&self, id: HashedId, version: u64) -> Answer<'_, ()>;

    /// How many sessions are kept.
    fn count_sessions(&self) -> Answer<'_, usize>;

    /// Ends the sessions that are past their limits, and returns them.
    fn sweep_sessions(&self, lifetimes: Lifetimes, now: Timestamp) -> BoxFuture<'_, EndedMany>;
}

/// The most revocations returned at once.
const DUE_AT_ONCE: usize = 100;

/// Tokens that are still to be revoked at Okta. Kept across restarts until Okta has revoked them.
pub trait RevocationStore: fmt::Debug + Send + Sync {
    /// Keeps a pending revocation under this id: writing it twice keeps one. It is durable when this completes. Its
    /// next try is due some time after `now`, so that the caller can make the first try at once.
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()>;

    /// Returns the revocations that are due, at most a hundred, and postpones each to its next try, so that no other
    /// caller tries it in the meantime.
    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>>;

    /// Forgets a pending revocation: Okta revoked the tokens, or no longer knows them.
    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()>;

    /// Whether a revocation is still pending.
    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool>;

    /// How many revocations are pending.
    fn count_revocations(&self) -> Answer<'_, usize>;
}

/// Single-use items (logout orders, hand-offs), each by its own name.
pub trait ReplayStore: fmt::Debug + Send + Sync {
    /// Whether this name is new. From now on, and until `until`, it no longer is.
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool>;

    /// It could not be carried out, so it may be repeated.
    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A row in which limits count: its expected value, and the value to write, which may be the same.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// Its name. Must contain nothing that a dump should not reveal.
    pub name: String,
    /// The expected value; `None` if there should be none. Never empty.
    pub expected: Option<Vec<u8>>,
    /// The value to write; `None` deletes the row. Never empty.
    pub wanted: Option<Vec<u8>>,
    /// After this long, the row is equivalent to a missing one.
    pub keep_for: Duration,
}

/// The values of rows; `None` for one that is missing.
pub type RowValues = Vec<Option<Vec<u8>>>;

/// Rows in which limits count, where replicas share them.
pub trait RowStore: fmt::Debug + Send + Sync {
    /// Writes all rows if each is as expected, and returns `None`; otherwise writes nothing, and returns the present
    /// values in the same order.
    fn write_rows<'a>(&'a self, changes: &'a [RowChange]) -> Answer<'a, Option<RowValues>>;
}

/// A count that survives a restart, under a name that reveals nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// Its name.
    pub name: Vec<u8>,
    /// The value to write; `None` deletes the row.
    pub value: Option<Vec<u8>>,
}

/// Counts that one process keeps by itself and continues after a restart.
pub trait CountStore: fmt::Debug + Send + Sync {
    /// Every row. Called once, at startup.
    fn read_counts(&self) -> Result<Vec<CountRow>, StoreError>;

    /// Writes in the order of the calls, whether or not the future is awaited; durable when it completes. What cannot
    /// be written now is written as soon as it can be.
    fn keep_counts(&self, rows: Vec<CountRow>) -> Change<'static, ()>;
}

/// A complete store.
pub trait Store: AttemptStore + SessionStore + RevocationStore + LogoutNoticeStore + ReplayStore + DeskStore {
    /// The rows in which replicas count together; `None` for a single process, which counts by itself.
    fn rows(&self) -> Option<&dyn RowStore> {
        None
    }

    /// The counts of a single process; `None` where replicas share them, or nothing survives the process.
    fn counts(&self) -> Option<&dyn CountStore> {
        None
    }

    /// Completes when this process can store nothing any more and must be restarted; never where that cannot happen.
    fn breaks(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    /// Writes pending changes; called last, before the process ends.
    fn close(&self) -> Answer<'_, ()>;
}
