//! What a form may look like, and what becomes of one that is old or out of turn.

use okta_sim::Endpoint;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, ORIGIN};

use crate::support::{PASSWORD, SESSION, TestApp, eventually, secs};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn sec_105_a_form_left_open_too_long_keeps_name_and_destination() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    app.advance(secs(601));
    let page = browser.submits_password(&form, "password", PASSWORD).await;
    page.expect(403)
        .is_headed("Sign in")
        .says("This page was open too long");
    assert_eq!(page.value("username"), "password@example.com");
    assert_eq!(app.asked(Endpoint::Token), 0);
    let answer = browser.submits_password(&page, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn sec_105_a_form_left_open_over_night_keeps_the_name() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    app.advance(secs(12 * 3600));
    // Swept out by now: nothing of the attempt is left but what the form carries.
    eventually("the sweep", async || {
        app.metrics().await.contains("transactions_active 0")
    })
    .await;
    let page = browser.submits_password(&form, "password", PASSWORD).await;
    page.expect(403)
        .is_headed("Sign in")
        .says("This page was open too long");
    assert_eq!(page.value("username"), "password@example.com");
    browser
        .submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_105_a_browser_that_keeps_no_cookie_is_told_so_and_not_that_it_was_slow() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    browser.forgets_every_cookie();
    let page = browser.submits_password(&form, "password", PASSWORD).await;
    page.expect(403)
        .is_headed("Sign in")
        .says("Your browser didn’t keep our cookie");
    assert_eq!(page.value("username"), "password@example.com");
    assert_eq!(app.asked(Endpoint::Token), 0);
    // It was lost once.
    let answer = browser.submits_password(&page, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account", app.base()));
    // Without one a page that is old is old.
    let late = app.browser();
    let form = late.opens_sign_in(None).await;
    late.forgets_every_cookie();
    app.advance(secs(601));
    let page = late.submits_password(&form, "password", PASSWORD).await;
    page.expect(403).says("This page was open too long");
}

#[tokio::test]
async fn sec_125_odd_forms_reach_nobody() {
    let app = TestApp::spawn().await;
    let ours = app.base().to_owned();
    let cases: [(&str, &str, &str, u16); 8] = [
        ("/sign-in", FORM, "username=a&username=b&password=x", 400),
        ("/sign-in", FORM, "username=a&password=x&password=y", 400),
        ("/sign-in", FORM, "password=x", 400),
        ("/sign-in", "text/plain", "username=a&password=x", 415),
        ("/sign-in", "application/json", "{\"username\":\"a\"}", 415),
        ("/sign-in?password=x", FORM, "username=a", 400),
        ("/sign-in?username=a&password=x", FORM, "", 400),
        ("/sign-in/code?code=123456", FORM, "code=1", 400),
    ];
    for (address, kind, body, status) in cases {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let hidden = format!("&csrf={}&attempt={}", form.value("csrf"), form.value("attempt"));
        let body = if kind == FORM {
            format!("{body}{hidden}")
        } else {
            body.to_owned()
        };
        let request = browser
            .request(Method::POST, address)
            .header(ORIGIN, &ours)
            .header(CONTENT_TYPE, kind)
            .body(body);
        let page = browser.sends(request).await;
        assert_eq!(page.status, status, "{address} {kind}: {}", page.text());
        assert!(!page.heading().is_empty(), "a page of ours, not a bare text");
        assert!(page.cookies(SESSION).is_empty());
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_307_a_form_that_is_too_large_is_refused() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let long = "a".repeat(33 * 1024);
    let page = browser
        .presses(&form, "/sign-in", &[("username", &long), ("password", "x")])
        .await;
    page.expect(413).is_headed("We couldn’t read that request");
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_130_steps_cannot_be_skipped() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let hidden = form.form("/sign-in");
    for (path, more) in [
        ("/sign-in/code", &[("code", "123456")][..]),
        ("/sign-in/push", &[]),
        ("/sign-in/push/resend", &[]),
        ("/sign-in/code/resend", &[]),
        (
            "/sign-in/passkey",
            &[("authenticator_data", "YQ"), ("client_data", "YQ"), ("signature", "YQ")],
        ),
        ("/sign-in/factor", &[("factor", "push")]),
        ("/sign-in/factor", &[("factor", "sms")]),
    ] {
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = hidden.chain(more.iter().copied()).collect();
        let answer = browser.posts(path, &fields).await;
        assert!(!browser.is_signed_in(), "{path}");
        browser
            .follows(answer.leads_to("/sign-in?"))
            .await
            .expect(200)
            .is_headed("Sign in");
    }
    assert_eq!(
        app.asked(Endpoint::Token) + app.asked(Endpoint::Challenge) + app.asked(Endpoint::PrimaryAuthenticate),
        0
    );
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(app.base());
}
