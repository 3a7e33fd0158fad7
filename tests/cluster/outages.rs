//! Redis stopped, paused, read-only and full: a calm page and no session lost.

use std::time::Duration;

use tokio::time::timeout;

use crate::programs;
use crate::replicas::Cluster;
use crate::support::{Browser, PASSWORD, Page, SESSION, eventually, metric};

async fn assert_calm_page(browser: &Browser, path: &str) {
    assert_calm(&browser.gets(path).await);
}

/// The form needs no store; what is posted does.
async fn assert_nobody_gets_in(browser: &Browser) {
    let form = browser.opens_sign_in(None).await;
    form.expect(200);
    assert_calm(&browser.submits_password(&form, "password", PASSWORD).await);
}

fn assert_calm(page: &Page) {
    page.expect(503);
    let wait: u64 = page.header("retry-after").parse().expect("Retry-After in seconds");
    assert!((1..=120).contains(&wait), "{wait}");
    assert!(page.cookies("portico-session").is_empty(), "nobody is signed out");
    assert!(!page.heading().is_empty());
}

async fn signed_in(cluster: &Cluster) -> Browser {
    let browser = cluster.browser();
    browser.begins("password").await;
    assert!(browser.is_signed_in());
    browser
}

async fn wait_until_back(cluster: &Cluster, browser: &Browser) {
    for replica in 0..3 {
        // A session passes for a grace period before Redis is back, so that alone does not show that a replica is
        // ready.
        eventually("a replica that is ready", async || {
            cluster.replicas[replica].readiness().await == Some(200)
        })
        .await;
        let at = cluster.browser_at(replica);
        at.plants_cookie("portico-session", &browser.cookie("portico-session").unwrap());
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
    assert_calm_page(&browser, "/account").await;
    assert_nobody_gets_in(&cluster.browser()).await;
    cluster.redis.restart().await;
    wait_until_back(&cluster, &browser).await;
    let log = cluster.replicas[0].log();
    let told = log.matches("the store does not answer").count();
    assert_eq!(told, 1, "told once, not with each request:\n{log}");
}

async fn redis_is_missed(cluster: &Cluster) {
    for replica in &cluster.replicas {
        eventually("a replica that is not ready", async || {
            replica.readiness().await == Some(503)
        })
        .await;
    }
}

/// This browser is signed out, and reads that the session itself may not be.
fn assert_forgotten(browser: &Browser, page: &Page) {
    page.expect(503)
        .is_headed("You’re signed out in this browser")
        .says("after 30 minutes without use, and in 12 hours at the latest");
    assert_eq!(page.header("retry-after"), "5");
    assert_eq!(page.header("clear-site-data"), "\"cache\", \"storage\"");
    assert_eq!(page.header("cache-control"), "no-store");
    let removal = page.cookies(SESSION)[0];
    assert!(removal.starts_with("portico-session=; "), "{removal}");
    assert!(removal.contains("Max-Age=0"), "{removal}");
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn sec_414_whoever_signs_out_while_redis_is_away_is_told_the_truth_and_can_end_it_later() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[("STORE__TIMEOUT", "1s")]).await;
    let (browser, other) = (signed_in(&cluster).await, signed_in(&cluster).await);
    let cookie = browser.cookie(SESSION).unwrap();
    cluster.redis.kill();
    redis_is_missed(&cluster).await;

    let asks = browser.gets("/sign-out").await;
    asks.expect(503)
        .is_headed("Sign out?")
        .says("You can still sign out in this browser.");
    // The CSRF token of the form is checked all the same.
    let foreign = other.gets("/sign-out").await.value("csrf");
    for csrf in ["", "AAAA", &foreign] {
        let refused = browser.posts("/sign-out", &[("csrf", csrf)]).await;
        refused.expect(503).is_headed("Sign out?");
        assert!(browser.is_signed_in());
    }
    let elsewhere = browser
        .press(&asks, "/sign-out", &[])
        .header("sec-fetch-site", "cross-site");
    browser.sends(elsewhere).await.expect(403);
    assert!(browser.is_signed_in());

    let page = browser.presses(&asks, "/sign-out", &[]).await;
    assert_forgotten(&browser, &page);
    // The page loaded again, and its button.
    assert_forgotten(&browser, &browser.presses(&asks, "/sign-out", &[]).await);
    assert_forgotten(&browser, &browser.presses(&page, "/sign-out", &[]).await);

    cluster.redis.restart().await;
    wait_until_back(&cluster, &other).await;
    let thief = cluster.browser();
    thief.plants_cookie(SESSION, &cookie);
    assert_eq!(thief.session().await["active"], true, "as the page said");
    let (id, proof) = page.value("session").split_once('.').map(own).unwrap();
    let theirs = other.gets("/sign-out").await.value("session");
    let (their_id, their_proof) = theirs.split_once('.').map(own).unwrap();
    for forged in [
        id.clone(),
        format!("{id}."),
        format!("{id}.{their_proof}"),
        format!("{their_id}.{proof}"),
    ] {
        let answer = browser.posts("/sign-out", &[("session", &forged)]).await;
        assert_eq!(answer.expect(303).location(), "/signed-out", "{forged}");
    }
    assert_eq!(thief.session().await["active"], true);
    assert_eq!(other.session().await["active"], true);
    let signed_out = browser.presses(&page, "/sign-out", &[]).await;
    let signed_out = browser.follows(signed_out.leads_to("/signed-out?")).await;
    signed_out
        .expect(200)
        .is_headed("You’re signed out")
        .says("We have given up our access to your account at Okta.");
    assert_eq!(thief.session().await["active"], false);
    assert_eq!(other.session().await["active"], true);
}

