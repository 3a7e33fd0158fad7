//! Portals that are away, slow or wrong: nobody waits for them, and they are told later.

use std::time::Duration;

use super::causes::{app_with, signed_in};
use super::portal::{Mood, Portal};
use crate::support::{TestApp, client, eventually, for_a_while, free_port, metric, secs};

fn result(name: &str) -> String {
    format!("portico_portal_logouts_total{{result=\"{name}\"}}")
}

async fn counted(app: &TestApp, name: &str) -> u64 {
    metric(&app.metrics().await, &result(name))
}

async fn owed(app: &TestApp) -> u64 {
    metric(&app.ops("/metrics").await.1, "portico_portal_logouts_owed")
}

/// Waits, with the clock going on, until nothing is owed.
async fn all_told(app: &TestApp) {
    eventually("every portal told", async || {
        app.advance(secs(10));
        owed(app).await == 0
    })
    .await;
}

#[tokio::test]
async fn a_failing_portal_is_told_again_with_another_token_and_is_left_alone_meanwhile() {
    let portal = Portal::start(Mood::Status(500)).await;
    let app = app_with(&portal, &[]).await;
    signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    eventually("the failure", async || counted(&app, "failed").await == 1).await;
    assert_eq!(owed(&app).await, 1);
    // It is left alone for the others, too. Each replica learns that by itself.
    for _ in 0..8 {
        signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    }
    assert_eq!(owed(&app).await, 9);
    let replicas = app.metrics().await.matches("# TYPE portico_panics").count();
    let failed = portal.received().len();
    assert!(failed <= replicas, "{failed} tries");
    portal.feels(Mood::Status(200));
    all_told(&app).await;
    let received = portal.received();
    assert_eq!(portal.sessions().len(), 9);
    assert!(counted(&app, "delivered").await >= 9);
    let mut ids: Vec<_> = received.iter().map(|it| it.claims["jti"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), received.len(), "no token is sent twice");
}

#[tokio::test]
async fn what_a_portal_refuses_is_not_sent_again() {
    let portal = Portal::start(Mood::Status(400)).await;
    let app = app_with(&portal, &[]).await;
    signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    eventually("the refusal", async || counted(&app, "refused").await == 1).await;
    all_told(&app).await;
    app.advance(secs(600));
    assert_eq!(portal.received().len(), 1);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let elsewhere = Portal::start(Mood::Status(200)).await;
    let portal = Portal::start(Mood::Redirect(elsewhere.address.clone())).await;
    let app = app_with(&portal, &[]).await;
    signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    eventually("the redirect", async || counted(&app, "failed").await == 1).await;
    assert_eq!(owed(&app).await, 1, "it is a mistake that can be mended");
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn a_slow_portal_keeps_nobody_waiting() {
    let portal = Portal::start(Mood::Slow(secs(60))).await;
    let app = app_with(&portal, &[]).await;
    let browser = signed_in(&app).await;
    let began = tokio::time::Instant::now();
    browser.signs_out().await.leads_to("/signed-out");
    assert!(began.elapsed() < secs(3), "{:?}", began.elapsed());
    // By the clock on the wall: no request is given more than five seconds.
    eventually("the end of patience", async || counted(&app, "failed").await == 1).await;
    assert!((secs(4)..secs(12)).contains(&began.elapsed()), "{:?}", began.elapsed());
    portal.feels(Mood::Status(204));
    all_told(&app).await;
}

#[tokio::test]
async fn each_portal_is_told_by_itself() {
    let port = free_port();
    let there = Portal::start(Mood::Status(200)).await;
    let targets = format!(
        "portal.example.com={},shop.example.com=http://127.0.0.1:{port}/logout",
        there.address
    );
    let settings = [
        ("portal.allowed_hosts", "*.example.com"),
        ("portal.logout_url", &targets),
    ];
    let app = app_with(&there, &settings).await;
    signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    there.is_told(1).await;
    eventually("a failure of the other", async || counted(&app, "failed").await > 0).await;
    assert_eq!(owed(&app).await, 1);
    let back = Portal::start_at(port, Mood::Status(200)).await;
    all_told(&app).await;
    assert_eq!(back.sessions(), there.sessions());
    let audiences = [&there, &back].map(|portal| portal.received()[0].claims["aud"].clone());
    assert_eq!(audiences, ["portal.example.com", "shop.example.com"]);
}

#[tokio::test]
async fn a_flood_of_ends_meets_a_dead_portal_a_few_times_and_is_told_later() {
    let port = free_port();
    let target = format!("portal.example.com=http://127.0.0.1:{port}/logout");
    let nobody = Portal::start(Mood::Status(200)).await;
    let app = app_with(&nobody, &[("portal.logout_url", &target)]).await;
    for _ in 0..60 {
        signed_in(&app).await;
    }
    let ended = client()
        .delete(app.private("/admin/sessions?everyone=true"))
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 200);
    assert_eq!(owed(&app).await, 60);
    for_a_while(Duration::from_millis(500), async || drop(app.metrics().await)).await;
    // Those that are under way together, for each replica.
    assert!(counted(&app, "failed").await <= 48, "{}", counted(&app, "failed").await);
    let portal = Portal::start_at(port, Mood::Status(200)).await;
    all_told(&app).await;
    assert_eq!(portal.sessions().len(), 60);
}

#[tokio::test]
async fn a_day_later_a_portal_is_not_told_any_more() {
    let portal = Portal::start(Mood::Status(503)).await;
    let app = app_with(&portal, &[]).await;
    signed_in(&app).await.signs_out().await.leads_to("/signed-out");
    portal.is_told(1).await;
    app.advance(secs(24 * 3600));
    eventually("the end of it", async || {
        app.advance(secs(10));
        counted(&app, "given_up").await == 1
    })
    .await;
    assert_eq!(owed(&app).await, 0);
}
