//! "Keep me signed in": offered only where it is set, kept through the steps of a sign-in, with limits of its own.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{ATTEMPT, Browser, PASSWORD, Page, SESSION, TestApp, full, secs};

const DAY: u64 = 86_400;

async fn spawn() -> TestApp {
    let builder = TestApp::builder().standing_still();
    builder.set("session.remember", "30d").spawn().await
}

/// With a clock that moves: a refused password is answered after a while.
async fn spawn_moving() -> TestApp {
    let builder = TestApp::builder().set("session.remember", "30d");
    builder.spawn().await
}

/// Sends the first form with the box ticked.
async fn ticks(browser: &Browser, form: &Page, login: &str, password: &str) -> Page {
    let (login, fields) = (full(login), [("remember", "on"), ("password", password)]);
    let fields = [[("username", login.as_str())].as_slice(), &fields].concat();
    browser.presses(form, "/sign-in", &fields).await
}

fn is_ticked(page: &Page) -> bool {
    page.attribute("checked").is_some()
}

#[tokio::test]
async fn nobody_is_offered_it_by_default_and_asking_for_it_anyway_is_in_vain() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    assert!(!form.text().contains("Keep me signed in"));
    let answer = ticks(&browser, &form, "password", PASSWORD).await;
    answer.leads_to(app.base());
    assert!(!answer.cookies(SESSION)[0].contains("Max-Age"));
    app.advance(secs(1800));
    assert_eq!(browser.session().await["active"], false);
}

#[tokio::test]
async fn sec_202_the_cookie_is_kept_only_when_the_box_was_ticked() {
    let app = spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    form.says("Keep me signed in")
        .says("for up to 30 days. Not on a shared computer.");
    assert!(!is_ticked(&form));
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    assert!(!answer.cookies(SESSION)[0].contains("Max-Age"));

    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let answer = ticks(&browser, &form, "password", PASSWORD).await;
    answer.leads_to(app.base());
    let max_age = format!("Max-Age={}", 30 * DAY);
    assert!(answer.cookies(SESSION)[0].contains(&max_age));
    for cookie in answer.headers.get_all("set-cookie") {
        let cookie = cookie.to_str().unwrap();
        let of_a_visit = cookie.starts_with(ATTEMPT);
        let is_short = cookie.contains("Max-Age=0") || cookie.contains("Max-Age=600");
        assert!(!of_a_visit || is_short, "{cookie}");
    }
}

#[tokio::test]
async fn sec_204_the_server_ends_a_kept_session_by_limits_of_its_own() {
    let app = spawn().await;
    let (idle, busy) = (app.browser(), app.browser());
    for browser in [&idle, &busy] {
        let form = browser.opens_sign_in(None).await;
        ticks(browser, &form, "password", PASSWORD).await.leads_to(app.base());
    }
    let end = busy.session().await["expires_at"].as_i64().unwrap();
    assert_eq!(end - app.now().as_second(), 30 * 86_400);
    app.advance(secs(6 * DAY));
    busy.gets("/account")
        .await
        .expect(200)
        .says("after 7 days without a visit");
    app.advance(secs(DAY - 1));
    assert_eq!(idle.session().await["active"], true);
    app.advance(secs(1));
    assert_eq!(idle.session().await["active"], false);
    for _ in 0..3 {
        busy.gets("/account").await.expect(200);
        app.advance(secs(6 * DAY));
    }
    busy.gets("/account").await.expect(200);
    app.advance(secs(5 * DAY - 1));
    assert_eq!(busy.session().await["expires_at"], end);
    app.advance(secs(1));
    assert_eq!(busy.session().await["active"], false);
}

#[tokio::test]
async fn the_tick_is_kept_across_errors_and_steps() {
    let app = spawn_moving().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let empty = ticks(&browser, &form, "otp", "").await;
    assert!(is_ticked(empty.expect(422)));
    let wrong = ticks(&browser, &empty, "otp", "not the password").await;
    assert!(is_ticked(wrong.expect(403)));
    let outage = Fault::new(Endpoint::Token, FaultKind::Maintenance);
    app.okta().faults().push(outage.times(3));
    let away = ticks(&browser, &wrong, "otp", PASSWORD).await;
    assert!(is_ticked(away.expect(503)));
    app.okta().faults().clear();
    app.advance(secs(120));
    let ways = browser.follows(&ticks(&browser, &away, "otp", PASSWORD).await).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let otp = app.phone("otp").otp().unwrap();
    let answer = browser.enters_code(&code, &otp).await;
    answer.leads_to(app.base());
    assert!(answer.cookies(SESSION)[0].contains("Max-Age="));
    // The second press of a double submit gets the same cookie, for the same time.
    let again = browser.enters_code(&code, &otp).await;
    assert_eq!(again.cookie(SESSION), answer.cookie(SESSION));
    assert!(again.cookies(SESSION)[0].contains("Max-Age="));
}

#[tokio::test]
async fn the_tick_is_kept_where_no_password_is_asked_and_on_a_page_left_open() {
    let app = spawn_moving().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let fields = [("username", "otp@example.com"), ("remember", "on")];
    let csrf = form.value("csrf");
    let attempt = form.value("attempt");
    let all = [&fields[..], &[("csrf", &csrf), ("attempt", &attempt)]].concat();
    let ways = browser.posts("/sign-in/factor", &all).await;
    let ways = browser.follows(&ways).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let otp = app.phone("otp").otp().unwrap();
    let answer = browser.enters_code(&code, &otp).await;
    assert!(answer.cookies(SESSION)[0].contains("Max-Age="));

    let stale = [&fields[..], &[("password", "x"), ("csrf", "old")]].concat();
    let fresh = app.browser().posts("/sign-in", &stale).await;
    assert!(is_ticked(fresh.expect(403)));
    // A tick that is taken out again counts.
    let answer = app.browser();
    let form = answer.opens_sign_in(None).await;
    let wrong = ticks(&answer, &form, "password", "wrong").await;
    assert!(is_ticked(&wrong));
    let plain = answer.submits_password(&wrong, "password", PASSWORD).await;
    assert!(!plain.cookies(SESSION)[0].contains("Max-Age"));
}

#[tokio::test]
async fn not_you_forgets_the_tick_with_the_name() {
    let app = spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let ways = browser.follows(&ticks(&browser, &form, "otp", PASSWORD).await).await;
    let form = browser
        .follows(&browser.presses(&ways, "/sign-in/restart", &[]).await)
        .await;
    assert!(!is_ticked(&form));
}

#[tokio::test]
async fn without_a_refresh_token_a_session_can_be_made_to_end_with_the_access_token() {
    for (follows, ends_after) in [("true", 3600), ("false", 12 * 3600)] {
        let builder = TestApp::builder()
            .standing_still()
            .set("okta.scopes", "openid, profile, email")
            .set("session.follow_token_life", follows);
        let app = builder.spawn().await;
        let browser = app.browser();
        browser.begins("password").await.leads_to(app.base());
        let end = browser.session().await["expires_at"].as_i64().unwrap();
        assert_eq!(end - app.now().as_second(), ends_after, "{follows}");
    }
    // With a refresh token Okta can be asked, so the session does not end with the access token.
    let builder = TestApp::builder()
        .standing_still()
        .set("session.follow_token_life", "true");
    let app = builder.spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let end = browser.session().await["expires_at"].as_i64().unwrap();
    assert_eq!(end - app.now().as_second(), 12 * 3600);
}
