//! Answers lost after Redis has done what it was asked for, one script at a time; and changes that too few replicas
//! have.

use std::sync::Arc;
use std::time::Duration;

use super::relay::Relay;
use super::server;
use super::server::{RedisServer, until};
use super::{HOST, Replica, Setup};
use crate::domain::ids::Tab;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::after;
use crate::session::redis::RedisStore;
use crate::session::secrets::Secrets;
use crate::session::tests::{
    NOW, attempt, finished, granted, open_approved, proven, secrets, session, sign_in, start, tokens,
};
use crate::session::{
    AttemptStore as _, ChangeError, HashedId, Leasing, LogoutNoticeStore as _, Renewed, ReplayStore as _, RevocationId,
    RevocationStore as _, RowChange, RowStore as _, SessionStore as _, Start,
};

struct Scene {
    redis: RedisServer,
    relay: Relay,
    store: Arc<RedisStore>,
    secrets: Secrets,
}

impl Scene {
    /// Wants `replicas` replicas; there are none.
    async fn new(replicas: u32) -> Self {
        let redis = RedisServer::start().await;
        let relay = Relay::before(redis.port()).await;
        // Redis already knows every script by its hash, so that the first run of each is the one that counts.
        let mut replica = Replica::of(Setup::Single((HOST.to_owned(), relay.port())));
        replica.address.replicas = replicas;
        replica.address.patience = Duration::from_millis(500);
        let store = replica.opens();
        let scripts = store.redis.scripts();
        let client = redis::Client::open((HOST, redis.port())).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for script in scripts.all() {
            script.load_async(&mut connection).await.unwrap();
        }
        Self {
            redis,
            relay,
            store,
            secrets: secrets(),
        }
    }

    /// A visit with a tab, neither of them used before.
    fn visit_and_tab(&self) -> (HashedId, Tab) {
        let ids = &self.secrets.ids;
        (HashedId::of_visit(&ids.new_visit()), ids.new_tab())
    }

    async fn pending(&self) -> usize {
        self.store.count_revocations().await.unwrap()
    }

    async fn has_started(&self, start: Start<'_>) -> bool {
        self.store.start(start).await.unwrap().is_some()
    }
}

fn revocation() -> PendingRevocation {
    PendingRevocation::new(tokens("owed"), Requester::default(), NOW).unwrap()
}

fn is_unknown<T: std::fmt::Debug>(changed: &Result<T, ChangeError>) {
    assert!(matches!(changed, Err(ChangeError::Unknown(_))), "{changed:?}");
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_has_started_one_session_and_ended_the_former() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let former = sign_in(scene.store.as_ref(), &scene.secrets, "former").await;
    let (visit, tab) = scene.visit_and_tab();
    scene.store.open(visit, &tab, attempt()).await.unwrap();
    let (id, finished) = finished(&scene.secrets);
    let start = Start {
        former: Some(former),
        ..start(visit, &tab, 0, &finished, &id, "new")
    };
    scene.relay.loses(&scene.store.redis.scripts().start);
    let started = scene.store.start(start).await.unwrap().unwrap();
    assert!(scene.relay.has_lost());
    let ended = started.former.expect("the former session is told of");
    assert_eq!(ended.id, former);
    assert_eq!(scene.store.count_sessions().await.unwrap(), 1);
    assert_eq!(scene.pending().await, 1);
    assert!(scene.store.is_pending(ended.revocation.unwrap().0).await.unwrap());
    assert_eq!(scene.store.count_notices().await.unwrap(), 1);
}

#[tokio::test]
async fn rows_written_with_a_change_whose_answer_is_lost_count_once() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let (store, scripts) = (&scene.store, scene.store.redis.scripts());
    let (visit, tab) = scene.visit_and_tab();
    let row = |expected: Option<&[u8]>, wanted: Option<&[u8]>| RowChange {
        name: "tries".to_owned(),
        expected: expected.map(<[u8]>::to_vec),
        wanted: wanted.map(<[u8]>::to_vec),
        keep_for: Duration::from_mins(1),
    };
    scene.relay.loses(&scripts.open);
    let opened = store.open_with_rows(visit, &tab, attempt(), vec![row(None, Some(b"1"))]);
    assert_eq!(opened.await.unwrap().unwrap().rows, None);
    assert!(scene.relay.has_lost());
    let (id, finished) = finished(&scene.secrets);
    scene.relay.loses(&scripts.start);
    let start = Start {
        rows: vec![row(Some(b"1"), None)],
        ..start(visit, &tab, 0, &finished, &id, "token")
    };
    assert_eq!(store.start(start).await.unwrap().unwrap().rows, None);
    assert!(scene.relay.has_lost());
    assert_eq!(store.write_rows(&[row(None, None)]).await.unwrap(), None);
}

