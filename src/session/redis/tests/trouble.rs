//! What replicas see of each other, and what happens to sessions when Redis does not answer.

use std::time::Duration;

use super::Replica;
use super::server;
use super::server::{RedisServer, until};
use crate::domain::revocation::Requester;
use crate::domain::session::after;
use crate::session::tests::{NOW, attempt, secrets, sign_in, tokens};
use crate::session::{AttemptStore as _, HashedId, Leasing, RowChange, RowStore as _, SessionStore as _, Store as _};

#[tokio::test]
async fn sec_210_a_session_that_ended_elsewhere_is_refused_within_a_second() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let replica = Replica::of_node(&server);
    let (one, two) = (replica.opens(), replica.opens());
    let id = sign_in(one.as_ref(), &secrets(), "first").await;
    for store in [&one, &two] {
        // The second read is answered from the cache.
        until("a session that is remembered", async || {
            store.session(id).await.unwrap()?;
            (store.redis.is_trusted() && store.cache.get(id).is_some()).then_some(())
        })
        .await;
    }
    one.end(id, Requester::default(), NOW).await.unwrap().unwrap();
    let refused = until("the other replica to refuse", async || {
        two.session(id).await.unwrap().is_none().then_some(())
    });
    tokio::time::timeout(Duration::from_secs(1), refused)
        .await
        .expect("within a second");
    assert!(one.session(id).await.unwrap().is_none());
}

#[tokio::test]
async fn a_check_of_a_session_in_use_asks_nobody() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let replica = Replica::of_node(&server);
    let store = replica.opens();
    let id = sign_in(store.as_ref(), &secrets(), "first").await;
    until("trust", async || store.redis.is_trusted().then_some(())).await;
    store.session(id).await.unwrap().unwrap();
    // As if Redis had changed it without an invalidation message: a read from Redis would notice.
    let key = store.redis.name(&format!("session:{}", id.to_text()));
    let () = server.command(&["DEL", &key]).await.unwrap();
    assert!(store.session(id).await.unwrap().is_some());
    // After a minute without use, other replicas may have used it, so Redis is asked.
    replica.clock.advance(Duration::from_secs(61));
    assert!(store.session(id).await.unwrap().is_none());
}

#[tokio::test]
async fn sec_115_of_two_replicas_that_count_at_once_one_is_told_to_look_again() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let replica = Replica::of_node(&server);
    let (one, two) = (replica.opens(), replica.opens());
    let change = |name: &str, expected: Option<&[u8]>, wanted: Option<&[u8]>| RowChange {
        name: name.to_owned(),
        expected: expected.map(<[u8]>::to_vec),
        wanted: wanted.map(<[u8]>::to_vec),
        keep_for: Duration::from_mins(1),
    };
    let both = [change("a", None, Some(b"1")), change("b", None, Some(b"x"))];
    let (first, second) = tokio::join!(one.write_rows(&both), two.write_rows(&both));
    let (first, second) = (first.unwrap(), second.unwrap());
    let present = vec![Some(b"1".to_vec()), Some(b"x".to_vec())];
    assert!(first.is_none() != second.is_none(), "one of them has written");
    assert_eq!(first.or(second), Some(present), "the other one is told what there is");
    // One row with an unexpected value prevents all writes, even if that row was not to be written.
    for wrong in [Some(&b"y"[..]), None] {
        let mixed = [
            change("c", None, None),
            change("b", None, wrong),
            change("a", Some(b"1"), Some(b"2")),
        ];
        let present = vec![None, Some(b"x".to_vec()), Some(b"1".to_vec())];
        assert_eq!(two.write_rows(&mixed).await.unwrap(), Some(present));
    }
    let forget = [
        change("c", None, None),
        change("a", Some(b"1"), None),
        change("b", Some(b"x"), Some(b"x")),
    ];
    assert_eq!(two.write_rows(&forget).await.unwrap(), None);
    let look = [change("a", None, None), change("b", None, None)];
    assert_eq!(
        one.write_rows(&look).await.unwrap(),
        Some(vec![None, Some(b"x".to_vec())])
    );
}

#[tokio::test]
async fn uses_cost_one_write_a_minute_and_none_is_lost_at_the_end() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let replica = Replica::of_node(&server);
    let (store, other) = (replica.opens(), replica.opens());
    let id = sign_in(store.as_ref(), &secrets(), "first").await;
    store.session(id).await.unwrap().unwrap();
    let key = store.redis.name(&format!("session:{}", id.to_text()));
    let written = async || server.command::<i64>(&["HGET", &key, "u"]).await.unwrap();
    for second in 1..=50 {
        store.touch(id, after(NOW, Duration::from_secs(second))).await.unwrap();
    }
    assert_eq!(written().await, 0);
    replica.clock.advance(Duration::from_mins(1));
    until("the uses to be written", async || {
        (written().await == 50_000).then_some(())
    })
    .await;
    store.touch(id, after(NOW, Duration::from_secs(70))).await.unwrap();
    store.close().await.unwrap();
    let live = other.session(id).await.unwrap().unwrap();
    assert_eq!(live.last_used, after(NOW, Duration::from_secs(70)));
}

