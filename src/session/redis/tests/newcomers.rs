//! How often checks query Redis when more sessions are in use than a process caches.

use std::time::Duration;

use super::server::{RedisServer, until};
use super::{RedisStore, Replica, server};
use crate::domain::session::after;
use crate::session::tests::{LIFETIMES, NOW, secrets, sign_in};
use crate::session::{Bounds, HashedId, SessionStore as _};

/// How many sessions the process caches.
const BOUND: usize = 100;

/// Consecutive checks by one customer, as a page with its parts causes them.
const PARTS: usize = 10;

/// How often Redis was queried for fields of a session, by checks and by the script that writes a use.
async fn asked(server: &RedisServer) -> usize {
    let info: String = server.command(&["INFO", "commandstats"]).await.unwrap();
    let line = info.lines().find_map(|line| line.strip_prefix("cmdstat_hmget:calls="));
    let calls = line.and_then(|line| line.split(',').next());
    calls.map_or(0, |calls| calls.parse().unwrap())
}

/// Checks the session as in front of the portal.
async fn check(store: &RedisStore, id: HashedId) {
    let now = after(NOW, Duration::from_secs(1));
    // A busy machine may have kept the beacon from coming back.
    until("trust", async || store.redis.is_trusted().then_some(())).await;
    if store.cached_session(id, LIFETIMES, now).is_none() {
        store.session(id).await.unwrap().unwrap();
        store.touch(id, now).await.unwrap();
    }
    store.cache.settle();
}

#[tokio::test]
async fn with_a_fifth_more_sessions_than_are_remembered_a_page_asks_redis_once() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let mut replica = Replica::of_node(&server);
    replica.bounds = Bounds {
        attempts: BOUND * 2,
        sessions: BOUND * 2,
        keeps_notices: false,
    };
    let (secrets, mut ids) = (secrets(), Vec::new());
    let before = replica.opens();
    for _ in 0..BOUND * 12 / 10 {
        ids.push(sign_in(before.as_ref(), &secrets, "token").await);
    }
    // Lowering the bound signs nobody out.
    replica.bounds.sessions = BOUND;
    let store = replica.opens();
    let (busy, newcomers) = ids.split_at(BOUND);
    for _ in 0..PARTS {
        for id in busy {
            check(&store, *id).await;
        }
    }
    // A little more in case trust was lost after all.
    let most = |pages: usize| pages + pages / 10 + 2;
    let start = asked(&server).await;
    for id in newcomers {
        for _ in 0..PARTS {
            check(&store, *id).await;
        }
    }
    let by_newcomers = asked(&server).await - start;
    assert!(
        by_newcomers <= most(newcomers.len()),
        "{by_newcomers} for {} people",
        newcomers.len()
    );
    // The worst order: the next session to be checked has always just been evicted.
    let start = asked(&server).await;
    for id in &ids {
        for _ in 0..PARTS {
            check(&store, *id).await;
        }
    }
    let by_all = asked(&server).await - start;
    assert!(
        by_all <= most(ids.len()),
        "{by_all} for {} pages of {PARTS} parts",
        ids.len()
    );
}