fn own((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

#[tokio::test]
async fn sec_414_scripts_are_told_in_json_and_monitoring_goes_on() {
    if !programs::are_here() {
        return;
    }
    let mut cluster = Cluster::start(&[("STORE__TIMEOUT", "1s")]).await;
    let browser = signed_in(&cluster).await;
    let csrf = browser.gets("/sign-out").await.value("csrf");
    let sessions = metric(&cluster.replicas[0].metrics().await, "portico_sessions_active");
    assert_eq!(sessions, 1);
    cluster.redis.kill();
    redis_is_missed(&cluster).await;
    let asks = browser.gets("/session").await;
    let extends = browser.posts("/session/extend", &[("csrf", &csrf)]).await;
    for page in [asks, extends] {
        assert_eq!(page.expect(503).header("retry-after"), "5");
        assert_eq!(page.header("content-type"), "application/json");
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.body, r#"{"error":"service_unavailable"}"#);
        assert!(page.cookies(SESSION).is_empty(), "nobody is signed out");
    }
    let metrics = cluster.replicas[0].metrics().await;
    assert_eq!(metric(&metrics, "portico_sessions_active"), 1, "{metrics}");
    let failed = r#"portico_store_operations_total{op="count_attempts",result="error"}"#;
    assert!(metric(&metrics, failed) > 0, "{metrics}");
}

#[tokio::test]
async fn sec_414_redis_that_says_nothing_is_not_waited_for() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[]).await;
    let browser = signed_in(&cluster).await;
    cluster.redis.pause();
    assert_calm_page(&browser, "/account").await;
    cluster.redis.resume();
    wait_until_back(&cluster, &browser).await;
}

#[tokio::test]
async fn sec_414_a_scrape_does_not_wait_for_a_redis_that_says_nothing() {
    if !programs::are_here() {
        return;
    }
    let cluster = Cluster::start(&[("STORE__TIMEOUT", "30s")]).await;
    cluster.redis.pause();
    // As long as Prometheus waits.
    let scrape = timeout(Duration::from_secs(10), cluster.replicas[0].metrics());
    let metrics = scrape.await.expect("an answer while Redis is silent");
    assert!(metrics.contains("portico_build_info"), "{metrics}");
    cluster.redis.resume();
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
        at.plants_cookie("portico-session", &browser.cookie("portico-session").unwrap());
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
    assert_nobody_gets_in(&cluster.browser()).await;
    cluster.redis.restart().await;
    wait_until_back(&cluster, &browser).await;
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
    let read_only: [&[&str]; 2] = [&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]];
    for [breaks, mends] in [full, read_only] {
        let () = cluster.redis.command(breaks).await.unwrap();
        eventually("a sign-in that is refused", async || {
            cluster.browser().begins("password").await.status == 503
        })
        .await;
        let () = cluster.redis.command(mends).await.unwrap();
        wait_until_back(&cluster, &browser).await;
    }
}
