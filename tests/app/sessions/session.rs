//! A session: its cookie, its limits, and what it shows.

use okta_sim::AccountPatch;

use crate::support::{ATTEMPT, DEVICE, PASSWORD, SESSION, TestApp, secs};

#[tokio::test]
async fn sec_202_cookies_are_opaque_and_carry_their_flags() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let attempt = form.cookies(ATTEMPT)[0].to_owned();
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let session = answer.cookies(SESSION)[0].to_owned();
    for (cookie, name) in [(attempt, ATTEMPT), (session, SESSION)] {
        let mut parts: Vec<&str> = cookie.split("; ").collect();
        let value = parts
            .remove(0)
            .strip_prefix(name)
            .unwrap()
            .strip_prefix('=')
            .unwrap()
            .to_owned();
        assert_eq!(value.len(), 43, "256 bits in base64url");
        parts.sort_unstable();
        assert_eq!(
            parts,
            ["HttpOnly", "Path=/", "SameSite=Lax"],
            "gone when the browser closes, plain on localhost"
        );
    }
    // The device cookie lives longer and holds something else (tests/app/attacks/known_devices.rs).
    assert_eq!(answer.cookies(DEVICE).len(), 1);
    // The attempt cookie is gone, but for the pages of other tabs.
    assert!(answer.cookies(ATTEMPT)[0].contains("Max-Age=0"));
    let names = answer.headers.get_all("set-cookie").iter();
    let kept = format!("{ATTEMPT}-");
    let kept = names.filter(|cookie| cookie.to_str().unwrap().starts_with(&kept));
    assert_eq!(kept.count(), 1);
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 4);
}

#[tokio::test]
async fn sec_204_the_idle_limit_holds_to_the_second_and_use_moves_it() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    app.advance(secs(1799));
    assert_eq!(browser.session().await["active"], true);
    browser.gets("/account").await.expect(200);
    app.advance(secs(1799));
    assert_eq!(browser.session().await["active"], true);
    app.advance(secs(1));
    assert_eq!(browser.session().await["active"], false);
    browser.gets("/account").await.leads_to("/sign-in?return_to=");
}

#[tokio::test]
async fn sec_204_the_absolute_limit_is_moved_by_nothing() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let end = browser.session().await["expires_at"].as_i64().unwrap();
    assert_eq!(end - app.now().as_second(), 12 * 3600);
    for _ in 0..(12 * 3 - 1) {
        app.advance(secs(1200));
        browser.gets("/account").await.expect(200);
    }
    app.advance(secs(1199));
    browser.gets("/account").await.expect(200);
    assert_eq!(browser.session().await["expires_at"], end);
    app.advance(secs(1));
    assert_eq!(browser.session().await["active"], false);
    browser.gets("/account").await.expect(303);
}

#[tokio::test]
async fn sec_205_looking_at_the_session_does_not_extend_it() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let idle_end = browser.session().await["idle_expires_at"].clone();
    for _ in 0..17 {
        app.advance(secs(100));
        assert_eq!(browser.session().await["idle_expires_at"], idle_end);
        browser.gets("/assets/app.css").await.expect(200);
        browser.gets("/sign-in").await.leads_to(app.base());
    }
    app.advance(secs(100));
    assert_eq!(browser.session().await["active"], false);
}

#[tokio::test]
async fn the_tokens_of_an_expired_session_are_revoked() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    app.advance(secs(1801));
    // The sweeper waits for the clock; it may need one more step to see the end.
    app.advance(secs(31));
    app.revoked(1).await;
    crate::support::eventually("the metric", async || app.metrics().await.contains("sessions_active 0")).await;
}

#[tokio::test]
async fn the_session_as_json_says_who_and_until_when() {
    let app = TestApp::spawn().await;
    let sign_in = format!("{}/sign-in", app.base());
    let browser = app.browser();
    assert_eq!(
        browser.session().await,
        serde_json::json!({ "active": false, "sign_in": sign_in })
    );
    let code = browser.reaches("otp", "otp").await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    let page = browser.gets("/session").await;
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("cache-control"), "no-store");
    let session = browser.session().await;
    let mut names: Vec<&String> = session.as_object().unwrap().keys().collect();
    names.sort();
    let expected = [
        "active",
        "acr",
        "amr",
        "auth_time",
        "email",
        "expires_at",
        "idle_expires_at",
        "idle_timeout",
        "name",
        "now",
        "sign_in",
        "sub",
    ];
    assert_eq!(names.len(), expected.len());
    assert!(
        expected.iter().all(|name| names.iter().any(|other| other == name)),
        "{names:?}"
    );
    assert_eq!(session["email"], "otp@example.com");
    assert!(session["sub"].as_str().unwrap().starts_with("00u"));
    let now = app.now().as_second();
    assert!((session["auth_time"].as_i64().unwrap() - now).abs() < 60);
    assert!((session["now"].as_i64().unwrap() - now).abs() < 60);
    assert_eq!(session["idle_timeout"], 1800);
    assert_eq!(session["sign_in"], sign_in);
    assert!(session["idle_expires_at"].as_i64().unwrap() <= session["expires_at"].as_i64().unwrap());
}

#[tokio::test]
async fn the_account_page_says_who_how_since_and_until() {
    let app = TestApp::spawn().await;
    app.okta().set_account(
        "otp",
        AccountPatch {
            name: Some("Robin <b>Ok".to_owned()),
            ..AccountPatch::default()
        },
    );
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    app.advance(secs(25 * 60));
    let page = browser.gets("/account").await;
    page.expect(200)
        .is_headed("You’re signed in")
        .says("Robin <b>Ok")
        .says("otp@example.com");
    page.says("Password, Authenticator app")
        .says("25 minutes ago")
        .says("in 11 hours 35 minutes");
    assert!(page.link("Sign out").is_some_and(|to| to.ends_with("/sign-out")));
    app.browser().gets("/account").await.leads_to("/sign-in?return_to=");
}

#[tokio::test]
async fn a_stranger_s_session_cookie_shows_nothing() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for value in ["", "x", &"A".repeat(43), &"A".repeat(4000), "../../etc/passwd", "%00"] {
        browser.plants_cookie(SESSION, value);
        assert_eq!(browser.session().await["active"], false);
        browser.gets("/account").await.expect(303);
        browser.gets("/sign-out").await.leads_to("/signed-out");
    }
}

#[tokio::test]
async fn the_way_used_last_is_offered_first_next_time() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let code = browser.reaches("all", "email").await;
    let answer = browser.enters_code(&code, &app.phone("all").emails()[0].code).await;
    let way = answer.cookies("portico-way")[0].to_owned();
    assert!(
        way.starts_with("portico-way=email;") && way.contains("HttpOnly"),
        "{way}"
    );
    browser.signs_out().await.leads_to("/signed-out");
    let ways = browser.follows(&browser.begins("all").await).await;
    ways.says("Code by email Last used");
    assert_eq!(ways.ways()[0], "email");
    let of_a_stranger = app.browser();
    let ways = of_a_stranger.follows(&of_a_stranger.begins("all").await).await;
    assert_ne!(ways.ways()[0], "email", "it is first because it was last");
}
