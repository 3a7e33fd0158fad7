//! A form that was open too long, that comes without its cookie, or that comes before its turn.

use okta_sim::Endpoint;

use crate::support::{PASSWORD, TestApp, eventually, secs};

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
    // The sweep is over: only the form's own fields are left of the attempt.
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
    // The cookie is there now.
    let answer = browser.submits_password(&page, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account", app.base()));
    // Without a cookie, a page that is too old is called too old.
    let late = app.browser();
    let form = late.opens_sign_in(None).await;
    late.forgets_every_cookie();
    app.advance(secs(601));
    let page = late.submits_password(&form, "password", PASSWORD).await;
    page.expect(403).says("This page was open too long");
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
