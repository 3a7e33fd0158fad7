//! Twenty presses of a button at once count as one.

use okta_sim::Endpoint;

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp, assertion, other_than, secs};

/// Presses a button this many times at once, and gives every answer.
async fn presses_at_once(
    browser: &Browser,
    page: &Page,
    action: &'static str,
    fields: &[(&'static str, String)],
    times: usize,
) -> Vec<Page> {
    let mut presses = tokio::task::JoinSet::new();
    for _ in 0..times {
        let (browser, page, fields) = (browser.clone(), page.clone(), fields.to_vec());
        presses.spawn(async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            browser.presses(&page, action, &fields).await
        });
    }
    presses.join_all().await
}

/// How many different sessions the answers hand out.
fn sessions(answers: &[Page]) -> usize {
    let mut ids: Vec<String> = answers.iter().filter_map(|answer| answer.cookie(SESSION)).collect();
    ids.sort();
    ids.dedup();
    ids.len()
}

#[tokio::test]
async fn sec_144_twenty_equal_passwords_make_one_call_and_one_session() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let fields = [
        ("username", "password@example.com".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let answers = presses_at_once(&browser, &form, "/sign-in", &fields, 20).await;
    for answer in &answers {
        answer.leads_to(&format!("{}/account", app.base()));
    }
    assert_eq!(app.grants("password"), 1);
    assert_eq!(sessions(&answers), 1);
    assert!(app.metrics().await.contains("sessions_active 1"));
}

#[tokio::test]
async fn sec_144_twenty_equal_posts_that_name_no_attempt_make_one_call_too() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let fields = [
        ("attempt", String::new()),
        ("username", "password@example.com".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let answers = presses_at_once(&browser, &form, "/sign-in", &fields, 20).await;
    for answer in &answers {
        answer.leads_to(&format!("{}/account", app.base()));
    }
    assert_eq!(app.grants("password"), 1);
    assert_eq!(sessions(&answers), 1);
}

#[tokio::test]
async fn sec_144_twenty_equal_wrong_passwords_make_one_call() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let fields = [
        ("username", "password@example.com".to_owned()),
        ("password", "wrong".to_owned()),
    ];
    let answers = presses_at_once(&browser, &form, "/sign-in", &fields, 20).await;
    assert_eq!(app.grants("password"), 1);
    assert_eq!(sessions(&answers), 0);
    for answer in &answers {
        let page = if answer.status == 303 {
            browser.follows(answer).await
        } else {
            answer.clone()
        };
        page.says("That name and password don’t match");
    }
}

/// A customer who stops the page, corrects the password and presses again has not pressed twice.
#[tokio::test]
async fn a_password_that_is_corrected_at_once_reaches_okta() {
    let app = TestApp::spawn().await;
    for at_once in [false, true] {
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        let wrong = [("username", "password@example.com"), ("password", "wrong")];
        let right = [("username", "password@example.com"), ("password", PASSWORD)];
        let first = browser.presses(&form, "/sign-in", &wrong);
        let second = browser.presses(&form, "/sign-in", &right);
        let (first, second) = if at_once {
            tokio::join!(first, second)
        } else {
            (first.await, second.await)
        };
        // Of two presses at once either may be the first.
        assert!(first.status != 303 || at_once, "{first:?}");
        second.leads_to(&format!("{}/account", app.base()));
        assert!(second.cookie(SESSION).is_some(), "{second:?}");
    }
    assert_eq!(app.grants("password"), 4);
}

#[tokio::test]
async fn a_code_that_is_corrected_at_once_reaches_okta() {
    let app = TestApp::spawn().await;
    for at_once in [false, true] {
        let browser = app.browser();
        let page = browser.reaches("email", "email").await;
        let code = app.phone("email").emails()[0].code.clone();
        let typo = other_than(&code);
        let first = browser.enters_code(&page, &typo);
        let second = browser.enters_code(&page, &code);
        let (first, second) = if at_once {
            tokio::join!(first, second)
        } else {
            (first.await, second.await)
        };
        assert!(first.status != 303 || at_once, "{first:?}");
        second.leads_to(app.base());
        assert!(second.cookie(SESSION).is_some(), "{second:?}");
        app.advance(secs(60));
    }
    // A little later the former page counts as old.
    let browser = app.browser();
    let page = browser.reaches("email", "email").await;
    let code = app.phone("email").emails()[0].code.clone();
    browser
        .enters_code(&page, &other_than(&code))
        .await
        .says("That code didn’t work");
    app.advance(secs(3));
    let late = browser.enters_code(&page, &code).await;
    assert!(late.cookie(SESSION).is_none(), "{late:?}");
}

#[tokio::test]
async fn sec_129_twenty_equal_codes_make_one_call_and_one_session() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("otp", "otp").await;
    let fields = [("code", app.phone("otp").otp().unwrap())];
    let answers = presses_at_once(&browser, &page, "/sign-in/code", &fields, 20).await;
    for answer in &answers {
        answer.leads_to(app.base());
    }
    assert_eq!(app.grants("mfa-otp"), 1);
    assert_eq!(sessions(&answers), 1);
}

#[tokio::test]
async fn twenty_equal_choices_send_one_text_and_one_push() {
    for (login, way) in [("phone", "sms"), ("push", "push")] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let ways = browser.follows(&browser.begins(login).await).await;
        let answers = presses_at_once(&browser, &ways, "/sign-in/factor", &[("factor", way.to_owned())], 20).await;
        let first = answers[0].location().to_owned();
        assert!(
            answers
                .iter()
                .all(|answer| answer.status == 303 && answer.location() == first)
        );
        assert_eq!(app.asked(Endpoint::Challenge), 1, "{way}");
    }
}

#[tokio::test]
async fn twenty_equal_passkeys_make_one_call() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("all", "passkey").await;
    let fields = assertion(&app, "all", &page).await;
    let answers = presses_at_once(&browser, &page, "/sign-in/passkey", &fields, 20).await;
    assert_eq!(app.grants("webauthn"), 1);
    assert_eq!(sessions(&answers), 1);
}
