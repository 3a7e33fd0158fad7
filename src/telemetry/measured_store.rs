//! Measures how long the store takes and how often it fails, whichever store it is.
//!
//! Calls that wait on purpose until something changes are not measured: their length says nothing about the store.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::traces::{Span, SpanKind};
use super::{Metrics, Traces};
use crate::clock::Clock;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::past_try::PastTry;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetimes, Live, Session, Tokens, until};
use crate::session::{
    AccountHash, Answer, AttemptStore, Change, CountStore, DeskStore, Ended, EndedMany, HashedId, Leasing,
    LogoutNoticeStore, Move, Opened, Renewed, ReplayStore, RevocationId, RevocationStore, RowChange, RowStore,
    SessionStore, Start, Started, Store, Stored, Tombstone,
};
use crate::trace;

/// The calls that are measured, as the metrics name them.
const OPS: [&str; 42] = [
    "open",
    "load",
    "tabs",
    "replace",
    "move_on",
    "count_attempts",
    "sweep_attempts",
    "start",
    "session",
    "tokens",
    "touch",
    "safe",
    "end",
    "end_all",
    "note_end",
    "end_note",
    "of_subject",
    "of_user",
    "each_session",
    "lease",
    "rest",
    "renew",
    "count_sessions",
    "sweep_sessions",
    "owe",
    "due",
    "settle",
    "is_owed",
    "count_debts",
    "due_notices",
    "keep_notice",
    "forget_notice",
    "drop_notices",
    "count_notices",
    "is_new",
    "forget_order",
    "note_try",
    "tries",
    "tried_accounts",
    "forget_tries",
    "closed_since",
    "set_closed",
];

const OK: &str = "ok";
const ERROR: &str = "error";

/// A store whose calls are measured.
#[derive(Debug)]
pub struct MeasuredStore {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    traces: Arc<Traces>,
    /// The database system, if the store is one that others run.
    system: Option<&'static str>,
}

impl MeasuredStore {
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
        (traces, system): (Arc<Traces>, Option<&'static str>),
    ) -> Self {
        metrics.begin_store_operations(&OPS, &[OK, ERROR]);
        Self {
            store,
            clock,
            metrics,
            traces,
            system,
        }
    }

    /// A span within the request that needs the store, if there is one and it is recorded.
    fn trace(&self, op: &'static str, is_ok: bool, ran: (Timestamp, Timestamp)) {
        let Some(request) = self.traces.is_on().then(trace::current).flatten() else {
            return;
        };
        let kind = self.system.map_or(SpanKind::Internal, |_| SpanKind::Client);
        self.traces.record(&request, |request| {
            Span::new(request.child(), kind, format!("store {op}"), ran)
                .text_if_known("db.system.name", self.system)
                .text("db.operation.name", op)
                .failed(!is_ok)
        });
    }

    fn timed<'a, T: Send + 'a>(
        &'a self,
        op: &'static str,
        answer: BoxFuture<'a, T>,
        is_ok: impl FnOnce(&T) -> bool + Send + 'a,
    ) -> BoxFuture<'a, T> {
        Box::pin(async move {
            let began = self.clock.now();
            let answer = answer.await;
            let is_ok = is_ok(&answer);
            let ended = self.clock.now();
            let result = if is_ok { OK } else { ERROR };
            self.metrics.store_operation(op, result, until(began, ended));
            self.trace(op, is_ok, (began, ended));
            answer
        })
    }

    fn measured<'a, T: Send + 'a, E: Send + 'a>(
        &'a self,
        op: &'static str,
        answer: BoxFuture<'a, Result<T, E>>,
    ) -> BoxFuture<'a, Result<T, E>> {
        self.timed(op, answer, Result::is_ok)
    }
}

impl AttemptStore for MeasuredStore {
    fn open_with_rows<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        attempt: Attempt,
        rows: Vec<RowChange>,
    ) -> Change<'a, Option<Opened>> {
        self.measured("open", self.store.open_with_rows(visit, tab, attempt, rows))
    }

    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>> {
        self.measured("load", self.store.load(visit, tab))
    }

    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>> {
        self.measured("tabs", self.store.tabs(visit))
    }

    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Arc<Attempt>) -> Change<'a, bool> {
        self.measured("replace", self.store.replace(visit, tab, expected, attempt))
    }

    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>> {
        self.measured("move_on", self.store.move_on(to))
    }

    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()> {
        self.store.changed(visit, tab, revision)
    }

    fn count_attempts(&self, now: Timestamp) -> Answer<'_, usize> {
        self.measured("count_attempts", self.store.count_attempts(now))
    }

    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>> {
        self.measured("sweep_attempts", self.store.sweep_attempts(now))
    }
}

impl SessionStore for MeasuredStore {
    fn start<'a>(&'a self, start: Start<'a>) -> Change<'a, Option<Started>> {
        self.measured("start", self.store.start(start))
    }

