//! The store: attempts before a sign-in, sessions after it, what is owed to Okta, and the one place where ids
//! are made and hashed.
//!
//! The traits are what `flow` knows. Behind them stand the memory of this process (for trying out) and a file on disk.
//! Whatever rests is sealed ([`seal`]) with keys of the ring ([`keys`]) in the forms of [`record`], under ids that are
//! hashed: whoever steals a store can neither read it nor use what is in it.

pub mod embedded;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod local;
mod moving;
mod names;
mod outcome;
mod record;
pub mod redis;
mod room;
pub mod secrets;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use crate::domain::attempt::Attempt;
use crate::domain::end::EndReason;
use crate::domain::ids::Tab;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetimes, Live, Session, Tokens};

pub use local::memory::MemoryStore;
pub use moving::Move;
pub use names::{HashedId, RevocationId};
pub use outcome::{Answer, Change, ChangeError, StoreError};
pub use secrets::seal::{Sealer, Unreadable};
pub use secrets::tickets::Tickets;

/// How much a store keeps.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Attempts; beyond it some make room.
    pub attempts: usize,
    /// Sessions; beyond it new sign-ins are refused.
    pub sessions: usize,
}

/// An attempt and the revision it was read at.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The attempt.
    pub attempt: Attempt,
    /// Grows with every write.
    pub revision: u64,
}

/// Attempts that one browser may have open; more tabs than people use.
const TABS: usize = 5;

/// Attempts, by visit and tab.
///
/// Writes are compare-and-set on the revision, so that of two requests for one attempt exactly one acts.
pub trait AttemptStore: fmt::Debug + Send + Sync {
    /// Adds an attempt to a visit. A visit keeps five; the oldest goes. Hands out what had to make room, each attempt
    /// once: what Okta gave for it may have to be given back.
    fn open<'a>(&'a self, visit: HashedId, tab: &'a Tab, attempt: Attempt) -> Change<'a, Vec<Attempt>>;

    /// Reads one attempt.
    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>>;

    /// The tabs of a visit, the newest first.
    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>>;

    /// Writes if the revision is still `expected`; answers whether it was. What a page can show (its serial grew) is
    /// durable when this answers; marks of requests under way may be lost by a crash, and with them the requests.
    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Attempt) -> Change<'a, bool>;

    /// Moves an attempt to another visit and leaves something behind, in one step, if it is still at the expected
    /// revision; `None` when it is not, and then nothing has changed. Both are durable when this answers. Hands out
    /// what had to make room, like [`open`](Self::open).
    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>>;

    /// Completes when the attempt is no longer at `revision`. It may also complete for nothing: read again.
    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()>;

    /// How many attempts are kept.
    fn count_attempts(&self) -> Answer<'_, usize>;

    /// Forgets what ended long ago, and hands it out like [`open`](Self::open). An approval is forgotten when its time
    /// is over: where it was going may be kept, its tokens are handed out and claimed by nobody any more.
    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>>;
}

/// A session that was ended, and what it left to do.
#[derive(Debug)]
pub struct Ended {
    /// Its id.
    pub id: HashedId,
    /// The session as it was at its end.
    pub live: Live,
    /// Its tokens, which are now to be revoked: kept by the store until [`RevocationStore::forget_revocation`].
    pub revocation: Option<(RevocationId, PendingRevocation)>,
}

/// What became of the wish to end many sessions.
#[derive(Debug, Default)]
pub struct EndedMany {
    /// Those that this call ended, whatever became of the others.
    pub ended: Vec<Ended>,
    /// What kept it from ending all, if something did.
    pub failed: Option<ChangeError>,
}

/// How a session ended: for the page that tells whoever still holds its cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Timestamp,
    /// The revocation that was pending then; [`RevocationStore::is_pending`] tells whether it still is.
    pub revocation: Option<RevocationId>,
}

/// A session to start, and the attempt it comes from as it will stand afterwards.
#[derive(Debug)]
pub struct Start<'a> {
    /// The browser before it is signed in.
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
    /// The session that this browser had before; it ends in the same step.
    pub former: Option<HashedId>,
    /// For whom that one ends.
    pub requester: Requester,
}