#[tokio::test]
async fn sec_417_without_redis_nobody_is_let_in_and_nobody_is_signed_out() {
    if !server::is_here() {
        return;
    }
    // Written to disk before it answers: a power cut loses nothing.
    let mut server = RedisServer::with(&["--save", "", "--appendonly", "yes", "--appendfsync", "always"]).await;
    let mut replica = Replica::of_node(&server);
    replica.address.patience = Duration::from_millis(300);
    let strict = replica.opens();
    replica.grace = Duration::from_mins(1);
    let lenient = replica.opens();
    let seen = sign_in(strict.as_ref(), &secrets(), "seen").await;
    let unseen = sign_in(strict.as_ref(), &secrets(), "unseen").await;
    for store in [&strict, &lenient] {
        store.session(seen).await.unwrap().unwrap();
    }
    server.kill();
    until("the loss to be noticed", async || {
        (!strict.redis.is_trusted()).then_some(())
    })
    .await;
    assert!(strict.session(seen).await.is_err(), "no answer is not an end");
    assert!(lenient.session(seen).await.unwrap().is_some(), "within the grace");
    assert!(lenient.session(unseen).await.is_err(), "never seen here");
    replica.clock.advance(Duration::from_secs(61));
    assert!(lenient.session(seen).await.is_err(), "the grace is over");
    server.restart().await;
    for id in [seen, unseen] {
        until("the session to be back", async || {
            strict.session(id).await.ok().flatten()
        })
        .await;
    }
}

#[tokio::test]
async fn a_redis_that_says_nothing_is_given_up_in_time_and_found_again() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let mut replica = Replica::of_node(&server);
    replica.address.patience = Duration::from_millis(300);
    let store = replica.opens();
    let id = sign_in(store.as_ref(), &secrets(), "first").await;
    store.session(id).await.unwrap().unwrap();
    server.pause();
    until("the silence to be noticed", async || {
        (!store.redis.is_trusted()).then_some(())
    })
    .await;
    assert!(store.session(id).await.is_err());
    server.resume();
    until("an answer", async || store.session(id).await.ok().flatten()).await;
}

#[tokio::test]
async fn sec_417_a_full_redis_refuses_sign_ins_and_still_ends_and_renews_sessions() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let replica = Replica::of_node(&server);
    let store = replica.opens();
    let secrets = secrets();
    let (kept, ended) = (
        sign_in(store.as_ref(), &secrets, "kept").await,
        sign_in(store.as_ref(), &secrets, "ended").await,
    );
    let Leasing::Granted(lease) = store
        .lease(kept, 0, after(NOW, Duration::from_secs(15)), NOW)
        .await
        .unwrap()
    else {
        panic!("a lease is granted");
    };
    let () = server.command(&["CONFIG", "SET", "maxmemory", "1"]).await.unwrap();
    let live = store.session(kept).await.unwrap().unwrap();
    // Okta has rotated the token: there must be room for it.
    store
        .renew(kept, lease.number, (*live.session).clone(), tokens("rotated"))
        .await
        .unwrap();
    let pending = store
        .end(ended, Requester::default(), NOW)
        .await
        .unwrap()
        .unwrap()
        .revocation;
    assert!(pending.is_some());
    assert!(store.session(ended).await.unwrap().is_none());
    let (visit, tab) = (HashedId::of_visit(&secrets.ids.new_visit()), secrets.ids.new_tab());
    let refused = store.open(visit, &tab, attempt()).await;
    assert!(refused.unwrap_err().to_string().contains("OOM"));
    let () = server.command(&["CONFIG", "SET", "maxmemory", "0"]).await.unwrap();
    let kept = store.tokens(kept).await.unwrap().unwrap();
    assert_eq!(kept.refresh.unwrap().expose_secret(), "rotated");
}

#[tokio::test]
async fn sec_417_a_session_that_ended_stays_ended_through_a_fail_over() {
    if !server::is_here() {
        return;
    }
    let mut watched = server::watched(1).await;
    let sentinels = watched
        .sentinels
        .iter()
        .map(|node| (super::HOST.to_owned(), node.port()))
        .collect();
    let mut replica = Replica::of(super::Setup::Sentinel {
        sentinels,
        master: "portico".to_owned(),
    });
    replica.address.replicas = 1;
    replica.address.patience = Duration::from_millis(500);
    let store = replica.opens();
    let secrets = secrets();
    let (kept, ended) = (
        sign_in(store.as_ref(), &secrets, "kept").await,
        sign_in(store.as_ref(), &secrets, "ended").await,
    );
    store.end(ended, Requester::default(), NOW).await.unwrap().unwrap();
    watched.nodes[0].kill();
    // This process may go on answering for a moment for a session that it has started.
    let found = until("the new master", async || store.session(ended).await.ok()).await;
    assert!(found.is_none());
    until("the session that was kept", async || {
        store.session(kept).await.ok().flatten()
    })
    .await;
}

