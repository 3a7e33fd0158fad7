//! Redis stopped, paused, read-only and full: a calm page and no session lost.

use crate::programs;
use crate::replicas::Cluster;
use crate::support::{Browser, eventually};

async fn is_told_calmly(browser: &Browser, path: &str) {
    let page = browser.gets(path).await;
    page.expect(503);
    let wait: u64 = page
        .header("retry-after")
        .parse()
        .expect("Retry-After in seconds");
    assert!((1..=120).contains(&wait), "{wait}");
    assert!(
        page.cookies("portico-session").is_empty(),
        "nobody is signed out"
    );
    assert!(!page.heading().is_empty());
}

async fn signed_in(cluster: &Cluster) -> Browser {
    let browser = cluster.browser();
    browser.begins("password").await;
    assert!(browser.is_signed_in());
    browser
}

async fn is_back(cluster: &Cluster, browser: &Browser) {
    for replica in 0..3 {
        // Within the grace a session passes before Redis is back, so the session alone does not tell.
        eventually("a replica that is ready", async || {
            cluster.replicas[replica].readiness().await == Some(200)
        })
        .await;
        let at = cluster.browser_at(replica);
        at.plants_cookie(
            "portico-session",
            &browser.cookie("portico-session").unwrap(),
        );
        eventually("the session", async || {
            let page = at.gets("/session").await;
            page.status == 200 && page.body.contains("\"active\":true")
        })
        .await;
    }
    cluster.browser().begins("password").await.expect(303);
}

#[tokio::test]
async fn sec_414_redis_that_is_stopped_and_started_again_signs_nobody_out() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[("STORE__TIMEOUT", "1s")]).await;
    let browser = signed_in(&cluster).await;
    cluster.redis.kill();
    eventually("a replica that is not ready", async || {
        cluster.replicas[0].readiness().await == Some(503)
    })
    .await;
    is_told_calmly(&browser, "/account").await;
    is_told_calmly(&cluster.browser(), "/sign-in").await;
    cluster.redis.restart().await;
    is_back(&cluster, &browser).await;
    let log = cluster.replicas[0].log();
    let told = log.matches("the store does not answer").count();
    assert_eq!(told, 1, "told once, not with each request:\n{log}");
}

#[tokio::test]
async fn sec_414_redis_that_says_nothing_is_not_waited_for() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let browser = signed_in(&cluster).await;
    cluster.redis.pause();
    is_told_calmly(&browser, "/account").await;
    cluster.redis.resume();
    is_back(&cluster, &browser).await;
}

#[tokio::test]
async fn within_the_grace_sessions_go_on_and_nobody_new_comes_in() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[("STORE__GRACE", "5m")]).await;
    let browser = signed_in(&cluster).await;
    for replica in 0..3 {
        let at = cluster.browser_at(replica);
        at.plants_cookie(
            "portico-session",
            &browser.cookie("portico-session").unwrap(),
        );
        at.gets("/session").await.expect(200);
    }
    cluster.redis.kill();
    eventually("the loss to be noticed", async || {
        cluster.replicas[0].readiness().await == Some(503)
    })
    .await;
    for _ in 0..3 {
        assert_eq!(browser.session().await["active"], true);
    }
    is_told_calmly(&cluster.browser(), "/sign-in").await;
    cluster.redis.restart().await;
    is_back(&cluster, &browser).await;
}

#[tokio::test]
async fn redis_that_takes_no_writes_lets_nobody_in_and_sessions_go_on_afterwards() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let browser = signed_in(&cluster).await;
    let full: [&[&str]; 2] = [
        &["CONFIG", "SET", "maxmemory", "1"],
        &["CONFIG", "SET", "maxmemory", "0"],
    ];
    let read_only: [&[&str]; 2] = [
        &["REPLICAOF", "127.0.0.1", "1"],
        &["REPLICAOF", "NO", "ONE"],
    ];
    for [breaks, mends] in [full, read_only] {
        let () = cluster.redis.command(breaks).await.unwrap();
        eventually("a sign-in that is refused", async || {
            cluster.browser().gets("/sign-in").await.status == 503
        })
        .await;
        let () = cluster.redis.command(mends).await.unwrap();
        is_back(&cluster, &browser).await;
    }
}