/// What a start did beside starting.
#[derive(Debug)]
pub struct Started {
    /// The session that the browser had before, now ended, if it was still there.
    pub former: Option<Ended>,
}

/// The sole right to renew a session's tokens, for a while.
#[derive(Debug)]
pub struct Lease {
    /// The tokens as they are now.
    pub tokens: Tokens,
    /// Tells this lease from those before and after it.
    pub number: u64,
}

/// What became of asking for a lease.
#[derive(Debug)]
pub enum Leasing {
    /// It is ours.
    Granted(Lease),
    /// Somebody else has it; its end is told by [`SessionStore::session_changed`].
    Busy,
    /// Whoever had it last got nowhere, and nobody tries again before it has run out; or what a renewal brings could
    /// not be kept just now.
    Resting,
    /// There is no such session, it was renewed meanwhile, or there is nothing to renew.
    Nothing,
}

/// What became of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// It is kept.
    Done,
    /// The lease was no longer the latest. The session lives, with the tokens of whoever came after.
    Superseded,
    /// The session is gone, and the tokens of before are owed.
    Ended,
}

/// Sessions, by hashed id.
pub trait SessionStore: fmt::Debug + Send + Sync {
    /// Starts a session, finishes its attempt and ends the session that the browser had before, in one step, if the
    /// attempt still has the expected revision; `None` when it had not, and then nothing has changed. All of it is
    /// durable when this answers, the revocation of the former session included, and only then may a browser hear of
    /// the new one: at no moment, not even after a crash, are both good once the new one was answered. When it is not
    /// known whether a session started, it may live: its tokens are its own.
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>>;

    /// Reads a session.
    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>>;

    /// A live session that this process can answer for by itself, its use noted. `None` when somebody has to be asked,
    /// or there is something to write: then [`session`](Self::session) and [`touch`](Self::touch) tell.
    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        let _ = (id, lifetimes, now);
        None
    }

    /// Reads the tokens of a session.
    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>>;

    /// Notes a use. Never moves it back.
    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()>;

    /// Completes when whatever this process has read so far outlives a crash and a fail-over. Who finds done what it
    /// would have done, and says so, waits for this first: whoever did it may have been told nothing.
    fn safe(&self) -> Change<'_, ()>;

    /// Ends a session: it is refused from now on, and its tokens are owed. Of two callers only one gets it; the other
    /// one's `None` is as safe as the end.
    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>>;

    /// Ends many sessions in few steps, each like [`end`](Self::end). A failure leaves none of them alive where one
    /// process has the store; where replicas share it, it may leave some.
    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany>;

    /// Remembers how a session ended. Nothing but words hangs on it: a store keeps it for an hour or so if it can, and
    /// forgets it when room or the process is gone.
    fn bury(&self, id: HashedId, note: Tombstone) -> Answer<'_, ()>;

    /// How a session ended, as far as that is remembered.
    fn tombstone(&self, id: HashedId) -> Answer<'_, Option<Tombstone>>;

    /// The sessions of one person, by Okta's `sub`.
    fn of_subject<'a>(&'a self, subject: &'a str) -> Answer<'a, Vec<(HashedId, Live)>>;

    /// Every session, in no order; for operators, who ask seldom.
    fn each_session(&self) -> Answer<'_, Vec<(HashedId, Live)>>;

    /// Takes the right to renew the session's tokens until a moment, if the session is still at `version`: else
    /// somebody has renewed it since the caller looked, and there is nothing to do. A lease that is not used runs out
    /// by itself.
    fn lease(&self, id: HashedId, version: u64, until: Timestamp, now: Timestamp) -> Answer<'_, Leasing>;

    /// Says that the lease came to nothing: nobody waits for it any more, and nobody takes it before it has run out.
    fn rest(&self, id: HashedId, lease: u64) -> Answer<'_, ()>;

    /// Replaces what is known of the session and its tokens, and gives the lease back, if the lease is still the latest
    /// and the session still there. Durable when this answers. Asked again under the same lease, it finds its renewal
    /// done.
    fn renew(&self, id: HashedId, lease: u64, session: Session, tokens: Tokens) -> Change<'_, Renewed>;

    /// Completes when the session is no longer at `version`, has ended, or its lease rests. It may also complete for
    /// nothing.
    fn session_changed(&self, id: HashedId, version: u64) -> Answer<'_, ()>;

    /// How many sessions are kept.
    fn count_sessions(&self) -> Answer<'_, usize>;

    /// Ends the sessions that are past their time, and hands them out.
    fn sweep_sessions(&self, lifetimes: Lifetimes, now: Timestamp) -> BoxFuture<'_, EndedMany>;
}