#[tokio::test]
async fn sec_417_tls_and_a_user_with_no_more_rights_than_the_docs_say_will_do() {
    if !server::is_here() {
        return;
    }
    let (server, port) = server::with_tls().await;
    let mut replica = Replica::of(super::Setup::Single(("localhost".to_owned(), port)));
    let (keys, channels) = (format!("~{{{}}}*", replica.prefix), format!("&{{{}}}*", replica.prefix));
    // As in docs/production.md.
    let rights = [
        "+@read",
        "+@write",
        "+@scripting",
        "+@connection",
        "+subscribe",
        "+publish",
        "+wait",
        "+info",
    ];
    let user = ["ACL", "SETUSER", "portico", "on", ">secret", &keys, &channels];
    let () = server.command(&[user.as_slice(), &rights].concat()).await.unwrap();
    replica.address.is_tls = true;
    replica.address.ca = Some(std::fs::read(server.folder().join("ca.pem")).unwrap());
    replica.address.user = Some("portico".to_owned());
    replica.address.password = Some("secret".into());
    let store = replica.opens();
    let id = sign_in(store.as_ref(), &secrets(), "first").await;
    until("trust", async || store.redis.is_trusted().then_some(())).await;
    assert!(store.session(id).await.unwrap().is_some());
    store.end(id, Requester::default(), NOW).await.unwrap().unwrap();

    // A wrong password and an unknown certificate are refused, and neither error contains the password.
    let mut wrong = replica.address.clone();
    wrong.password = Some("canary".into());
    let mut unknown = replica.address.clone();
    unknown.ca = None;
    for address in [wrong, unknown] {
        replica.address = address;
        let refused = replica.opens().session(id).await.unwrap_err();
        assert!(!refused.reason.contains("canary"), "{refused}");
        assert!(refused.reason.starts_with("redis: "), "{refused}");
    }
}

#[tokio::test]
async fn sec_216_what_was_sealed_with_other_keys_is_left_alone() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let mut replica = Replica::of_node(&server);
    let ours = replica.opens();
    let id = sign_in(ours.as_ref(), &secrets(), "first").await;
    replica.ring = crate::session::tests::ring();
    let stranger = replica.opens();
    let refused = stranger.session(id).await.unwrap_err();
    assert!(refused.reason.contains("sealed with other keys"), "{refused}");
    assert!(ours.session(id).await.unwrap().is_some());
}

#[tokio::test]
async fn sec_215_a_dump_tells_neither_who_is_signed_in_nor_how_to_be() {
    if !server::is_here() {
        return;
    }
    let server = RedisServer::start().await;
    let store = Replica::of_node(&server).opens();
    let id = sign_in(store.as_ref(), &secrets(), "canary-token").await;
    store.end(id, Requester::default(), NOW).await.unwrap();
    sign_in(store.as_ref(), &secrets(), "canary-token").await;
    let mut dump = Vec::new();
    let keys: Vec<String> = server.command(&["KEYS", "*"]).await.unwrap();
    assert!(keys.len() > 5, "{keys:?}");
    for key in &keys {
        dump.extend_from_slice(key.as_bytes());
        let kind: String = server.command(&["TYPE", key]).await.unwrap();
        let command: &[&str] = match kind.as_str() {
            "hash" => &["HGETALL", key],
            "zset" => &["ZRANGE", key, "0", "-1"],
            "set" => &["SMEMBERS", key],
            _ => &["GET", key],
        };
        let value: redis::Value = server.command(command).await.unwrap();
        flatten(&value, &mut dump);
    }
    for secret in [
        "canary-token",
        "robin@example.com",
        "Robin",
        "00u1",
        "portal.example.com",
    ] {
        let found = dump.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret}");
    }
}

fn flatten(value: &redis::Value, into: &mut Vec<u8>) {
    match value {
        redis::Value::BulkString(bytes) => into.extend_from_slice(bytes),
        redis::Value::SimpleString(text) => into.extend_from_slice(text.as_bytes()),
        redis::Value::Array(values) | redis::Value::Set(values) => {
            for value in values {
                flatten(value, into);
            }
        }
        redis::Value::Map(pairs) => {
            for (key, value) in pairs {
                flatten(key, into);
                flatten(value, into);
            }
        }
        _ => {}
    }
}
