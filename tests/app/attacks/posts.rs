//! Who may post, and what a form may look like.

use okta_sim::Endpoint;
use reqwest::Method;

use crate::support::{ATTEMPT, PASSWORD, Page, SESSION, TestApp};

/// The fields with more of them.
fn owned(fields: Vec<(String, String)>, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let more = more
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    fields.into_iter().chain(more).collect()
}

fn credentials(form: &Page) -> Vec<(String, String)> {
    owned(
        form.form("/sign-in"),
        &[("username", "password@example.com"), ("password", PASSWORD)],
    )
}

#[tokio::test]
async fn sec_104_only_posts_of_our_own_pages_count() {
    let app = TestApp::spawn().await;
    let ours = app.base().to_owned();
    let refused: &[&[(&str, &str)]] = &[
        &[],
        &[("origin", "null")],
        &[("origin", "https://evil.test")],
        &[("origin", "http://localhost")],
        &[("origin", &ours), ("origin", "https://evil.test")],
        &[("sec-fetch-site", "cross-site"), ("origin", &ours)],
        &[("sec-fetch-site", "same-site"), ("origin", &ours)],
        &[("sec-fetch-site", "none"), ("origin", &ours)],
        &[("referer", &ours)],
    ];
    for headers in refused {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let mut request = browser.request(Method::POST, "/sign-in").form(&credentials(&form));
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let page = browser.sends(request).await;
        page.expect(403).is_headed("We couldn’t accept that form");
        assert!(page.cookies(SESSION).is_empty(), "{headers:?}");
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
    for headers in [&[("sec-fetch-site", "same-origin")][..], &[("origin", ours.as_str())]] {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let mut request = browser.request(Method::POST, "/sign-in").form(&credentials(&form));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        browser.sends(request).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_102_the_token_of_another_browser_is_worth_nothing() {
    let app = TestApp::spawn().await;
    let (mine, theirs) = (app.browser(), app.browser());
    let my_form = mine.opens_sign_in(None).await;
    let their_form = theirs.opens_sign_in(None).await;
    for csrf in [
        their_form.value("csrf"),
        String::new(),
        "AAAA".to_owned(),
        my_form.value("csrf")[1..].to_owned(),
    ] {
        let fields = [
            ("username", "password@example.com"),
            ("password", PASSWORD),
            ("csrf", &csrf),
        ];
        let page = mine.presses(&my_form, "/sign-in", &fields).await;
        page.expect(403).is_headed("Sign in");
        assert_eq!(page.value("username"), "password@example.com");
        assert_eq!(page.value("password"), "");
        assert!(page.cookies(SESSION).is_empty());
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
    // An attempt of another browser is as unknown as one that never was: it stays as it is.
    let their_attempt = their_form.value("attempt");
    let fields = [
        ("username", "password@example.com"),
        ("password", PASSWORD),
        ("attempt", their_attempt.as_str()),
    ];
    mine.presses(&my_form, "/sign-in", &fields).await.leads_to(app.base());
    let theirs_still = theirs.gets(&their_form.url).await;
    assert_eq!(theirs_still.expect(200).value("attempt"), their_attempt);
    assert!(!theirs.is_signed_in());
}

#[tokio::test]
async fn sec_103_a_form_without_its_own_cookie_signs_nobody_in() {
    let app = TestApp::spawn().await;
    let (attacker, victim) = (app.browser(), app.browser());
    let form = attacker.opens_sign_in(None).await;
    let page = victim
        .presses(
            &form,
            "/sign-in",
            &[("username", "password@example.com"), ("password", PASSWORD)],
        )
        .await;
    page.expect(403);
    assert!(page.cookies(SESSION).is_empty());
    assert_eq!(app.asked(Endpoint::Token), 0);
    // With the fresh form that came back it works.
    victim
        .submits_password(&page, "password", PASSWORD)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_145_an_id_that_the_service_did_not_issue_is_never_adopted() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let planted = "A".repeat(43);
    browser.plants_cookie(ATTEMPT, &planted);
    browser.plants_cookie(SESSION, &planted);
    let form = browser.opens_sign_in(None).await;
    let given = form.expect(200).cookie(ATTEMPT).unwrap();
    assert_ne!(given, planted);
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let session = answer.leads_to(app.base()).cookie(SESSION).unwrap();
    assert!(session != planted && session != given);
}
