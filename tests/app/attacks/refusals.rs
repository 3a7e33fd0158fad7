//! What customers meet when Okta says no.

use okta_sim::Endpoint;

use crate::support::{PASSWORD, Page, SESSION, TestApp, full};

/// A page without what differs from request to request: tokens, ids, and the name that was typed.
fn masked(page: &Page, login: &str) -> (u16, Vec<(String, String)>, String) {
    let mut body = page.body.replace(&full(login), "[name]");
    let support_code = page.header("x-request-id");
    for secret in [page.value("csrf"), page.value("attempt"), support_code.to_owned()] {
        assert!(!secret.is_empty());
        body = body.replace(&secret, "[random]");
    }
    let mut headers: Vec<(String, String)> = page
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (page.status, headers, body)
}

#[tokio::test]
async fn sec_106_wrong_unknown_and_locked_are_one_answer_byte_for_byte() {
    let app = TestApp::spawn().await;
    let cases = [
        ("password", "wrong"),
        ("nobody-here", PASSWORD),
        ("locked", PASSWORD),
        ("locked", "wrong"),
        ("passwordless", "x"),
    ];
    let mut answers = Vec::new();
    for (login, password) in cases {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let page = browser.submits_password(&form, login, password).await;
        page.expect(403).says("That name and password don’t match");
        assert!(page.title().starts_with("Error: "));
        assert!(!browser.is_signed_in());
        assert!(!page.body.contains(password) || password == "x", "a password came back");
        assert_eq!(page.value("username"), full(login));
        assert_eq!(page.value("password"), "");
        answers.push(masked(&page, login));
    }
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
    assert_eq!(app.grants("password"), cases.len(), "one call each (SEC-402)");
}

#[tokio::test]
async fn sec_106_a_person_who_may_not_use_the_app_learns_so_only_with_the_right_password() {
    for login in ["unassigned", "denied"] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        browser
            .submits_password(&form, login, "wrong")
            .await
            .says("That name and password don’t match");
        let form = browser.opens_sign_in(None).await;
        let page = browser.submits_password(&form, login, PASSWORD).await;
        page.expect(403).is_headed("You can’t sign in to Acme Portal from here");
        assert!(page.cookies(SESSION).is_empty());
    }
}

#[tokio::test]
async fn an_expired_password_leads_to_where_it_is_replaced() {
    let app = TestApp::builder()
        .set("sign_in.links.forgot_password", "https://id.example.com/reset")
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.begins("expired").await;
    page.expect(403).is_headed("Your password has expired");
    assert!(page.body.contains("https://id.example.com/reset"));
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn an_account_without_a_second_factor_is_told_what_is_missing() {
    let app = TestApp::builder()
        .set("sign_in.links.set_up_factors", "https://id.example.com/settings")
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.begins("unenrolled").await;
    page.is_headed("There is no way yet to confirm it’s you");
    page.expect(403);
    assert!(page.body.contains("https://id.example.com/settings"), "{}", page.text());
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn a_way_that_is_not_set_up_leaves_the_others() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("otp").await).await;
    assert!(ways.ways().contains(&"sms".to_owned()));
    let page = browser.chooses(&ways, "sms").await;
    page.expect(403).says("This way isn’t set up for your account");
    assert!(
        !page.ways().contains(&"sms".to_owned()),
        "what is missing is not offered again"
    );
    let code = browser.follows(&browser.chooses(&page, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_108_known_and_unknown_names_get_the_same_choice() {
    let app = TestApp::spawn().await;
    let mut choices = Vec::new();
    for login in ["passwordless", "nobody-here", "locked"] {
        let browser = app.browser();
        let ways = browser.begins_without_password(login).await;
        choices.push(masked(&ways, login));
    }
    assert_eq!(choices[0], choices[1]);
    assert_eq!(choices[0], choices[2]);
    assert_eq!(app.asked(Endpoint::PrimaryAuthenticate) + app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_108_a_code_alone_tells_nobody_which_names_exist() {
    let app = TestApp::spawn().await;
    let mut ends = Vec::new();
    for login in ["otp", "password", "phone", "locked", "nobody-here"] {
        let browser = app.browser();
        let ways = browser.begins_without_password(login).await;
        let mut page = browser.follows(&browser.chooses(&ways, "otp").await).await;
        let mut pages = Vec::new();
        for _ in 0..2 {
            page = browser.enters_code(&page, "000000").await;
            page.expect(403).says("That code didn’t work");
            pages.push(masked(&page, login));
        }
        ends.push(pages);
    }
    for end in &ends {
        assert_eq!(*end, ends[0]);
    }
    assert_eq!(app.asked(Endpoint::Token), 10, "each is asked like any other");
}
