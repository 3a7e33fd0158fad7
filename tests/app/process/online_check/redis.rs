//! Redis servers that are well or broken in one way each.

use okta_sim::{Settings, Simulator};

use super::redis_server::{RedisServer, cluster, is_here, watched, with_tls};
use super::{Checked, Setting, check_org};
use crate::support::{free_port, portico, run};

const DURABLE: [&str; 4] = ["--save", "", "--appendonly", "yes"];
const PASSWORD: &str = "a-password-of-redis";

/// Checks a healthy org with sessions at this address.
async fn with_redis(url: &str, more: &[Setting<'_>]) -> Checked {
    let okta = Simulator::start(Settings::default()).await.unwrap();
    let (_, ring, _) = run(portico(&["keys", "new"]));
    let base: [Setting<'_>; 3] = [("store.kind", "redis"), ("store.url", url), ("store.keys", &ring)];
    let checked = check_org(&okta, &[&base, more].concat());
    assert!(
        !checked.printed.contains(PASSWORD) && !checked.printed.contains("secret = "),
        "{}",
        checked.printed
    );
    checked
}

/// Makes a user with the rights of docs/production.md, less these.
async fn user(server: &RedisServer, less: &[&str]) {
    let rights = "+@read +@write +@scripting +@connection +subscribe +publish +wait +info";
    let command: Vec<&str> = [
        "ACL",
        "SETUSER",
        "portico",
        "on",
        ">a-password-of-redis",
        "~{portico}*",
        "&{portico}*",
    ]
    .into_iter()
    .chain(rights.split(' '))
    .chain(less.iter().copied())
    .collect();
    let () = server.command(&command).await.unwrap();
}

#[tokio::test]
async fn a_healthy_redis_gives_no_finding_and_keeps_nothing_of_the_check() {
    if !is_here() {
        return;
    }
    let server = RedisServer::with(&DURABLE).await;
    let url = format!("redis://localhost:{}", server.port());
    with_redis(&url, &[]).await.is_well("without a user");
    user(&server, &[]).await;
    let url = format!("redis://portico@localhost:{}", server.port());
    with_redis(&url, &[("store.password", PASSWORD)])
        .await
        .is_well("with the rights of the docs");
    assert_eq!(server.command::<u64>(&["DBSIZE"]).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_wrong_with_redis_is_named() {
    if !is_here() {
        return;
    }
    let gone = format!("redis://localhost:{}", free_port());
    with_redis(&gone, &[("store.timeout", "1s")])
        .await
        .is("gone", "redis-unreachable");

    let server = RedisServer::with(&[&DURABLE[..], &["--maxmemory-policy", "allkeys-lru"]].concat()).await;
    let url = format!("redis://localhost:{}", server.port());
    let checked = with_redis(&url, &[]).await;
    checked.is("evicts", "redis-evicts");
    assert!(checked.text().contains("allkeys-lru"), "{}", checked.text());

    let server = RedisServer::start().await;
    let url = format!("redis://localhost:{}", server.port());
    with_redis(&url, &[])
        .await
        .is("no append-only file", "redis-not-persistent");
}

#[tokio::test]
async fn each_right_that_is_missing_is_named() {
    if !is_here() {
        return;
    }
    let server = RedisServer::with(&DURABLE).await;
    let url = format!("redis://portico@localhost:{}", server.port());
    let rows: [(&[&str], &str); 5] = [
        (&["-zadd"], "may not use zadd on"),
        (&["-publish", "-hset"], "may not use hset, publish on"),
        (&["-smembers"], "may not use smembers on"),
        (&["-evalsha", "-script"], "may not use evalsha, script load on"),
        (&["-subscribe"], "may not use subscribe on"),
    ];
    for (less, text) in rows {
        user(&server, &[&["reset"], less].concat()[1..]).await;
        let checked = with_redis(&url, &[("store.password", PASSWORD)]).await;
        checked.is(text, "redis-rights-missing");
        assert!(checked.text().contains(text), "{}", checked.text());
        let () = server.command(&["ACL", "DELUSER", "portico"]).await.unwrap();
    }
    user(&server, &[]).await;
    let wrong = with_redis(&url, &[("store.password", "another-password")]).await;
    wrong.is("wrong password", "redis-login-refused");
    // Keys of another service.
    let checked = with_redis(&url, &[("store.password", PASSWORD), ("store.prefix", "other")]).await;
    checked.is("another prefix", "redis-rights-missing");
}

#[tokio::test]
async fn tls_of_redis_that_fails_is_told() {
    if !is_here() {
        return;
    }
    let (_server, port) = with_tls().await;
    let checked = with_redis(&format!("rediss://localhost:{port}"), &[("store.timeout", "1s")]).await;
    assert_eq!(checked.codes(), ["redis-tls-failed"], "{}", checked.printed);
    let plain = RedisServer::start().await;
    let checked = with_redis(
        &format!("rediss://localhost:{}", plain.port()),
        &[("store.timeout", "1s")],
    )
    .await;
    assert_eq!(checked.codes(), ["redis-tls-failed"], "{}", checked.printed);
}

#[tokio::test]
async fn a_master_that_takes_writes_alone_is_told() {
    if !is_here() {
        return;
    }
    let watched = watched(1).await;
    let hosts: Vec<_> = watched
        .sentinels
        .iter()
        .map(|node| format!("127.0.0.1:{}", node.port()))
        .collect();
    let url = format!("redis+sentinel://{}/portico", hosts.join(","));
    let checked = with_redis(&url, &[]).await;
    assert!(
        checked.codes().contains(&"redis-accepts-writes-alone"),
        "{}",
        checked.printed
    );
    assert!(checked.document["outcome"] == "ok", "{}", checked.printed);
}

#[tokio::test]
async fn a_cluster_is_checked_too() {
    if !is_here() {
        return;
    }
    let nodes = cluster().await;
    let hosts: Vec<_> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
    let checked = with_redis(&format!("redis+cluster://{}", hosts.join(",")), &[]).await;
    // They keep nothing on disk; all three are told of as one.
    assert_eq!(checked.codes(), ["redis-not-persistent"], "{}", checked.printed);
}

#[tokio::test]
async fn a_redis_that_asks_for_a_password_is_told_from_one_that_is_away() {
    if !is_here() {
        return;
    }
    let server = RedisServer::with(&DURABLE).await;
    let () = server
        .command(&["CONFIG", "SET", "requirepass", PASSWORD])
        .await
        .unwrap();
    let url = format!("redis://localhost:{}", server.port());
    with_redis(&url, &[]).await.is("no password", "redis-login-refused");
}