/// Revocations handed out at once.
const DUE_AT_ONCE: usize = 100;

/// Tokens that are still to be revoked at Okta. Kept until Okta took them, across restarts.
pub trait RevocationStore: fmt::Debug + Send + Sync {
    /// Keeps a pending revocation by this name: written twice, it is one. It is durable when this answers; its next try
    /// is due a pause after `now`, so that who owes can try at once.
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()>;

    /// Hands out what is due, a hundred at a time, and puts each off to its next try, so that no one else tries it
    /// meanwhile.
    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>>;

    /// Forgets a pending revocation: Okta took it, or has forgotten the tokens itself.
    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()>;

    /// Whether a pending revocation is still to be done.
    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool>;

    /// How many are owed.
    fn count_revocations(&self) -> Answer<'_, usize>;
}

/// Orders that may act once, by a name of their own.
pub trait ReplayStore: fmt::Debug + Send + Sync {
    /// Whether this name is new; until that moment it is not from now on.
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool>;

    /// The order could not be carried out: it may come again.
    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()>;
}

/// A row that limits count in, as it was read and as it is to be.
#[derive(Debug, Clone)]
pub struct RowChange {
    /// Its name. Holds nothing that a dump should not tell.
    pub name: String,
    /// What was read; `None`: nothing. Never empty.
    pub expected: Option<Vec<u8>>,
    /// What it is to be; `None`: nothing. Never empty.
    pub wanted: Option<Vec<u8>>,
    /// After this long it says no more than a missing one.
    pub keep_for: Duration,
}

/// Rows that limits count in, where replicas share them.
pub trait RowStore: fmt::Debug + Send + Sync {
    /// The rows of these names, in their order.
    fn read_rows<'a>(&'a self, names: &'a [String]) -> Answer<'a, Vec<Option<Vec<u8>>>>;

    /// Writes all of them if each is still as expected; answers whether that was so.
    fn write_rows<'a>(&'a self, changes: &'a [RowChange]) -> Answer<'a, bool>;
}

/// A count that outlives the process, by a name that tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRow {
    /// Its name.
    pub name: Vec<u8>,
    /// What it is to be; `None`: nothing.
    pub value: Option<Vec<u8>>,
}

/// Counts that one process makes by itself, and goes on with after a restart.
pub trait CountStore: fmt::Debug + Send + Sync {
    /// Every row. Asked once, at the start.
    fn read_counts(&self) -> Result<Vec<CountRow>, StoreError>;

    /// Writes in the order of the calls, whoever waits; durable when this answers. What cannot be written now is
    /// written as soon as it can be.
    fn keep_counts(&self, rows: Vec<CountRow>) -> Change<'static, ()>;
}

/// Everything that is kept.
pub trait Store: AttemptStore + SessionStore + RevocationStore + ReplayStore {
    /// Where replicas count together; `None` where there is one process, which counts by itself.
    fn rows(&self) -> Option<&dyn RowStore> {
        None
    }

    /// Where one process keeps what it counts by itself; `None` where replicas share, or nothing outlives the process.
    fn counts(&self) -> Option<&dyn CountStore> {
        None
    }

    /// Completes when this process can keep nothing any more and must start anew; never where nothing can break so.
    fn breaks(&self) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }

    /// Writes what is not yet written; the last thing before the process ends.
    fn close(&self) -> Answer<'_, ()>;
}
