//! The contract of every store, run against each of them.

mod desk;
mod logout_notices;
mod making_room;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use okta_direct_auth::RefreshToken;

use super::embedded::EmbeddedStore;
use super::secrets::Secrets;
use super::secrets::keys::KeyRing;
use super::{
    Bounds, Ended, EndedMany, HashedId, Lease, Leasing, MemoryStore, Move, Renewed, Sealer, Start, Started, Store,
    Tombstone,
};
use crate::clock::SystemEntropy;
use crate::domain::attempt::tests::states;
use crate::domain::attempt::{Attempt, Destination, Origin, Parameters, Stage};
use crate::domain::browser::Browser;
use crate::domain::end::EndReason;
use crate::domain::factor::Factor;
use crate::domain::identity::{Identity, Person};
use crate::domain::ids::{MaskedId, SessionId, Tab};
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetime, Lifetimes, Session, Tokens, after};

pub(super) const NOW: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) const BOUNDS: Bounds = Bounds {
    // As many as one browser may have.
    attempts: 5,
    sessions: 3,
    keeps_notices: true,
};

pub(super) const LIFETIMES: Lifetimes = Lifetimes {
    usual: Lifetime {
        idle: Duration::from_mins(30),
        absolute: Duration::from_hours(12),
    },
    remembered: None,
};

pub(super) fn ring() -> KeyRing {
    KeyRing::new(&SystemEntropy, NOW)
}

pub(super) fn secrets() -> Secrets {
    Secrets::new(&ring(), Arc::new(SystemEntropy))
}

pub(super) fn attempt() -> Attempt {
    Attempt::new(
        Destination("https://portal.example.com/".to_owned()),
        Parameters::default(),
        NOW,
        &crate::startup::test_defaults::attempt_rules(),
    )
}

/// An attempt with a password that Okta accepted, and Okta's request for another factor.
pub(super) fn proven() -> Attempt {
    let mut proven = attempt();
    proven.stage = Stage::Choose {
        origin: Origin::Mfa(Box::new(states().mfa.clone())),
    };
    proven
}

pub(super) fn session(login: &str) -> Session {
    Session {
        identity: Identity::from(Person {
            subject: "00u1".to_owned(),
            name: "Robin".to_owned(),
            login: login.to_owned(),
            email: None,
            groups: Vec::new(),
            acr: None,
            amr: Vec::new(),
            auth_time: NOW,
        }),
        factors: vec![Factor::Password].into(),
        started: NOW,
        expires: after(NOW, LIFETIMES.usual.absolute),
        checked: NOW,
        is_remembered: false,
        is_hosted: false,
        browser: Browser::default(),
    }
}

pub(super) fn tokens(refresh: &str) -> Tokens {
    Tokens {
        access: None,
        refresh: Some(RefreshToken::new(refresh)),
        access_expires: NOW,
        dpop: None,
        okta_session: None,
    }
}

fn refresh_token(tokens: &Tokens) -> &str {
    tokens.refresh.as_ref().unwrap().expose_secret()
}

/// Signs a customer in and returns the session's id.
pub(super) async fn sign_in(store: &dyn Store, secrets: &Secrets, refresh: &str) -> HashedId {
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let (id, finished) = finished(secrets);
    let start = start(visit, &tab, 0, &finished, &id, refresh);
    assert!(store.start(start).await.unwrap().is_some());
    HashedId::of_session(&id)
}

/// A masked id for an arbitrary press.
pub(super) fn masked_id(secrets: &Secrets, id: &SessionId) -> MaskedId {
    let press = secrets.csrf.press(&secrets.ids.new_visit(), "token", &[]).unwrap();
    secrets.csrf.mask(&press, id.expose_bytes())
}

pub(super) fn finished(secrets: &Secrets) -> (SessionId, Attempt) {
    let (id, mut finished) = (secrets.ids.new_session(), attempt());
    finished.facts.serial = 1;
    finished.stage = Stage::Finished {
        session: Some(masked_id(secrets, &id)),
    };
    (id, finished)
}

pub(super) fn start<'a>(
    visit: HashedId,
    tab: &'a Tab,
    expected: u64,
    finished: &Attempt,
    id: &SessionId,
    refresh: &str,
) -> Start<'a> {
    Start {
        visit,
        tab,
        expected,
        attempt: finished.clone(),
        id: HashedId::of_session(id),
        session: session("robin@example.com"),
        tokens: tokens(refresh),
        former: None,
        requester: Requester::default(),
        rows: Vec::new(),
    }
}

