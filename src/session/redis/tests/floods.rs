//! What browsers that came and went leave in Redis.

use std::time::Duration;

use super::Replica;
use super::server;
use super::server::RedisServer;
use crate::domain::session::after;
use crate::session::tests::{BOUNDS, NOW, attempt, secrets};
use crate::session::{AttemptStore as _, HashedId, Move};

#[tokio::test]
async fn sec_113_of_a_browser_that_made_room_nothing_is_left() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let (store, secrets) = (Replica::of_node(&server).opens(), secrets());
    let visits = async || -> Vec<String> { server.command(&["KEYS", "*:visit:*"]).await.unwrap() };
    for _ in 0..100 {
        let new = || HashedId::of_visit(&secrets.ids.new_visit());
        let (visit, tab) = (new(), secrets.ids.new_tab());
        store.open(visit, &tab, attempt()).await.unwrap();
        let moved = store.move_on(Move {
            visit,
            tab: &tab,
            expected: 0,
            left: attempt().left_behind(None, NOW),
            to: new(),
            attempt: attempt(),
        });
        assert!(moved.await.unwrap().is_some());
    }
    assert!(visits().await.len() <= BOUNDS.attempts);
    let later = after(NOW, Duration::from_mins(71));
    store.sweep_attempts(later).await.unwrap();
    assert_eq!(visits().await, Vec::<String>::new());
    let lists: Vec<String> = server.command(&["KEYS", "*:attempts:*"]).await.unwrap();
    assert!(lists.iter().all(|key| key.ends_with(":order")), "{lists:?}");
}
