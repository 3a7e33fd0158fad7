//! Answers of Okta that cannot be judged here: the clock is wrong, or Okta's keys cannot be fetched.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, PASSWORD, TestApp, mins, secs};

/// The default of `session.revalidate`.
const EVERY: u64 = 600;

/// A session at an org that tolerates no second use of a refresh token.
async fn signed_in(app: &TestApp) -> Browser {
    app.okta().set_switch(|on| on.refresh_grace_s = 0);
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

async fn wait_for_count(app: &TestApp, result: &str, times: u64) {
    let metrics = app.metrics().await;
    let series = format!("portico_token_refresh_total{{result=\"{result}\"}} {times}\n");
    assert!(metrics.contains(&series), "{result}: {metrics}");
}

#[tokio::test]
async fn sec_409_a_clock_that_is_ten_minutes_off_ends_no_session_and_starts_none() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.okta_stays_behind(mins(10));
    for _ in 0..3 {
        browser.gets("/account").await.expect(200);
    }
    assert_eq!(app.grants("refresh_token"), 1, "the next answer is as good");
    wait_for_count(&app, "unjudged", 1).await;
    let metrics = app.metrics().await;
    assert!(metrics.contains("portico_clock_skew_seconds 600"), "{metrics}");
    // Okta is asked again from time to time, with the token of the last answer.
    app.advance(secs(30));
    browser.gets("/account").await.expect(200);
    wait_for_count(&app, "unjudged", 2).await;
    assert_eq!(app.asked(Endpoint::Revoke), 0);
    let stranger = app.browser();
    let form = stranger.opens_sign_in(None).await;
    let answer = stranger.submits_password(&form, "password", PASSWORD).await;
    assert_eq!(answer.status, 503, "{}", answer.text());
    app.revoked(1).await;

    // Once the clocks agree, the next answer is accepted.
    app.okta().advance(mins(10));
    app.advance(secs(30));
    browser.gets("/account").await.expect(200);
    wait_for_count(&app, "ok", 1).await;
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn sec_225_a_key_that_cannot_be_had_ends_no_session() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY));
    app.okta().rotate_keys(true).unwrap();
    let down = Fault::new(Endpoint::Keys, FaultKind::Maintenance);
    app.okta().faults().push(down.times(u32::MAX));
    for uses in 1..=3 {
        browser.gets("/account").await.expect(200);
        wait_for_count(&app, "unjudged", uses).await;
        app.advance(secs(30));
    }
    assert_eq!(app.asked(Endpoint::Revoke), 0);
    app.okta().faults().clear();
    browser.gets("/account").await.expect(200);
    wait_for_count(&app, "ok", 1).await;
    app.advance(secs(EVERY));
    browser.gets("/account").await.expect(200);
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn sec_222_an_invalid_token_at_a_renewal_ends_the_session() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    app.advance(secs(EVERY));
    app.okta()
        .set_switch(|on| on.token_flaw = okta_sim::TokenFlaw::WrongKey);
    browser.gets("/account").await.leads_to("/sign-in?return_to=");
    wait_for_count(&app, "ended", 1).await;
}