async fn of_two_writers_one_wins(store: &dyn Store) {
    let secrets = secrets();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let read = store.load(visit, &tab).await.unwrap().unwrap();
    let mut shown = Attempt::clone(&read.attempt);
    shown.facts.serial += 1;
    let shown = Arc::new(shown);
    let write = |attempt: Arc<Attempt>| store.replace(visit, &tab, read.revision, attempt);
    let (one, two) = tokio::join!(write(shown.clone()), write(shown.clone()));
    assert_ne!(one.unwrap(), two.unwrap());
    let now = store.load(visit, &tab).await.unwrap().unwrap();
    assert_eq!(now.attempt.facts.serial, 1);
    assert_eq!((read.revision, now.revision), (0, 1));
    assert!(!write(shown).await.unwrap());
    let stranger = HashedId::of_visit(&secrets.ids.new_visit());
    assert!(store.load(stranger, &tab).await.unwrap().is_none());
}

async fn of_two_that_store_one_form_one_does(store: &dyn Store) {
    let secrets = secrets();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    let open = |serial| {
        let mut attempt = attempt();
        attempt.facts.serial = serial;
        store.open(visit, &tab, attempt)
    };
    let (one, two) = tokio::join!(open(1), open(2));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.is_some(), two.is_some());
    assert!(open(3).await.unwrap().is_none());
    let kept = store.load(visit, &tab).await.unwrap().unwrap();
    assert_eq!(kept.attempt.facts.serial, if one.is_some() { 1 } else { 2 });
    assert_eq!((kept.revision, store.tabs(visit).await.unwrap().len()), (0, 1));
}

async fn a_change_wakes_whoever_waits(store: Arc<dyn Store>) {
    let secrets = secrets();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let waiter = {
        let (store, tab) = (Arc::clone(&store), tab);
        tokio::spawn(async move { store.changed(visit, &tab, 0).await })
    };
    let mut next = attempt();
    next.facts.serial = 1;
    assert!(store.replace(visit, &tab, 0, next.into()).await.unwrap());
    waiter.await.unwrap().unwrap();
}

async fn sec_145_an_attempt_moves_once_and_leaves_nothing_but_a_note(store: &dyn Store) {
    let secrets = secrets();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let new = || HashedId::of_visit(&secrets.ids.new_visit());
    let (one, other) = (new(), new());
    let moves = |to| {
        let (left, mut moved) = (attempt().left_behind(None, NOW), proven());
        moved.facts.serial = 3;
        store.move_on(Move {
            visit,
            tab: &tab,
            expected: 0,
            left,
            to,
            attempt: moved,
        })
    };
    let (first, second) = tokio::join!(moves(one), moves(other));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_ne!(first.is_some(), second.is_some(), "of two exactly one moves");
    let (won, lost) = if first.is_some() { (one, other) } else { (other, one) };
    let there = store.load(won, &tab).await.unwrap().unwrap();
    assert_eq!(there.attempt.facts.serial, 3);
    assert_eq!(store.tabs(won).await.unwrap(), vec![tab]);
    assert!(store.load(lost, &tab).await.unwrap().is_none());
    let left = store.load(visit, &tab).await.unwrap().unwrap();
    assert!(matches!(left.attempt.stage, Stage::Moved { to: None }));
    assert_eq!(store.count_attempts(NOW).await.unwrap(), 1);
    // Opening pages does not push it out.
    for _ in 0..BOUNDS.attempts {
        store.open(new(), &tab, attempt()).await.unwrap();
    }
    let late = store.replace(won, &tab, there.revision, there.attempt);
    assert!(late.await.unwrap());
}

