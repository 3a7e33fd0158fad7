//! The store in the memory of this process, for trying Portico out: nothing survives the process.

mod desk_store;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::attempts::{MemoryAttempts, attempts};
use super::desk::Desk;
use super::logout_notices::LogoutNotices;
use super::replay_guard::ReplayGuard;
use super::table::SessionTable;
use super::tombstones::Tombstones;
use crate::clock::Entropy;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetimes, Live, Session, Tokens};
use crate::session::{
    Answer, AttemptStore, Bounds, Change, ChangeError, Ended, EndedMany, HashedId, Leasing, LogoutNoticeStore, Move,
    Opened, Renewed, ReplayStore, RevocationId, RevocationStore, RowChange, SessionStore, Start, Started, Store,
    Stored, Tombstone,
};

/// The store of `store.kind = "memory"`.
pub struct MemoryStore {
    attempts: MemoryAttempts,
    sessions: Arc<SessionTable>,
    others: Mutex<Others>,
    keeps_notices: bool,
    notices: LogoutNotices,
    tombstones: Tombstones,
    desk: Desk,
    replay_guard: ReplayGuard,
    entropy: Arc<dyn Entropy>,
}

// Only the name: this is shared as `dyn Store`, which keeps what is derived, for all that it holds, in the program.
impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Others {
    tokens: BTreeMap<HashedId, Tokens>,
    revocations: BTreeMap<RevocationId, (Timestamp, PendingRevocation)>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new(bounds: Bounds, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            attempts: MemoryAttempts::new(bounds.attempts),
            sessions: Arc::new(SessionTable::new(bounds.sessions)),
            others: Mutex::default(),
            keeps_notices: bounds.keeps_notices,
            notices: LogoutNotices::default(),
            tombstones: Tombstones::default(),
            desk: Desk::default(),
            replay_guard: ReplayGuard::default(),
            entropy,
        }
    }

    fn others(&self) -> MutexGuard<'_, Others> {
        // Every change below is one call on a map, so a panic elsewhere leaves nothing half done.
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) {
        self.others()
            .revocations
            .insert(id, (id.next_try(&revocation, now), revocation));
    }

    fn end_now(&self, id: HashedId, requester: Requester, now: Timestamp) -> Option<Ended> {
        let live = self.sessions.remove(id, || ())?;
        if self.keeps_notices {
            self.notices.put(id, LogoutNotice::new(&live.session, now), now);
        }
        let tokens = self.others().tokens.remove(&id);
        let revocation = tokens.and_then(|tokens| PendingRevocation::new(tokens, requester, now));
        let revocation = revocation.map(|revocation| (RevocationId::new(self.entropy.as_ref()), revocation));
        if let Some((id, revocation)) = &revocation {
            self.keep(*id, revocation.clone(), now);
        }
        Some(Ended { id, live, revocation })
    }

    fn end_each(&self, ids: Vec<HashedId>, requester: &Requester, now: Timestamp) -> EndedMany {
        let ids = ids.into_iter();
        EndedMany {
            ended: ids.filter_map(|id| self.end_now(id, requester.clone(), now)).collect(),
            failed: None,
        }
    }
}

impl AttemptStore for MemoryStore {
    fn open_with_rows<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        attempt: Attempt,
        _: Vec<RowChange>,
    ) -> Change<'a, Option<Opened>> {
        async move {
            let gone = self.attempts.open(visit, tab, attempt);
            Ok(gone.map(|gone| Opened::evicting(attempts(gone))))
        }
        .boxed()
    }

    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>> {
        async move { Ok(self.attempts.load(visit, tab)) }.boxed()
    }

    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>> {
        async move { Ok(self.attempts.tabs(visit)) }.boxed()
    }

    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Arc<Attempt>) -> Change<'a, bool> {
        async move { Ok(self.attempts.replace(visit, tab, expected, attempt)) }.boxed()
    }

    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>> {
        async move { Ok(self.attempts.move_on(to).map(attempts)) }.boxed()
    }

    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()> {
        self.attempts.changed(visit, tab, revision).map(Ok).boxed()
    }

    fn count_attempts(&self, now: Timestamp) -> Answer<'_, usize> {
        async move { Ok(self.attempts.count(now)) }.boxed()
    }

    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>> {
        async move {
            self.desk.sweep(now);
            Ok(attempts(self.attempts.sweep(now)))
        }
        .boxed()
    }
}