#[tokio::test]
async fn an_end_whose_answer_is_lost_is_told_to_who_ended_it() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let id = sign_in(scene.store.as_ref(), &scene.secrets, "first").await;
    scene.relay.loses(&scene.store.redis.scripts().end);
    let end = || scene.store.end(id, Requester::default(), NOW);
    let ended = end().await.unwrap().expect("it is the one that ended it");
    assert!(scene.relay.has_lost());
    assert!(scene.store.is_pending(ended.revocation.unwrap().0).await.unwrap());
    assert_eq!(scene.pending().await, 1);
    assert_eq!(scene.store.count_notices().await.unwrap(), 1);
    assert!(end().await.unwrap().is_none(), "once");
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_is_done_once() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let id = sign_in(scene.store.as_ref(), &scene.secrets, "first").await;
    let until = after(NOW, Duration::from_secs(15));
    let lease = granted(scene.store.lease(id, 0, until, NOW).await.unwrap());
    scene.relay.loses(&scene.store.redis.scripts().renew);
    let renewed = session("robin@example.com");
    let renewal = scene.store.renew(id, lease.number, renewed, tokens("rotated"));
    assert_eq!(renewal.await.unwrap(), Renewed::Done);
    assert!(scene.relay.has_lost());
    let live = scene.store.session(id).await.unwrap().unwrap();
    assert_eq!(live.version, 1);
    let kept = scene.store.tokens(id).await.unwrap().unwrap();
    assert_eq!(kept.refresh.unwrap().expose_secret(), "rotated");
}

#[tokio::test]
async fn a_revocation_an_order_and_a_step_whose_answers_are_lost_count_once() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let (store, scripts) = (&scene.store, scene.store.redis.scripts());
    scene.relay.loses(&scripts.keep_revocation);
    let id = scene.secrets.ids.new_revocation();
    store.keep_revocation(id, revocation(), NOW).await.unwrap();
    assert!(scene.relay.has_lost());
    assert_eq!(scene.pending().await, 1);
    // The same script returns it and postpones it.
    scene.relay.loses(&scripts.keep_revocation);
    let due = store.due(after(NOW, Duration::from_mins(1))).await;
    let due: Vec<RevocationId> = due.unwrap().into_iter().map(|(id, _)| id).collect();
    assert!(scene.relay.has_lost());
    assert_eq!(due, [id], "handed out all the same");

    scene.relay.loses(&scripts.order);
    let order = || store.is_new("order", after(NOW, Duration::from_mins(1)), NOW);
    assert!(order().await.unwrap(), "nobody has carried it out");
    assert!(scene.relay.has_lost());
    assert!(!order().await.unwrap());

    let (visit, tab) = scene.visit_and_tab();
    scene.relay.loses(&scripts.open);
    store.open(visit, &tab, attempt()).await.unwrap();
    assert!(scene.relay.has_lost());
    assert_eq!(store.tabs(visit).await.unwrap().len(), 1);
    let mut next = attempt();
    next.facts.serial = 1;
    scene.relay.loses(&scripts.replace);
    let replaced = store.replace(visit, &tab, 0, next.into()).await;
    assert!(replaced.unwrap(), "it was this one");
    assert!(scene.relay.has_lost());
    let stored = store.load(visit, &tab).await.unwrap().unwrap();
    assert_eq!((stored.revision, stored.attempt.facts.serial), (1, 1));
}

#[tokio::test]
async fn tokens_that_make_room_are_handed_out_though_the_answer_is_lost() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let visit = HashedId::of_visit(&scene.secrets.ids.new_visit());
    open_approved(scene.store.as_ref(), visit, &scene.secrets.ids.new_tab()).await;
    // As many as one browser may have.
    for _ in 0..4 {
        let tab = scene.secrets.ids.new_tab();
        scene.store.open(visit, &tab, proven()).await.unwrap();
    }
    scene.relay.loses(&scene.store.redis.scripts().open);
    let tab = scene.secrets.ids.new_tab();
    let gone = scene.store.open(visit, &tab, attempt()).await.unwrap().unwrap();
    assert!(scene.relay.has_lost());
    assert_eq!(gone.len(), 1);
    assert!(gone[0].has_tokens());
}

#[tokio::test]
async fn what_is_done_again_at_the_next_turn_loses_nothing_with_an_answer() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let (store, scripts) = (&scene.store, scene.store.redis.scripts());
    let id = sign_in(store.as_ref(), &scene.secrets, "first").await;
    let until = after(NOW, Duration::from_secs(15));
    scene.relay.loses(&scripts.lease);
    assert!(store.lease(id, 0, until, NOW).await.is_err());
    assert!(scene.relay.has_lost());
    // No caller can renew it while the lease stands; afterwards one can.
    assert!(matches!(store.lease(id, 0, until, NOW).await.unwrap(), Leasing::Busy));
    let lease = granted(
        store
            .lease(id, 0, after(until, Duration::from_secs(1)), until)
            .await
            .unwrap(),
    );
    scene.relay.loses(&scripts.rest);
    assert!(store.rest(id, lease.number).await.is_err());
    assert!(scene.relay.has_lost());
    scene.relay.loses(&scripts.touch);
    store.touch(id, after(NOW, Duration::from_secs(61))).await.unwrap();
    assert!(scene.relay.has_lost());
    assert!(store.session(id).await.unwrap().is_some());
    let pending = scene.secrets.ids.new_revocation();
    store.keep_revocation(pending, revocation(), NOW).await.unwrap();
    scene.relay.loses(&scripts.forget_revocation);
    assert!(store.forget_revocation(pending).await.is_err());
    assert!(scene.relay.has_lost());
    store.forget_revocation(pending).await.unwrap();
    assert_eq!(scene.pending().await, 0);
}