async fn a_session_starts_once_with_its_attempt(store: &dyn Store) {
    let secrets = secrets();
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let ((one, first), (two, second)) = (finished(&secrets), finished(&secrets));
    let (won, lost) = tokio::join!(
        store.start(start(visit, &tab, 0, &first, &one, "r1")),
        store.start(start(visit, &tab, 0, &second, &two, "r2")),
    );
    let (won, lost) = (won.unwrap().is_some(), lost.unwrap().is_some());
    assert_ne!(won, lost);
    let (winner, loser) = if won { (&one, &two) } else { (&two, &one) };
    let attempt_of_winner = if won { &first } else { &second };
    let kept = store.load(visit, &tab).await.unwrap().unwrap().attempt;
    assert_eq!(kept.masked_id(), attempt_of_winner.masked_id());
    let live = store.session(HashedId::of_session(winner)).await.unwrap();
    assert_eq!(*live.unwrap().session, session("robin@example.com"));
    let none = store.session(HashedId::of_session(loser)).await.unwrap();
    assert!(none.is_none());
    assert!(store.tokens(HashedId::of_session(loser)).await.unwrap().is_none());
    assert_eq!(store.count_sessions().await.unwrap(), 1);
    store
        .end(HashedId::of_session(winner), Requester::default(), NOW)
        .await
        .unwrap();
}

async fn a_start_tells_how_many_sessions_and_tabs_there_are(store: &dyn Store) {
    let secrets = secrets();
    let first = sign_in(store, &secrets, "first").await;
    let (_, over) = sign_in_over(store, &secrets, first, "over").await;
    assert_eq!((over.customers_sessions, over.is_only_tab), (1, true));
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    for tab in [&tab, &secrets.ids.new_tab()] {
        store.open(visit, tab, attempt()).await.unwrap();
    }
    let (id, finished) = finished(&secrets);
    let started = store.start(start(visit, &tab, 0, &finished, &id, "second")).await;
    let started = started.unwrap().unwrap();
    assert_eq!((started.customers_sessions, started.is_only_tab), (2, false));
}

async fn an_end_leaves_a_revocation_until_it_is_made(store: &dyn Store) {
    let secrets = secrets();
    let id = sign_in(store, &secrets, "owed").await;
    let kept = store.tokens(id).await.unwrap().unwrap();
    assert_eq!(refresh_token(&kept), "owed");
    let end = || store.end(id, Requester::default(), NOW);
    let (one, two) = tokio::join!(end(), end());
    let ended = [one.unwrap(), two.unwrap()];
    let mut ended = ended.into_iter().flatten();
    let (revocation_id, revocation) = ended.next().unwrap().revocation.unwrap();
    assert!(ended.next().is_none(), "only one of two ended it");
    assert_eq!(refresh_token(&revocation.tokens), "owed");
    assert!(store.session(id).await.unwrap().is_none());
    assert!(store.tokens(id).await.unwrap().is_none());

    assert!(store.due(NOW).await.unwrap().is_empty(), "its first try is under way");
    let later = after(NOW, Duration::from_secs(30));
    let due = store.due(later).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].0, due[0].1.tries), (revocation_id, 1));
    assert!(
        store.due(later).await.unwrap().is_empty(),
        "nobody else tries it meanwhile"
    );
    let again = after(later, Duration::from_mins(1));
    assert_eq!(store.due(again).await.unwrap().len(), 1);
    store.forget_revocation(revocation_id).await.unwrap();
    let much_later = after(again, Duration::from_hours(5));
    assert!(store.due(much_later).await.unwrap().is_empty());
    assert_eq!(store.count_revocations().await.unwrap(), 0);

    let revocation = PendingRevocation::new(tokens("unused"), Requester::default(), NOW).unwrap();
    let id = secrets.ids.new_revocation();
    store.keep_revocation(id, revocation.clone(), NOW).await.unwrap();
    store.keep_revocation(id, revocation, NOW).await.unwrap();
    assert_eq!(store.count_revocations().await.unwrap(), 1, "written twice, it is one");
    assert_eq!(store.due(later).await.unwrap()[0].0, id);
    store.forget_revocation(id).await.unwrap();
}

