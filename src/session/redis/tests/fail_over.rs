//! A fail-over requested from the sentinels while customers sign in and out. The former master accepts writes for some
//! ten seconds more.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::server;
use super::server::{RedisServer, Watched, until};
use super::{HOST, HostPort, Replica, Setup};
use crate::domain::revocation::Requester;
use crate::session::redis::RedisStore;
use crate::session::secrets::Secrets;
use crate::session::tests::{NOW, attempt, finished, secrets, start};
use crate::session::{AttemptStore as _, Bounds, ChangeError, HashedId, SessionStore as _};

/// The changes that the store confirmed, and when each was requested.
#[derive(Default)]
struct Said {
    started: Vec<(HashedId, Instant)>,
    ended: Vec<(HashedId, Instant)>,
    is_over: bool,
}

#[expect(
    clippy::disallowed_methods,
    reason = "redis is another process; its clock is not ours to move"
)]
fn now() -> Instant {
    Instant::now()
}

async fn signs_in(store: &RedisStore, secrets: &Secrets) -> Result<Option<HashedId>, ChangeError> {
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    store.open(visit, &tab, attempt()).await?;
    let (id, finished) = finished(secrets);
    let started = store.start(start(visit, &tab, 0, &finished, &id, "first"));
    Ok(started.await?.map(|_| HashedId::of_session(&id)))
}

/// Signs in and out until the test is over; of three sessions one ends. Never cancelled midway: the last outcome must
/// be recorded.
async fn goes_on(store: &RedisStore, said: &Mutex<Said>) {
    let secrets = secrets();
    for number in 0_u64.. {
        if said.lock().unwrap().is_over {
            return;
        }
        let began = now();
        let Ok(Some(id)) = signs_in(store, &secrets).await else {
            continue;
        };
        said.lock().unwrap().started.push((id, began));
        if number % 3 == 0 {
            let began = now();
            let ended = store.end(id, Requester::default(), NOW).await;
            let mut said = said.lock().unwrap();
            match ended {
                Ok(Some(_)) => said.ended.push((id, began)),
                // It was lost with its master, or the outcome is unknown.
                Ok(None) | Err(_) => said.started.retain(|(started, _)| *started != id),
            }
        }
    }
}

async fn master(sentinel: &RedisServer) -> Option<HostPort> {
    let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "portico"];
    sentinel.command(&words).await.ok()
}

async fn has_said(said: &Mutex<Said>, more: usize) {
    let before = said.lock().unwrap().started.len();
    until("people to sign in", async || {
        (said.lock().unwrap().started.len() >= before + more).then_some(())
    })
    .await;
}

/// Returns when the first sentinel named the new master.
async fn fails_over(watched: &Watched) -> Instant {
    let sentinel = &watched.sentinels[0];
    let before = master(sentinel).await.unwrap();
    until("the sentinels to begin", async || {
        let begun: redis::RedisResult<()> = sentinel.command(&["SENTINEL", "FAILOVER", "portico"]).await;
        begun.ok()
    })
    .await;
    until("the new master", async || {
        (master(sentinel).await? != before).then_some(())
    })
    .await;
    now()
}

/// When each confirmed change was requested that did not survive.
async fn broken_promises(store: &RedisStore, said: Said) -> Vec<Instant> {
    let ended: Vec<HashedId> = said.ended.iter().map(|(id, _)| *id).collect();
    let mut broken = Vec::new();
    for (id, began) in said.started {
        let is_there = store.session(id).await.unwrap().is_some();
        if !ended.contains(&id) && !is_there {
            broken.push(began);
        }
    }
    for (id, began) in said.ended {
        if store.session(id).await.unwrap().is_some() {
            broken.push(began);
        }
    }
    broken
}

/// With `nodes` replicas, of which `replicas` must have a change: when the first sentinel named the new master, which
/// confirmed changes were lost by then, and how many were confirmed.
async fn story(nodes: usize, replicas: u32) -> (Instant, Vec<Instant>, usize) {
    let watched = server::watched(nodes).await;
    let sentinels = watched.sentinels.iter();
    let mut replica = Replica::of(Setup::Sentinel {
        sentinels: sentinels.map(|node| (HOST.to_owned(), node.port())).collect(),
        master: "portico".to_owned(),
    });
    replica.address.replicas = replicas;
    replica.address.patience = Duration::from_millis(500);
    replica.bounds = Bounds {
        attempts: 100_000,
        sessions: 100_000,
        keeps_notices: true,
    };
    let (store, said) = (replica.opens(), Arc::<Mutex<Said>>::default());
    let middle = async {
        has_said(&said, 30).await;
        let named = fails_over(&watched).await;
        has_said(&said, 30).await;
        // Until the former master follows the new one, which takes about ten seconds.
        let new = master(&watched.sentinels[0]).await.unwrap();
        for node in watched.nodes.iter().filter(|node| node.port() != new.1) {
            until("the former master to follow", async || {
                let info: String = node.command(&["INFO", "replication"]).await.ok()?;
                info.contains("master_link_status:up").then_some(())
            })
            .await;
        }
        has_said(&said, 30).await;
        said.lock().unwrap().is_over = true;
        named
    };
    let ((), named) = tokio::join!(goes_on(&store, &said), middle);
    let said = std::mem::take(&mut *said.lock().unwrap());
    let count = said.started.len() + said.ended.len();
    let broken = broken_promises(&replica.opens(), said).await;
    (named, broken, count)
}

#[tokio::test]
async fn sec_417_a_planned_fail_over_takes_back_nothing_that_replicas_have() {
    if !server::is_here() {
        return;
    }
    // The replica that is not promoted follows the former master for a second more, and has what is confirmed there.
    for nodes in [1, 2] {
        let (_, broken, count) = story(nodes, 1).await;
        assert!(broken.is_empty(), "{nodes}: {} of {count}", broken.len());
    }
}

#[tokio::test]
async fn sec_417_without_replicas_a_planned_fail_over_takes_back_a_second_at_most() {
    if !server::is_here() {
        return;
    }
    let (named, broken, count) = story(1, 0).await;
    let late = broken.iter().filter(|began| **began > named + Duration::from_secs(1));
    assert_eq!(late.count(), 0, "of {} of {count}", broken.len());
    if let (Some(first), Some(last)) = (broken.iter().min(), broken.iter().max()) {
        eprintln!("{} of {count} lost, within {:?}", broken.len(), *last - *first);
    }
}
