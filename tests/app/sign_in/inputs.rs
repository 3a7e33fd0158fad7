//! What customers type, on its way to Okta and back to the page.

use okta_sim::{AccountPatch, Endpoint};

use crate::support::{PASSWORD, TestApp};

#[tokio::test]
async fn sec_124_a_password_reaches_okta_byte_for_byte() {
    for password in [
        " blank ",
        "tab\t",
        "e\u{301}",
        "\u{e9}",
        "\u{1f511}",
        "+%&=;",
        &"x".repeat(73),
        &"y".repeat(1024),
    ] {
        let app = TestApp::spawn().await;
        app.okta().set_account(
            "byte",
            AccountPatch {
                password: Some(password.to_owned()),
                ..AccountPatch::default()
            },
        );
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        browser
            .submits_password(&form, "byte", password)
            .await
            .leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_125_empty_and_overlong_fields_are_shown_at_the_field_and_reach_nobody() {
    let app = TestApp::spawn().await;
    let long = "p".repeat(1025);
    let cases = [
        ("", "", "Enter your name and your password"),
        ("   ", "secret-word", "Enter your name"),
        ("robin@example.com", "", "Enter your password"),
        ("robin@example.com", &long, "That password is too long"),
    ];
    for (name, password, words) in cases {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let page = browser
            .presses(&form, "/sign-in", &[("username", name), ("password", password)])
            .await;
        page.expect(422).says(words);
        assert_eq!(page.value("username"), name.trim());
        assert!(password.is_empty() || !page.body.contains(password));
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_126_a_name_is_never_markup() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let name = "\"><script>alert(1)</script>&amp;<b a='";
    let form = browser.opens_sign_in(None).await;
    let page = browser
        .presses(&form, "/sign-in", &[("username", name), ("password", "wrong")])
        .await;
    assert_eq!(page.expect(403).value("username"), name);
    assert!(!page.body.contains("<script>alert"));
    let page = browser
        .gets("/sign-in?login_hint=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
        .await;
    assert!(!page.expect(200).body.contains("<script>alert"));
}

#[tokio::test]
async fn sec_121_a_name_loses_its_outer_blanks_only() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    browser
        .presses(
            &form,
            "/sign-in",
            &[("username", "  PassWord@Example.com "), ("password", PASSWORD)],
        )
        .await;
    let requests = app.okta().requests();
    let sent = requests
        .iter()
        .find(|request| request.endpoint == Endpoint::Token)
        .unwrap();
    assert_eq!(sent.form["username"], "PassWord@Example.com");
}