async fn uses_are_noted_and_ends_come_in_time(store: &dyn Store) {
    let secrets = secrets();
    let (one, two) = (
        sign_in(store, &secrets, "one").await,
        sign_in(store, &secrets, "two").await,
    );
    let used = after(NOW, Duration::from_mins(20));
    store.touch(one, used).await.unwrap();
    store.touch(one, NOW).await.unwrap();
    let live = store.session(one).await.unwrap().unwrap();
    assert_eq!(live.last_used, used, "never moved back");
    let sweep = |now| store.sweep_sessions(LIFETIMES, now);
    let just_before = after(NOW, Duration::from_secs(30 * 60 - 1));
    assert!(ended_of(sweep(just_before).await).is_empty());
    let ended = ended_of(sweep(after(NOW, LIFETIMES.usual.idle)).await);
    assert_eq!(ended.len(), 1);
    assert_eq!(refresh_token(&ended[0].revocation.as_ref().unwrap().1.tokens), "two");
    assert!(store.session(two).await.unwrap().is_none());
    assert!(store.session(one).await.unwrap().is_some());
    let ended = ended_of(sweep(after(used, LIFETIMES.usual.idle)).await);
    assert_eq!(ended.len(), 1);
}

pub(super) fn granted(leasing: Leasing) -> Lease {
    match leasing {
        Leasing::Granted(lease) => lease,
        other => panic!("a lease is granted, not {other:?}"),
    }
}

async fn a_lease_that_came_to_nothing_rests(store: Arc<dyn Store>) {
    let secrets = secrets();
    let id = sign_in(store.as_ref(), &secrets, "first").await;
    let until = after(NOW, Duration::from_secs(15));
    let lease = |now| store.lease(id, 0, until, now);
    let held = granted(lease(NOW).await.unwrap());
    let mut waiter = Box::pin(store.session_changed(id, 0));
    assert!((&mut waiter).now_or_never().is_none());
    store.rest(id, held.number).await.unwrap();
    waiter.await.unwrap();
    assert!(matches!(lease(NOW).await.unwrap(), Leasing::Resting));
    let again = granted(lease(until).await.unwrap());
    assert_ne!(again.number, held.number);
    assert_eq!(store.session(id).await.unwrap().unwrap().version, 0);
}

async fn one_at_a_time_renews_a_session(store: Arc<dyn Store>) {
    let secrets = secrets();
    let id = sign_in(store.as_ref(), &secrets, "first").await;
    let until = after(NOW, Duration::from_secs(30));
    let lease = |now| store.lease(id, 0, until, now);
    let held = granted(lease(NOW).await.unwrap());
    assert_eq!(refresh_token(&held.tokens), "first");
    assert!(matches!(lease(NOW).await.unwrap(), Leasing::Busy));
    // An unused lease expires, and its former holder comes too late.
    let much_later = after(until, Duration::from_secs(30));
    let taken = granted(store.lease(id, 0, much_later, until).await.unwrap());
    let mut raised = session("robin@example.com");
    raised.identity = Identity::from(Person {
        groups: vec!["staff".to_owned()],
        ..raised.identity.person()
    });
    let renew = |number| store.renew(id, number, raised.clone(), tokens("second"));
    assert_eq!(renew(held.number).await.unwrap(), Renewed::Superseded);
    let version = store.session(id).await.unwrap().unwrap().version;
    let waiter = {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.session_changed(id, version).await })
    };
    assert_eq!(renew(taken.number).await.unwrap(), Renewed::Done);
    waiter.await.unwrap().unwrap();
    assert_eq!(renew(taken.number).await.unwrap(), Renewed::Done, "it is found done");
    let again = store.session(id).await.unwrap().unwrap().version;
    assert_eq!(again, version + 1, "and was done once");
    let live = store.session(id).await.unwrap().unwrap();
    assert_eq!(*live.session, raised);
    assert!(live.version > version);
    // A caller that read the session before the renewal has nothing to do.
    assert!(matches!(lease(NOW).await.unwrap(), Leasing::Nothing));
    let kept = store.tokens(id).await.unwrap().unwrap();
    assert_eq!(refresh_token(&kept), "second");
    // A session that ended in the meantime stays ended.
    let last = granted(store.lease(id, live.version, until, NOW).await.unwrap());
    store.end(id, Requester::default(), NOW).await.unwrap();
    assert_eq!(renew(last.number).await.unwrap(), Renewed::Ended);
    assert!(store.session(id).await.unwrap().is_none());
    assert!(store.tokens(id).await.unwrap().is_none());
    assert!(matches!(lease(NOW).await.unwrap(), Leasing::Nothing));
    store.session_changed(id, live.version).await.unwrap();
}

