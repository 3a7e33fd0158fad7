//! `/sign-out` and `/signed-out`.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, SESSION, TestApp, eventually, secs};

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

#[tokio::test]
async fn sec_212_signing_out_ends_the_session_here_and_at_okta() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let old = browser.cookie(SESSION).unwrap();
    let answer = browser.signs_out().await;
    answer.leads_to("/signed-out");
    assert_eq!(
        answer.header("clear-site-data"),
        "\"cache\", \"storage\"",
        "SEC-213: other hosts keep their cookies"
    );
    let removal = answer.cookies(SESSION)[0].to_owned();
    for part in ["portico-session=;", "Max-Age=0", "Path=/", "HttpOnly", "SameSite=Lax"] {
        assert!(removal.contains(part), "{removal}");
    }
    let signed_out = browser.follows(&answer).await;
    signed_out
        .expect(200)
        .is_headed("You’re signed out")
        .says("We have given up our access to your account at Okta.");
    assert!(
        signed_out
            .link("Sign in again")
            .is_some_and(|to| to.ends_with("/sign-in"))
    );
    assert_eq!(app.asked(Endpoint::Revoke), 1);
    let requests = app.okta().requests();
    let revocation = requests
        .iter()
        .find(|request| request.endpoint == Endpoint::Revoke)
        .unwrap();
    assert_eq!(
        (revocation.status, revocation.form["token_type_hint"].as_str()),
        (200, "refresh_token")
    );

    let replay = app.browser();
    replay.plants_cookie(SESSION, &old);
    assert_eq!(replay.session().await["active"], false);
    replay.gets("/account").await.expect(303);
}

#[tokio::test]
async fn sec_214_going_back_after_the_sign_out_shows_nothing() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    assert_eq!(browser.gets("/account").await.header("cache-control"), "no-store");
    browser.signs_out().await.leads_to("/signed-out");
    let back = browser.gets("/account").await;
    back.leads_to("/sign-in?return_to=");
    assert!(!back.body.contains("password@example.com"));
}

#[tokio::test]
async fn sec_101_a_get_only_asks() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    browser.gets("/sign-out").await.expect(200).is_headed("Sign out?");
    assert_eq!(browser.session().await["active"], true);
    assert_eq!(app.asked(Endpoint::Revoke), 0);
}

#[tokio::test]
async fn sec_102_nobody_is_signed_out_by_another_page() {
    let app = TestApp::spawn().await;
    let (browser, other) = (signed_in(&app).await, signed_in(&app).await);
    let foreign = other.gets("/sign-out").await.value("csrf");
    for csrf in ["", "AAAA", &foreign] {
        browser
            .posts("/sign-out", &[("csrf", csrf)])
            .await
            .expect(403)
            .is_headed("Sign out?");
    }
    let asks = browser.gets("/sign-out").await;
    let request = browser
        .request(reqwest::Method::POST, "/sign-out")
        .header("origin", "https://evil.test");
    browser
        .sends(request.form(&[("csrf", asks.value("csrf"))]))
        .await
        .expect(403);
    assert_eq!(browser.session().await["active"], true);
    assert_eq!(app.asked(Endpoint::Revoke), 0);
}

#[tokio::test]
async fn signing_out_twice_or_signed_out_already_is_no_error() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let asks = browser.gets("/sign-out").await;
    browser.presses(&asks, "/sign-out", &[]).await.leads_to("/signed-out");
    browser.presses(&asks, "/sign-out", &[]).await.leads_to("/signed-out");
    browser.gets("/sign-out").await.leads_to("/signed-out");
    browser
        .gets("/signed-out")
        .await
        .expect(200)
        .is_headed("You’re signed out");
    assert_eq!(app.asked(Endpoint::Revoke), 1);
}

#[tokio::test]
async fn sec_212_with_okta_away_the_sign_out_still_ends_says_so_and_is_made_good_later() {
    let mut app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let old = browser.cookie(SESSION).unwrap();
    app.okta_leaves().await;
    let signed_out = browser.follows(browser.signs_out().await.leads_to("/signed-out")).await;
    signed_out
        .expect(200)
        .is_headed("You’re signed out")
        .says("Okta hasn’t confirmed yet.");
    let replay = app.browser();
    replay.plants_cookie(SESSION, &old);
    assert_eq!(replay.session().await["active"], false);
    app.okta_returns().await;
    // The pending revocation is tried again when the clock says so.
    for _ in 0..4 {
        app.advance(secs(61));
    }
    app.revoked(1).await;
}

#[tokio::test]
async fn a_revocation_that_fails_at_the_sign_out_is_repeated_later() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let error = Fault::new(Endpoint::Revoke, FaultKind::ServerError);
    app.okta().faults().push(error.times(3));
    let signed_out = browser.follows(browser.signs_out().await.leads_to("/signed-out")).await;
    signed_out.expect(200).is_headed("You’re signed out");
    assert!(!browser.is_signed_in());
    let is_taken = |app: &TestApp| {
        let requests = app.okta().requests();
        requests
            .iter()
            .any(|request| request.endpoint == Endpoint::Revoke && request.status == 200)
    };
    eventually("a revocation that Okta took", async || {
        app.advance(secs(61));
        is_taken(&app)
    })
    .await;
}

#[tokio::test]
async fn one_browser_s_sign_out_leaves_the_others_alone() {
    let app = TestApp::spawn().await;
    let (one, other) = (signed_in(&app).await, signed_in(&app).await);
    one.signs_out().await.leads_to("/signed-out");
    assert_eq!(other.session().await["active"], true);
}