#[tokio::test]
async fn without_any_answer_it_is_not_known_and_the_same_again_finds_it_done() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(0).await;
    let (store, scripts) = (&scene.store, scene.store.redis.scripts());
    let (visit, tab) = scene.visit_and_tab();
    store.open(visit, &tab, attempt()).await.unwrap();
    let (id, finished) = finished(&scene.secrets);
    let start = || start(visit, &tab, 0, &finished, &id, "first");
    scene.relay.loses_and_closes(&scripts.start);
    is_unknown(&store.start(start()).await);
    scene.relay.opens();
    assert!(scene.has_started(start()).await);
    assert_eq!(store.count_sessions().await.unwrap(), 1);

    let id = HashedId::of_session(&id);
    let until = after(NOW, Duration::from_secs(15));
    let lease = granted(store.lease(id, 0, until, NOW).await.unwrap()).number;
    let renew = || {
        let renewed = session("robin@example.com");
        store.renew(id, lease, renewed, tokens("rotated"))
    };
    scene.relay.loses_and_closes(&scripts.renew);
    is_unknown(&renew().await);
    scene.relay.opens();
    assert_eq!(renew().await.unwrap(), Renewed::Done);
    assert_eq!(store.session(id).await.unwrap().unwrap().version, 1);

    let end = || store.end(id, Requester::default(), NOW);
    scene.relay.loses_and_closes(&scripts.end);
    is_unknown(&end().await);
    scene.relay.opens();
    assert!(end().await.unwrap().is_none(), "it has ended");
    assert_eq!(scene.pending().await, 1, "and it is owed");

    let pending = scene.secrets.ids.new_revocation();
    let keep_revocation = || store.keep_revocation(pending, revocation(), NOW);
    scene.relay.loses_and_closes(&scripts.keep_revocation);
    is_unknown(&keep_revocation().await);
    scene.relay.opens();
    keep_revocation().await.unwrap();
    assert_eq!(scene.pending().await, 2, "one more, not two");
}

#[tokio::test]
async fn where_nobody_was_asked_nothing_is_done() {
    if !server::is_here() {
        return;
    }
    let mut scene = Scene::new(0).await;
    let id = sign_in(scene.store.as_ref(), &scene.secrets, "first").await;
    scene.redis.kill();
    // The first caller to notice cannot know the outcome of its query.
    until("the loss to be noticed", async || {
        scene.store.session(HashedId([0; 32])).await.err()
    })
    .await;
    let end = scene.store.end(id, Requester::default(), NOW).await;
    assert!(matches!(end, Err(ChangeError::NotDone(_))), "{end:?}");
    let keep_revocation = scene
        .store
        .keep_revocation(scene.secrets.ids.new_revocation(), revocation(), NOW)
        .await;
    assert!(
        matches!(keep_revocation, Err(ChangeError::NotDone(_))),
        "{keep_revocation:?}"
    );
}

#[tokio::test]
async fn sec_417_what_too_few_replicas_have_is_done_and_not_safe() {
    if !server::is_here() {
        return;
    }
    let scene = Scene::new(1).await;
    let store = &scene.store;
    let (visit, tab) = scene.visit_and_tab();
    store.open(visit, &tab, attempt()).await.unwrap();
    let (id, finished) = finished(&scene.secrets);
    let start = || start(visit, &tab, 0, &finished, &id, "first");
    let id = HashedId::of_session(&id);
    is_unknown(&store.start(start()).await);
    assert!(store.session(id).await.unwrap().is_some(), "done");
    is_unknown(&store.safe().await);
    is_unknown(&store.start(start()).await);
    let other = HashedId([0xff; 32]);
    is_unknown(&store.end(other, Requester::default(), NOW).await);

    let port = scene.redis.port().to_string();
    let replica = RedisServer::with(&["--save", "", "--replicaof", HOST, &port]).await;
    until("the replica to follow", async || {
        let info: String = replica.command(&["INFO", "replication"]).await.ok()?;
        info.contains("master_link_status:up").then_some(())
    })
    .await;
    until("the changes to be safe", async || store.safe().await.ok()).await;
    assert!(scene.has_started(start()).await);
    assert!(store.session(id).await.unwrap().is_some());
    let ended = store.end(id, Requester::default(), NOW).await;
    assert!(ended.unwrap().is_some());
}