async fn a_person_s_sessions_are_found(store: &dyn Store) {
    let secrets = secrets();
    let mut ids = vec![
        sign_in(store, &secrets, "one").await,
        sign_in(store, &secrets, "two").await,
    ];
    let found = async || {
        let mut found: Vec<HashedId> = store
            .of_subject("00u1")
            .await
            .unwrap()
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        found.sort();
        found
    };
    ids.sort();
    assert_eq!(found().await, ids);
    let mut all: Vec<HashedId> = store
        .each_session()
        .await
        .unwrap()
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    all.sort();
    assert_eq!(all, ids);
    assert_eq!(HashedId::parse(&ids[0].to_text()), Some(ids[0]));
    assert_eq!(HashedId::parse("x"), None);
    assert!(store.of_subject("00u2").await.unwrap().is_empty());
    for name in ["00u1", "robin@example.com", "Robin@Example.COM"] {
        assert_eq!(store.of_user(name).await.unwrap().len(), 2, "{name}");
    }
    for name in ["00U1", "robin@example.co", "Robin"] {
        assert!(store.of_user(name).await.unwrap().is_empty(), "{name}");
    }
    store.end(ids[0], Requester::default(), NOW).await.unwrap();
    assert_eq!(found().await, ids[1..]);
}

/// Signs a customer in from a browser that has the cookie of another session.
pub(super) async fn sign_in_over(
    store: &dyn Store,
    secrets: &Secrets,
    former: HashedId,
    refresh: &str,
) -> (HashedId, Started) {
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let (id, finished) = finished(secrets);
    let start = Start {
        former: Some(former),
        ..start(visit, &tab, 0, &finished, &id, refresh)
    };
    let started = store.start(start).await.unwrap().unwrap();
    (HashedId::of_session(&id), started)
}

async fn how_a_session_ended_is_told_and_what_is_still_to_be_revoked(store: &dyn Store) {
    let secrets = secrets();
    let id = sign_in(store, &secrets, "told").await;
    assert!(store.tombstone(id).await.unwrap().is_none());
    let used = after(NOW, Duration::from_mins(5));
    store.touch(id, used).await.unwrap();
    let ended = store.end(id, Requester::default(), NOW).await.unwrap();
    let ended = ended.unwrap();
    assert_eq!((ended.id, ended.live.last_used), (id, used));
    let revocation = ended.revocation.map(|(revocation, _)| revocation);
    let tombstone = Tombstone {
        reason: EndReason::OtherBrowser,
        at: NOW,
        revocation,
    };
    store.bury(id, tombstone).await.unwrap();
    assert_eq!(store.tombstone(id).await.unwrap(), Some(tombstone));
    assert!(store.is_pending(revocation.unwrap()).await.unwrap());
    store.forget_revocation(revocation.unwrap()).await.unwrap();
    assert!(!store.is_pending(revocation.unwrap()).await.unwrap());
    let other = HashedId::of_session(&secrets.ids.new_session());
    assert!(store.tombstone(other).await.unwrap().is_none());
    assert_eq!(HashedId::parse(&id.to_text()), Some(id));
    assert_eq!(HashedId::parse("x"), None);
}

async fn sec_146_a_start_ends_the_former_session_in_the_same_step(store: &dyn Store) {
    let secrets = secrets();
    let former = sign_in(store, &secrets, "former").await;
    let until = after(NOW, Duration::from_secs(30));
    let lease = granted(store.lease(former, 0, until, NOW).await.unwrap());
    let (id, started) = sign_in_over(store, &secrets, former, "new").await;
    assert!(store.session(former).await.unwrap().is_none());
    assert!(store.tokens(former).await.unwrap().is_none());
    assert_eq!(store.count_sessions().await.unwrap(), 1);
    let ended = started.former.unwrap();
    assert_eq!(ended.id, former);
    let (revocation_id, revocation) = ended.revocation.unwrap();
    assert_eq!(refresh_token(&revocation.tokens), "former");
    assert_eq!(store.count_revocations().await.unwrap(), 1);
    store.forget_revocation(revocation_id).await.unwrap();
    // A renewal that was in progress comes too late.
    let late = store.renew(former, lease.number, session("x"), tokens("late"));
    assert_eq!(late.await.unwrap(), Renewed::Ended);
    assert!(store.session(former).await.unwrap().is_none());

    // A start that lost ends nothing, and leaves the lease as it was.
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let (other, attempt) = finished(&secrets);
    let lost = Start {
        former: Some(id),
        ..start(visit, &tab, 7, &attempt, &other, "lost")
    };
    assert!(store.start(lost).await.unwrap().is_none());
    assert!(store.session(id).await.unwrap().is_some());
    granted(store.lease(id, 0, until, NOW).await.unwrap());

    // A former session that has already ended does no harm.
    let (again, started) = sign_in_over(store, &secrets, former, "last").await;
    assert!(started.former.is_none());
    for id in [id, again] {
        store.end(id, Requester::default(), NOW).await.unwrap();
    }
}