    fn session(&self, id: HashedId) -> Answer<'_, Option<Live>> {
        self.measured("session", self.store.session(id))
    }

    /// Not measured: it only reads the cache of this process.
    fn cached_session(&self, id: HashedId, lifetimes: Lifetimes, now: Timestamp) -> Option<Live> {
        self.store.cached_session(id, lifetimes, now)
    }

    fn tokens(&self, id: HashedId) -> Answer<'_, Option<Tokens>> {
        self.measured("tokens", self.store.tokens(id))
    }

    fn touch(&self, id: HashedId, now: Timestamp) -> Answer<'_, ()> {
        self.measured("touch", self.store.touch(id, now))
    }

    fn safe(&self) -> Change<'_, ()> {
        self.measured("safe", self.store.safe())
    }

    fn end(&self, id: HashedId, requester: Requester, now: Timestamp) -> Change<'_, Option<Ended>> {
        self.measured("end", self.store.end(id, requester, now))
    }

    fn end_all(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        let ending = self.store.end_all(ids, requester, now);
        self.timed("end_all", ending, |many| many.failed.is_none())
    }

    fn bury(&self, id: HashedId, tombstone: Tombstone) -> Answer<'_, ()> {
        self.measured("note_end", self.store.bury(id, tombstone))
    }

    fn tombstone(&self, id: HashedId) -> Answer<'_, Option<Tombstone>> {
        self.measured("end_note", self.store.tombstone(id))
    }

    fn of_subject<'a>(&'a self, subject: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        self.measured("of_subject", self.store.of_subject(subject))
    }

    fn of_user<'a>(&'a self, name: &'a str) -> Answer<'a, Vec<(HashedId, Live)>> {
        self.measured("of_user", self.store.of_user(name))
    }

    fn each_session(&self) -> Answer<'_, Vec<(HashedId, Live)>> {
        self.measured("each_session", self.store.each_session())
    }

    fn lease(&self, id: HashedId, version: u64, until: Timestamp, now: Timestamp) -> Answer<'_, Leasing> {
        self.measured("lease", self.store.lease(id, version, until, now))
    }

    fn rest(&self, id: HashedId, lease: u64) -> Answer<'_, ()> {
        self.measured("rest", self.store.rest(id, lease))
    }

    fn renew(&self, id: HashedId, lease: u64, session: Session, tokens: Tokens) -> Change<'_, Renewed> {
        self.measured("renew", self.store.renew(id, lease, session, tokens))
    }

    fn session_changed(&self, id: HashedId, version: u64) -> Answer<'_, ()> {
        self.store.session_changed(id, version)
    }

    fn count_sessions(&self) -> Answer<'_, usize> {
        self.measured("count_sessions", self.store.count_sessions())
    }

    fn sweep_sessions(&self, lifetimes: Lifetimes, now: Timestamp) -> BoxFuture<'_, EndedMany> {
        let sweeping = self.store.sweep_sessions(lifetimes, now);
        self.timed("sweep_sessions", sweeping, |many| many.failed.is_none())
    }
}

impl RevocationStore for MeasuredStore {
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()> {
        self.measured("owe", self.store.keep_revocation(id, revocation, now))
    }

    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        self.measured("due", self.store.due(now))
    }

    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()> {
        self.measured("settle", self.store.forget_revocation(id))
    }

    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool> {
        self.measured("is_owed", self.store.is_pending(id))
    }

    fn count_revocations(&self) -> Answer<'_, usize> {
        self.measured("count_debts", self.store.count_revocations())
    }
}

impl LogoutNoticeStore for MeasuredStore {
    fn due_notices(&self, at_most: usize, now: Timestamp) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        self.measured("due_notices", self.store.due_notices(at_most, now))
    }

    fn keep_notice<'a>(&'a self, id: HashedId, notice: &'a LogoutNotice) -> Answer<'a, ()> {
        self.measured("keep_notice", self.store.keep_notice(id, notice))
    }

    fn forget_notice(&self, id: HashedId) -> Answer<'_, ()> {
        self.measured("forget_notice", self.store.forget_notice(id))
    }

    fn drop_notices(&self, most: usize) -> Answer<'_, usize> {
        self.measured("drop_notices", self.store.drop_notices(most))
    }

    fn count_notices(&self) -> Answer<'_, usize> {
        self.measured("count_notices", self.store.count_notices())
    }
}

impl ReplayStore for MeasuredStore {
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool> {
        self.measured("is_new", self.store.is_new(name, until, now))
    }

    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        self.measured("forget_order", self.store.forget_replay(name))
    }
}

impl DeskStore for MeasuredStore {
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()> {
        self.measured("note_try", self.store.note_try(account, one))
    }

    fn tries(&self, account: AccountHash, now: Timestamp) -> Answer<'_, Vec<PastTry>> {
        self.measured("tries", self.store.tries(account, now))
    }

    fn tried_accounts(&self, most: usize, now: Timestamp) -> Answer<'_, Vec<AccountHash>> {
        self.measured("tried_accounts", self.store.tried_accounts(most, now))
    }

    fn forget_tries(&self, account: AccountHash) -> Change<'_, ()> {
        self.measured("forget_tries", self.store.forget_tries(account))
    }

    fn closed_since(&self) -> Answer<'_, Option<Timestamp>> {
        self.measured("closed_since", self.store.closed_since())
    }

    fn set_closed(&self, since: Option<Timestamp>) -> Change<'_, ()> {
        self.measured("set_closed", self.store.set_closed(since))
    }
}

impl Store for MeasuredStore {
    fn rows(&self) -> Option<&dyn RowStore> {
        self.store.rows()
    }

    fn counts(&self) -> Option<&dyn CountStore> {
        self.store.counts()
    }

    fn breaks(&self) -> BoxFuture<'static, ()> {
        self.store.breaks()
    }

    /// Not measured: the process ends after it, and no metrics are read any more.
    fn close(&self) -> Answer<'_, ()> {
        self.store.close()
    }
}
