//! Each way in which a session ends is told, once.

use okta_sim::{SubjectFormat, UniversalLogout};
use reqwest::Method;

use super::portal::{Mood, Portal, Received};
use crate::support::{Browser, SESSION, TestApp, Verify, client, eventually, metric, secs};

const DELIVERED: &str = "portico_portal_logouts_total{result=\"delivered\"}";
const OWED: &str = "portico_portal_logouts_owed";

pub(super) async fn app_with(portal: &Portal, settings: &[(&str, &str)]) -> TestApp {
    let target = format!("portal.example.com={}", portal.address);
    let app = TestApp::builder()
        .standing_still()
        .set("portal.home_url", "https://portal.example.com/")
        .set("portal.logout_url", &target)
        .set("session.max_per_user", "1000")
        .set_all(settings)
        .spawn();
    app.await
}

pub(super) async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to("https://portal.example.com/");
    browser
}

/// What the portal calls the session of this browser.
async fn name_of(app: &TestApp, browser: &Browser) -> String {
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    let verdict = Verify::by(app, "traefik").get("/", &[("cookie", &cookie)]).await;
    assert_eq!(verdict.status, 200);
    verdict.header("portico-session").to_owned()
}

async fn nothing_is_owed(app: &TestApp) {
    eventually("every portal told", async || {
        metric(&app.ops("/metrics").await.1, OWED) == 0
    })
    .await;
}

#[tokio::test]
async fn a_sign_out_is_told_at_once_by_the_name_that_checks_give() {
    let portal = Portal::start(Mood::Status(204)).await;
    let app = app_with(&portal, &[("limits.trusted_proxies", "127.0.0.1")]).await;
    let browser = signed_in(&app).await;
    let name = name_of(&app, &browser).await;
    let user = browser.session().await["sub"].clone();
    browser.signs_out().await.leads_to("/signed-out");
    assert_eq!(portal.is_told(1).await, [name.as_str()]);
    let Received {
        head, header, claims, ..
    } = portal.received().remove(0);
    assert!(head.starts_with("POST /logout HTTP/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/x-www-form-urlencoded\r\n"),
        "{head}"
    );
    assert_eq!(
        (&header["typ"], &header["alg"]),
        (&"logout+jwt".into(), &"ES256".into())
    );
    let now = app.now().as_second();
    assert_eq!(claims["iss"], app.base());
    assert_eq!(claims["aud"], "portal.example.com");
    assert_eq!(
        (&claims["iat"], &claims["exp"]),
        (&(now - 5).into(), &(now + 120).into())
    );
    assert_eq!(claims["sub"], user);
    let event = "http://schemas.openid.net/event/backchannel-logout";
    assert_eq!(claims["events"], serde_json::json!({ event: {} }));
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["aud", "events", "exp", "iat", "iss", "jti", "sid", "sub"]);
    nothing_is_owed(&app).await;
    assert_eq!(metric(&app.metrics().await, DELIVERED), 1);
}

#[tokio::test]
async fn whatever_ends_a_session_is_told() {
    let portal = Portal::start(Mood::Status(200)).await;
    let app = app_with(&portal, &[("session.max_per_user", "1")]).await;
    // The browser signs in again, and then the user has too many.
    let browser = signed_in(&app).await;
    let form = browser.gets("/sign-in?prompt=login").await;
    browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await
        .expect(303);
    portal.is_told(1).await;
    let _other = signed_in(&app).await;
    portal.is_told(2).await;
    // An operator, for one and for all.
    let ended = client()
        .delete(app.private("/admin/sessions?everyone=true"))
        .send()
        .await
        .unwrap();
    assert_eq!(ended.status(), 200);
    portal.is_told(3).await;
    // Nobody uses it: the sweep ends it, half a minute later at most.
    let _idle = signed_in(&app).await;
    app.advance(secs(1799));
    eventually("the end of the idle session", async || {
        app.advance(secs(30));
        portal.sessions().len() == 4
    })
    .await;
    nothing_is_owed(&app).await;
    assert!(metric(&app.metrics().await, DELIVERED) >= 4);
    assert_eq!(portal.sessions().len(), 4, "each is another session");
}

#[tokio::test]
async fn universal_logout_tells_of_fifty_sessions() {
    let portal = Portal::start(Mood::Status(200)).await;
    let app = app_with(&portal, &[]).await;
    let url = format!("{}/global-token-revocation", app.base()).parse().unwrap();
    app.okta().register_universal_logout(UniversalLogout::at(url));
    for _ in 0..50 {
        signed_in(&app).await;
    }
    let order = app.okta().logout_order("password", SubjectFormat::IssSub).unwrap();
    assert_eq!(order.send().await.unwrap().status, 204);
    let mut names = portal.is_told(50).await;
    names.dedup();
    assert_eq!(names.len(), 50);
    nothing_is_owed(&app).await;
}

#[tokio::test]
async fn without_an_address_nothing_is_kept() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.expect(303);
    browser.signs_out().await.leads_to("/signed-out");
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, OWED), 0);
    assert!(metrics.contains(DELIVERED), "counted from the start");
    let tried = client()
        .request(Method::POST, format!("{}/logout", app.base()))
        .send()
        .await
        .unwrap();
    assert_eq!(tried.status(), 404, "it is no page of ours");
}