async fn every_session_is_gone_through(store: &dyn Store) {
    let secrets = secrets();
    assert!(store.each_session().await.unwrap().is_empty());
    let mut ids = [
        sign_in(store, &secrets, "one").await,
        sign_in(store, &secrets, "two").await,
    ];
    let each = async || {
        let mut each = store.each_session().await.unwrap();
        each.sort_by_key(|(id, _)| *id);
        each
    };
    ids.sort();
    let both = each().await;
    assert!(both.iter().map(|(id, _)| *id).eq(ids.iter().copied()));
    assert_eq!(*both[0].1.session, session("robin@example.com"));
    store.end(ids[0], Requester::default(), NOW).await.unwrap();
    let left = each().await;
    assert!(left.iter().map(|(id, _)| *id).eq([ids[1]]));
}

async fn many_end_at_once_and_each_is_to_be_revoked(store: &dyn Store) {
    let secrets = secrets();
    let (one, two, other) = (
        sign_in(store, &secrets, "one").await,
        sign_in(store, &secrets, "two").await,
        sign_in(store, &secrets, "other").await,
    );
    let gone = HashedId::from_bytes(&[7; 32]).unwrap();
    let ended = store.end_all(vec![one, gone, two, one], Requester::default(), NOW);
    let mut ended = ended_of(ended.await);
    ended.sort_by_key(|ended| ended.id == two);
    let revocation = |ended: &Ended| {
        let (_, revocation) = ended.revocation.as_ref().unwrap();
        (ended.id, refresh_token(&revocation.tokens).to_owned())
    };
    let revocation: Vec<_> = ended.iter().map(revocation).collect();
    assert_eq!(revocation, [(one, "one".to_owned()), (two, "two".to_owned())]);
    for id in [one, two] {
        assert!(store.session(id).await.unwrap().is_none());
        assert!(store.tokens(id).await.unwrap().is_none());
    }
    assert!(store.session(other).await.unwrap().is_some());
    let later = after(NOW, Duration::from_secs(30));
    let due = store.due(later).await.unwrap();
    assert!(due.iter().all(|(id, _)| {
        let is = |ended: &Ended| ended.revocation.as_ref().unwrap().0 == *id;
        ended.iter().any(is)
    }));
    assert_eq!(due.len(), 2);
    let again = store.end_all(vec![one, two], Requester::default(), NOW);
    assert!(ended_of(again.await).is_empty(), "they end once");
}

/// The ended sessions of a call that did not fail.
pub(super) fn ended_of(many: EndedMany) -> Vec<Ended> {
    assert!(many.failed.is_none(), "{:?}", many.failed);
    many.ended
}

/// Opens a sign-in that Okta approved and no browser has claimed.
pub(super) async fn open_approved(store: &dyn Store, visit: HashedId, tab: &Tab) {
    store.open(visit, tab, attempt()).await.unwrap();
    let mut approved = attempt();
    approved.facts.serial = 1;
    approved.stage = Stage::Approved {
        tokens: states().tokens.clone(),
    };
    assert!(store.replace(visit, tab, 0, approved.into()).await.unwrap());
}