impl SessionStore for MemoryStore {
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>> {
        async move {
            let now = start.session.started;
            let subject = start.session.identity.subject().to_owned();
            let promise = self.sessions.promise().map_err(ChangeError::NotDone)?;
            let live = Live {
                last_used: start.session.started,
                session: Arc::new(start.session),
                version: 0,
            };
            self.others().tokens.insert(start.id, start.tokens);
            self.sessions.insert(promise, start.id, live);
            let won = self
                .attempts
                .replace(start.visit, start.tab, start.expected, start.attempt);
            if !won {
                self.sessions.remove(start.id, || ());
                self.others().tokens.remove(&start.id);
                return Ok(None);
            }
            let former = start
                .former
                .and_then(|former| self.end_now(former, start.requester, now));
            Ok(Some(Started {
                former,
                customers_sessions: self.sessions.count_of_subject(&subject),
                is_only_tab: self.attempts.tabs(start.visit).len() == 1,
                rows: None,
            }))
        }
        .boxed()
    }

    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>> {
        async move { Ok(self.sessions.get(id)) }.boxed()
    }

    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        let cached_session = self.sessions.cached_session(id, lifetimes, now, Duration::MAX);
        cached_session.map(|(live, _)| live)
    }

    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>> {
        async move { Ok(self.others().tokens.get(&id).cloned()) }.boxed()
    }

    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()> {
        async move {
            self.sessions.touch(id, now, Duration::MAX);
            Ok(())
        }
        .boxed()
    }

    fn safe(&self) -> Change<'_, ()> {
        async { Ok(()) }.boxed()
    }

    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>> {
        async move { Ok(self.end_now(id, requester, now)) }.boxed()
    }

    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        async move { self.end_each(ids, &requester, now) }.boxed()
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
            let asked = self.sessions.lease(id, version, until, now);
            let tokens = self.others().tokens.get(&id).cloned();
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
                return Ok(Renewed::Done);
            }
            let kept = self
                .sessions
                .with_lease(id, lease, || self.others().tokens.insert(id, tokens));
            if let Err(lost) = kept {
                return Ok(lost.into());
            }
            self.sessions.renew(id, lease, session);
            Ok(Renewed::Done)
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
            self.end_each(ids, &Requester::default(), now)
        }
        .boxed()
    }
}

impl RevocationStore for MemoryStore {
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()> {
        async move {
            self.keep(id, revocation, now);
            Ok(())
        }
        .boxed()
    }

    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        async move {
            let mut due = Vec::new();
            for (id, (next, revocation)) in &mut self.others().revocations {
                if *next <= now {
                    revocation.tries = revocation.tries.saturating_add(1);
                    *next = id.next_try(revocation, now);
                    due.push((*id, revocation.clone()));
                }
            }
            Ok(due)
        }
        .boxed()
    }

    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()> {
        async move {
            self.others().revocations.remove(&id);
            Ok(())
        }
        .boxed()
    }

    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool> {
        async move { Ok(self.others().revocations.contains_key(&id)) }.boxed()
    }

    fn count_revocations(&self) -> Answer<'_, usize> {
        async move { Ok(self.others().revocations.len()) }.boxed()
    }
}

impl LogoutNoticeStore for MemoryStore {
    fn due_notices(&self, at_most: usize, now: Timestamp) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        async move { Ok(self.notices.due(at_most, now)) }.boxed()
    }

    fn keep_notice<'a>(&'a self, id: HashedId, notice: &'a LogoutNotice) -> Answer<'a, ()> {
        async move {
            self.notices.replace(id, notice);
            Ok(())
        }
        .boxed()
    }

    fn forget_notice(&self, id: HashedId) -> Answer<'_, ()> {
        async move {
            self.notices.forget(id);
            Ok(())
        }
        .boxed()
    }

    fn drop_notices(&self, most: usize) -> Answer<'_, usize> {
        async move { Ok(self.notices.drop_beyond(most).len()) }.boxed()
    }

    fn count_notices(&self) -> Answer<'_, usize> {
        async move { Ok(self.notices.count()) }.boxed()
    }
}

impl ReplayStore for MemoryStore {
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool> {
        async move { Ok(self.replay_guard.is_new(name, until, now)) }.boxed()
    }

    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        async move {
            self.replay_guard.forget(name);
            Ok(())
        }
        .boxed()
    }
}

impl Store for MemoryStore {
    fn close(&self) -> Answer<'_, ()> {
        async { Ok(()) }.boxed()
    }
}
