//! What `/signed-out` and the form say of a session that ended, now and later.

use okta_sim::{Endpoint, Fault, FaultKind};

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp, eventually, metric, mins, secs};

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

/// What the browser with the cookie of an ended session sees.
async fn sees_the_end(browser: &Browser) -> Page {
    let answer = browser.gets("/sign-out").await;
    let page = browser.follows(answer.leads_to("/signed-out")).await;
    page.expect(200).is_headed("You’re signed out");
    page
}

/// The same, once the page says this: the sweep first ends sessions, then stores why, then revokes the tokens.
async fn sees_this_end(browser: &Browser, words: &str) -> Page {
    let page = sees_the_end(browser).await;
    eventually(words, async || browser.gets(&page.url).await.text().contains(words)).await;
    page
}

#[tokio::test]
async fn the_idle_limit_is_told_before_and_after_the_session_was_swept_out() {
    let app = TestApp::builder().standing_still().spawn().await;
    let (early, late) = (signed_in(&app).await, signed_in(&app).await);
    app.advance(secs(1800));
    let form = early
        .follows(early.gets("/account").await.leads_to("/sign-in?return_to=/account"))
        .await;
    form.is_headed("Sign in");
    sees_this_end(&early, "because it wasn’t used for a while").await;
    eventually("the sweep", async || {
        let is_swept = app.metrics().await.contains("sessions_active 0");
        if !is_swept {
            app.advance(secs(31));
        }
        is_swept
    })
    .await;
    let page = sees_this_end(&late, "because it wasn’t used for a while").await;
    eventually("the revocation", async || {
        let page = late.gets(&page.url).await;
        page.text()
            .contains("We have given up our access to your account at Okta.")
    })
    .await;
    // Its cookie is gone by now; a reload says the same.
    assert!(late.cookie(SESSION).is_none());
    late.gets(&page.url).await.says("because it wasn’t used for a while");
    app.advance(secs(3600));
    let forgotten = late.gets(&page.url).await;
    forgotten.says("Your session in this browser has ended.");
}

#[tokio::test]
async fn the_absolute_limit_is_told() {
    let builder = TestApp::builder().standing_still();
    let app = builder.set("session.absolute", "1h").spawn().await;
    let browser = signed_in(&app).await;
    for _ in 0..2 {
        app.advance(secs(1799));
        browser.gets("/account").await.expect(200);
    }
    app.advance(secs(2));
    sees_this_end(&browser, "reached its time limit").await;
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_says_so() {
    let app = TestApp::builder().standing_still().spawn().await;
    let (browser, other) = (signed_in(&app).await, signed_in(&app).await);
    let page = other.gets("/account").await;
    let answer = other.presses(&page, "/account/end-others", &[]).await;
    answer.leads_to("/account?others=1");
    // Scripts and forms of the ended session meet no error.
    assert_eq!(browser.session().await["active"], false);
    let old_form = [("csrf", "of the session that ended")];
    let answer = browser.clone().posts("/sign-out", &old_form).await;
    let page = browser.follows(answer.leads_to("/signed-out")).await;
    page.says("You ended the session of this browser from another one.");
}

#[tokio::test]
async fn the_oldest_of_too_many_is_told_so() {
    let builder = TestApp::builder().standing_still();
    let app = builder.set("session.max_per_user", "1").spawn().await;
    let browser = signed_in(&app).await;
    signed_in(&app).await;
    sees_the_end(&browser)
        .await
        .says("in too many places, and the session of this browser was the oldest");
}

#[tokio::test]
async fn sec_212_what_is_still_queued_at_okta_is_told_as_it_is_now() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let error = Fault::new(Endpoint::Revoke, FaultKind::ServerError);
    app.okta().faults().push(error.times(3));
    let page = browser.follows(&browser.signs_out().await).await;
    page.says("Okta hasn’t confirmed yet.");
    browser.gets(&page.url).await.says("Okta hasn’t confirmed yet.");
    eventually("the page after Okta took it", async || {
        app.advance(secs(61));
        let page = browser.gets(&page.url).await;
        page.text().contains("We have given up our access")
    })
    .await;
}

#[tokio::test]
async fn sec_212_a_revocation_that_was_given_up_is_not_said_to_be_done() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    let error = Fault::new(Endpoint::Revoke, FaultKind::ServerError);
    app.okta().faults().push(error.times(u32::MAX));
    let page = browser.follows(&browser.signs_out().await).await;
    page.says("Okta hasn’t confirmed yet.");
    // A refresh token of the org authorization server lives for 90 days.
    app.advance(mins(89 * 24 * 60));
    tried_again(&app).await;
    let page = browser.gets(&page.url).await;
    page.says("Okta hasn’t confirmed yet.");
    app.advance(mins(24 * 60));
    eventually("the end of the tries", async || {
        metric(&app.metrics().await, "portico_revocations_owed") == 0
    })
    .await;
    let page = browser.gets(&page.url).await;
    page.says("Your session in this browser has ended.");
    assert!(!page.text().contains("Okta"), "{}", page.text());
}

/// Waits until the pending revocation was tried once more.
async fn tried_again(app: &TestApp) {
    let before = app.asked(Endpoint::Revoke);
    eventually("another try", async || app.asked(Endpoint::Revoke) > before).await;
}

#[tokio::test]
async fn nobody_is_said_to_be_signed_out_who_is_not() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let signed_out = browser.signs_out().await;
    let form = browser.opens_sign_in(None).await;
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    answer.leads_to(app.base());
    browser.gets(signed_out.location()).await.leads_to("/account");
}

#[tokio::test]
async fn a_made_up_reference_reveals_nothing() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for reference in ["", "x", &"A".repeat(43), &"A".repeat(4000), "%00"] {
        let page = browser.gets(&format!("/signed-out?session={reference}")).await;
        page.expect(200).says("Your session in this browser has ended.");
        assert!(!page.text().contains("Okta"), "{}", page.text());
    }
    browser.plants_cookie(SESSION, &"A".repeat(43));
    let form = browser.gets("/sign-in").await;
    assert!(!form.text().contains("Your session has ended"));
}