async fn what_is_forgotten_is_handed_out_once(store: &dyn Store) {
    let secrets = secrets();
    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    let with_tokens = |gone: &[Attempt]| gone.iter().filter(|gone| gone.has_tokens()).count();
    open_approved(store, visit, &secrets.ids.new_tab()).await;
    let mut gone = Vec::new();
    for _ in 0..BOUNDS.attempts {
        let visit = HashedId::of_visit(&secrets.ids.new_visit());
        let room = store.open(visit, &secrets.ids.new_tab(), proven()).await.unwrap();
        gone.extend(room.unwrap());
    }
    assert_eq!(with_tokens(&gone), 1, "it made room, with what Okta gave");
    let kept = store.count_attempts(NOW).await.unwrap();
    assert_eq!(gone.len() + kept, 1 + BOUNDS.attempts);

    let sweep = |minutes| store.sweep_attempts(after(NOW, Duration::from_mins(minutes)));
    assert_eq!(sweep(70).await.unwrap().len(), kept);

    let visit = HashedId::of_visit(&secrets.ids.new_visit());
    let tab = secrets.ids.new_tab();
    open_approved(store, visit, &tab).await;
    let stale = store.load(visit, &tab).await.unwrap().unwrap();
    let mut swept = Vec::new();
    for (minutes, expected) in [(9, 0), (10, 1), (11, 0), (70, 0), (70, 0)] {
        let gone = sweep(minutes).await.unwrap();
        assert_eq!(with_tokens(&gone), expected, "after {minutes} minutes");
        swept.push(gone.len());
    }
    let late = store.replace(visit, &tab, stale.revision, stale.attempt);
    assert!(!late.await.unwrap(), "nobody claims it any more");
    assert_eq!((swept[0], swept[2]), (0, 0), "known for an hour");
    assert_eq!(store.count_attempts(NOW).await.unwrap(), 0);
}

async fn a_full_store_refuses_and_signs_nobody_out(store: &dyn Store) {
    let secrets = secrets();
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(sign_in(store, &secrets, &number.to_string()).await);
    }
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await.unwrap();
    let (id, attempt) = finished(&secrets);
    let refused = store.start(start(visit, &tab, 0, &attempt, &id, "one too many")).await;
    assert!(refused.unwrap_err().to_string().contains("store.max_sessions"));
    for id in &ids {
        assert!(store.session(*id).await.unwrap().is_some());
    }
    store.end(ids[0], Requester::default(), NOW).await.unwrap();
    let started = store
        .start(start(visit, &tab, 0, &attempt, &id, "now there is room"))
        .await;
    assert!(started.unwrap().is_some());
}

pub(super) async fn suite(make: impl Fn() -> Arc<dyn Store>) {
    // The first call starts a runtime for them, which needs a thread without one.
    tokio::task::spawn_blocking(states).await.unwrap();
    of_two_writers_one_wins(make().as_ref()).await;
    of_two_that_store_one_form_one_does(make().as_ref()).await;
    a_change_wakes_whoever_waits(make()).await;
    sec_145_an_attempt_moves_once_and_leaves_nothing_but_a_note(make().as_ref()).await;
    making_room::suite(&make).await;
    logout_notices::suite(&make).await;
    desk::suite(&make).await;
    a_session_starts_once_with_its_attempt(make().as_ref()).await;
    a_start_tells_how_many_sessions_and_tabs_there_are(make().as_ref()).await;
    an_end_leaves_a_revocation_until_it_is_made(make().as_ref()).await;
    uses_are_noted_and_ends_come_in_time(make().as_ref()).await;
    one_at_a_time_renews_a_session(make()).await;
    a_lease_that_came_to_nothing_rests(make()).await;
    a_person_s_sessions_are_found(make().as_ref()).await;
    how_a_session_ended_is_told_and_what_is_still_to_be_revoked(make().as_ref()).await;
    sec_146_a_start_ends_the_former_session_in_the_same_step(make().as_ref()).await;
    every_session_is_gone_through(make().as_ref()).await;
    many_end_at_once_and_each_is_to_be_revoked(make().as_ref()).await;
    what_is_forgotten_is_handed_out_once(make().as_ref()).await;
    a_full_store_refuses_and_signs_nobody_out(make().as_ref()).await;
}

#[tokio::test]
async fn the_store_in_memory_keeps_to_the_contract() {
    suite(|| Arc::new(MemoryStore::new(BOUNDS, Arc::new(SystemEntropy)))).await;
}

#[tokio::test]
async fn the_store_on_disk_keeps_to_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicU32::new(0);
    suite(|| {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = folder.path().join(format!("{number}.redb"));
        let sealer = Sealer::new(ring(), Arc::new(SystemEntropy));
        let entropy = Arc::new(SystemEntropy);
        Arc::new(EmbeddedStore::open(&path, BOUNDS, &sealer, entropy, NOW).unwrap())
    })
    .await;
}
