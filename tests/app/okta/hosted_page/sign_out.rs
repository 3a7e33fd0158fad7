//! The end of a session that began at Okta's hosted page, and of Okta's own session with it.

use okta_sim::{ClientPatch, Endpoint, Fault, FaultKind, Misuse};

use super::signed_in;
use crate::support::{Browser, HOSTED, PASSWORD, Page, SESSION, TestApp, mins};

/// Whether Okta's page asks this browser for a name again.
async fn is_asked_again(app: &TestApp, browser: &Browser) -> bool {
    let other = app.browser();
    if let Some(sid) = browser.cookie("sid") {
        other.plants_cookie("sid", &sid);
    }
    let form = other.opens_sign_in(None).await;
    let leaves = other.gets(&form.link(HOSTED).unwrap()).await;
    let at_okta = other.gets(leaves.location()).await;
    at_okta.location().contains("/signin?state_token=")
}

/// Follows the redirects by way of Okta to the page that says what ended.
async fn through_okta(browser: &Browser, app: &TestApp, answer: &Page) -> Page {
    answer.leads_to(&format!("{}/oauth2/v1/logout?", app.okta().issuer()));
    let back = browser.gets(answer.location()).await;
    assert_eq!(back.status, 302);
    assert!(
        back.location()
            .starts_with(&format!("{}/signed-out?state=", app.base()))
    );
    browser.gets(back.location()).await
}

#[tokio::test]
async fn sec_212_the_session_here_ends_first_then_oktas_and_the_page_tells_of_both() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    assert!(!is_asked_again(&app, &browser).await);
    let old = browser.cookie(SESSION).unwrap();
    let asks = browser.gets("/sign-out").await;
    asks.says("Your Okta session in this browser ends too.");
    let policy = asks.header("content-security-policy").to_owned();
    let form_action = policy.split("form-action").nth(1).unwrap().split(';').next().unwrap();
    assert!(form_action.contains(&app.okta().issuer()), "{policy}");

    let answer = browser.presses(&asks, "/sign-out", &[]).await;
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(!browser.is_signed_in());
    // Before the browser has followed any redirect.
    let replay = app.browser();
    replay.plants_cookie(SESSION, &old);
    assert_eq!(replay.session().await["active"], false);
    app.revoked(1).await;

    let signed_out = through_okta(&browser, &app, &answer).await;
    signed_out
        .expect(200)
        .is_headed("You’re signed out")
        .says("Your Okta session in this browser has ended too.")
        .says("We have given up our access to your account at Okta.");
    assert!(is_asked_again(&app, &browser).await);
}

#[tokio::test]
async fn oktas_session_is_said_to_have_ended_only_when_okta_sent_the_browser_back() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let answer = browser.signs_out().await;
    for forged in ["", "x", "x.y", "AAAA.BBBB"] {
        let page = browser.gets(&format!("/signed-out?state={forged}")).await;
        page.expect(200).is_headed("You’re signed out");
        assert!(!page.text().contains("Okta session"), "{forged}");
    }
    through_okta(&browser, &app, &answer).await.says("has ended too");
}

#[tokio::test]
async fn a_session_without_oktas_page_ends_without_a_visit_to_okta() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let asks = browser.gets("/sign-out").await;
    assert!(!asks.text().contains("Okta session"));
    browser
        .presses(&asks, "/sign-out", &[])
        .await
        .leads_to("/signed-out?session=");
    assert_eq!(app.asked(Endpoint::Logout), 0);
}

#[tokio::test]
async fn a_raised_session_still_ends_the_okta_session_at_sign_out() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let form = browser.gets("/sign-in?max_age=0").await;
    browser.submits_password(&form, "password", PASSWORD).await.expect(303);
    let answer = browser.signs_out().await;
    through_okta(&browser, &app, &answer).await.says("has ended too");
}

#[tokio::test]
async fn a_revalidated_session_still_ends_the_okta_session_at_sign_out() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    app.advance(mins(20));
    browser.gets("/account").await.expect(200);
    assert_eq!(app.grants("refresh_token"), 1);
    let answer = browser.signs_out().await;
    through_okta(&browser, &app, &answer).await.says("has ended too");
}

#[tokio::test]
async fn sec_212_okta_not_answering_keeps_nobody_signed_in() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let dead = Fault::new(Endpoint::Any, FaultKind::ResetBefore);
    app.okta().faults().push(dead.times(u32::MAX));
    let answer = browser.signs_out().await;
    answer.expect(303);
    assert!(!browser.is_signed_in());
    app.okta().faults().clear();
    through_okta(&browser, &app, &answer)
        .await
        .says("Okta hasn’t confirmed yet.");
}

#[tokio::test]
async fn an_address_that_is_not_registered_there_ends_the_session_here_all_the_same() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let unknown = ClientPatch {
        post_logout_redirect_uris: Some(Vec::new()),
        ..ClientPatch::default()
    };
    app.okta().set_client("portico-demo", unknown).unwrap();
    app.okta().allow_unexpected(Misuse::BadParameter);
    let answer = browser.signs_out().await;
    browser.gets(answer.location()).await.expect(400);
    assert!(!browser.is_signed_in());
    app.revoked(1).await;
}
