//! Every factor, for every account of the simulator.

use crate::support::{Page, TestApp, assertion};

/// The session exists and belongs to this account.
async fn assert_signed_in_as(browser: &crate::support::Browser, answer: &Page, login: &str) {
    assert!(
        browser.is_signed_in(),
        "no session: {} {}\n{}",
        answer.status,
        answer.location(),
        answer.text()
    );
    answer.leads_to(&format!(
        "http://localhost:{}/",
        url::Url::parse(&answer.url).unwrap().port().unwrap()
    ));
    let session = browser.session().await;
    assert_eq!(session["active"], true);
    assert_eq!(session["email"], format!("{login}@example.com"));
}

#[tokio::test]
async fn a_password_is_enough_where_the_policy_says_so() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let answer = browser.begins("password").await;
    assert_signed_in_as(&browser, &answer, "password").await;
    assert_eq!(app.grants("password"), 1);
}

#[tokio::test]
async fn a_code_from_the_app_confirms_a_password() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    code.expect(200)
        .is_headed("Enter the code")
        .says("from your authenticator app");
    let answer = browser.enters_code(&code, &app.phone("otp").otp().unwrap()).await;
    assert_signed_in_as(&browser, &answer, "otp").await;
}

#[tokio::test]
async fn a_code_that_okta_sends_confirms_a_password() {
    for (login, way, words) in [
        ("phone", "sms", "we texted to your phone"),
        ("phone", "voice", "we are reading out to your phone"),
        ("email", "email", "we emailed to you"),
    ] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let page = browser.reaches(login, way).await;
        page.expect(200).is_headed("Enter the code").says(words);
        let phone = app.phone(login);
        let inbox = match way {
            "sms" => phone.texts(),
            "voice" => phone.calls(),
            _ => phone.emails(),
        };
        let answer = browser.enters_code(&page, &inbox[0].code).await;
        assert_signed_in_as(&browser, &answer, login).await;
    }
}

#[tokio::test]
async fn an_approved_push_confirms_a_password() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    page.expect(200).is_headed("Check your phone");
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(crate::support::secs(5));
    let answer = browser.says_approved(&page).await;
    assert_signed_in_as(&browser, &answer, "push").await;
}

#[tokio::test]
async fn sec_135_the_number_to_tap_is_shown_as_text_and_only_there() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("number", "push").await;
    let heading = page.expect(200).heading();
    let number = heading
        .strip_prefix("Tap ")
        .unwrap()
        .strip_suffix(" on your phone")
        .unwrap()
        .to_owned();
    let prompt = app.prompt("number");
    assert!(prompt.numbers.contains(&number));
    assert!(!page.title().contains(&number) && !page.url.contains(&format!("={number}")));
    app.phone("number").tap(&prompt.id, &number).unwrap();
    app.advance(crate::support::secs(5));
    let answer = browser.says_approved(&page).await;
    assert_signed_in_as(&browser, &answer, "number").await;
}

#[tokio::test]
async fn a_wrong_number_signs_nobody_in() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("number", "push").await;
    let (heading, prompt) = (page.heading(), app.prompt("number"));
    let wrong = prompt
        .numbers
        .iter()
        .find(|number| !heading.contains(number.as_str()))
        .unwrap();
    app.phone("number").tap(&prompt.id, wrong).unwrap();
    app.advance(crate::support::secs(5));
    let answer = browser.says_approved(&page).await;
    answer.expect(403).says("You declined the request on your phone");
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn sec_140_a_passkey_confirms_a_password_and_replaces_it() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("all", "passkey").await;
    page.expect(200).is_headed("Use your passkey");
    let fields = assertion(&app, "all", &page).await;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.presses(&page, "/sign-in/passkey", &fields).await;
    assert_signed_in_as(&browser, &answer, "all").await;

    let browser = app.browser();
    let ways = browser.begins_without_password("passkey").await;
    let page = browser.follows(&browser.chooses(&ways, "passkey").await).await;
    let fields = assertion(&app, "passkey", &page).await;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = browser.presses(&page, "/sign-in/passkey", &fields).await;
    assert_signed_in_as(&browser, &answer, "passkey").await;

    // The assertion of one ceremony is worth nothing in another.
    let browser = app.browser();
    let ways = browser.begins_without_password("passkey").await;
    let page = browser.follows(&browser.chooses(&ways, "passkey").await).await;
    let answer = browser.presses(&page, "/sign-in/passkey", &fields).await;
    assert!(!browser.is_signed_in());
    browser
        .follows(&answer)
        .await
        .expect(200)
        .says("That passkey didn’t work");
}

#[tokio::test]
async fn sec_139_page_views_alone_ask_okta_nothing() {
    let app = TestApp::spawn().await;
    let form = app.browser().opens_sign_in(None).await;
    let browser = app.browser();
    let ways = browser.reaches("all", "passkey").await;
    let address = ways.expect(200).is_headed("Use your passkey").url.clone();
    let choices = address.replace("/sign-in/passkey", "/sign-in/factor");
    let known = app.okta().requests().len();
    for _ in 0..20 {
        for (address, heading) in [
            (&form.url, "Sign in"),
            (&choices, "How do you want to confirm it’s you?"),
            (&address, "Use your passkey"),
        ] {
            let page = browser.gets(address).await;
            page.expect(200).is_headed(heading);
        }
    }
    assert_ne!(known, 0, "nothing is counted");
    let asked = app.okta().requests().split_off(known);
    assert!(asked.is_empty(), "{asked:?}");
    assert!(!browser.is_signed_in());
}

/// Accounts and factors that need no password.
const PASSWORDLESS: [(&str, &str); 5] = [
    ("passwordless", "otp"),
    ("passwordless", "push"),
    ("passwordless", "email"),
    ("phone", "sms"),
    ("phone", "voice"),
];

#[tokio::test]
async fn people_without_a_password_use_the_app_a_push_or_a_code_that_is_sent() {
    // The demo's policy, and one that asks for any one factor.
    for client in ["portico-demo", "portico-optional"] {
        for (login, way) in PASSWORDLESS {
            let app = TestApp::builder().client(client).spawn().await;
            let browser = app.browser();
            let ways = browser.begins_without_password(login).await;
            assert_eq!(
                app.asked(okta_sim::Endpoint::PrimaryAuthenticate),
                0,
                "a page view sends nothing (SEC-133)"
            );
            let page = browser.follows(&browser.chooses(&ways, way).await).await;
            let phone = app.phone(login);
            let code = match way {
                "otp" => phone.otp().unwrap(),
                "email" => phone.emails()[0].code.clone(),
                "sms" => phone.texts()[0].code.clone(),
                "voice" => phone.calls()[0].code.clone(),
                _ => String::new(),
            };
            let answer = if way == "push" {
                phone.approve(&app.prompt(login).id).unwrap();
                app.advance(crate::support::secs(5));
                browser.says_approved(&page).await
            } else {
                browser.enters_code(&page, &code).await
            };
            assert_signed_in_as(&browser, &answer, login).await;
            assert_eq!(app.grants("password"), 0);
        }
    }
}

#[tokio::test]
async fn from_the_ways_without_a_password_one_leads_back_to_the_password_with_the_name_kept() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("password").await;
    let form = browser.follows(&browser.chooses(&ways, "password").await).await;
    assert_eq!(form.expect(200).value("username"), "password@example.com");
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    assert_signed_in_as(&browser, &answer, "password").await;
}

#[tokio::test]
async fn without_a_password_first_the_first_page_asks_for_the_name_alone() {
    for (login, way) in [("otp", "otp"), ("phone", "sms"), ("phone", "voice")] {
        let app = TestApp::builder()
            .client("portico-optional")
            .set("sign_in.first", "push, otp, sms, voice")
            .spawn()
            .await;
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        assert!(!form.expect(200).body.contains("type=\"password\""));
        let name = format!("{login}@example.com");
        let answer = browser.presses(&form, "/sign-in", &[("username", &name)]).await;
        let ways = browser.follows(answer.leads_to("/sign-in/factor")).await;
        assert_eq!(ways.ways(), ["push", "otp", "sms", "voice"]);
        let page = browser.follows(&browser.chooses(&ways, way).await).await;
        let phone = app.phone(login);
        let code = match way {
            "sms" => phone.texts()[0].code.clone(),
            "voice" => phone.calls()[0].code.clone(),
            _ => phone.otp().unwrap(),
        };
        let answer = browser.enters_code(&page, &code).await;
        assert_signed_in_as(&browser, &answer, login).await;
    }
}
