//! `/sign-in/code`: typing a code, and having a new one sent.

use okta_sim::{EmailCode, Endpoint};

use crate::support::{Browser, Page, TestApp, other_than, secs};

async fn at_the_app_code(app: &TestApp) -> (Browser, Page, String) {
    let browser = app.browser();
    let page = browser.reaches("otp", "otp").await;
    (browser, page, app.phone("otp").otp().unwrap())
}

#[tokio::test]
async fn sec_127_blanks_dashes_and_wide_digits_do_not_matter() {
    for dress in [
        |code: &str| format!(" {} {} ", &code[..3], &code[3..]),
        |code: &str| format!("{}-{}", &code[..3], &code[3..]),
    ] {
        let app = TestApp::spawn().await;
        let (browser, page, code) = at_the_app_code(&app).await;
        browser.enters_code(&page, &dress(&code)).await.leads_to(app.base());
    }
    let app = TestApp::spawn().await;
    let (browser, page, code) = at_the_app_code(&app).await;
    let wide: String = code
        .chars()
        .map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap())
        .collect();
    browser.enters_code(&page, &wide).await.leads_to(app.base());
}

#[tokio::test]
async fn a_wrong_code_keeps_the_page_and_is_not_shown_again() {
    let app = TestApp::spawn().await;
    let (browser, page, code) = at_the_app_code(&app).await;
    let wrong = other_than(&code);
    let again = browser.enters_code(&page, &wrong).await;
    again
        .expect(403)
        .is_headed("Enter the code")
        .says("That code didn’t work");
    assert_eq!(again.value("code"), "");
    browser.enters_code(&again, &code).await.leads_to(app.base());
}

#[tokio::test]
async fn an_empty_code_reaches_nobody() {
    let app = TestApp::spawn().await;
    let (browser, page, _) = at_the_app_code(&app).await;
    let before = app.asked(Endpoint::Token);
    for empty in ["", "   ", " - "] {
        browser
            .enters_code(&page, empty)
            .await
            .expect(422)
            .says("Enter your code");
    }
    assert_eq!(app.asked(Endpoint::Token), before);
}

#[tokio::test]
async fn a_button_of_an_old_page_does_not_say_that_it_sent_a_code() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let old = browser.reaches("all", "sms").await;
    let ways = browser.gets(&old.link("Use another way").unwrap()).await;
    let answer = browser.chooses(&ways, "otp").await;
    browser.follows(&answer).await.expect(200);
    let answer = browser.presses(&old, "/sign-in/code/resend", &[]).await;
    let page = browser.follows(answer.leads_to("/sign-in/code")).await;
    assert!(!page.body.contains("A new code is on its way"));
    assert_eq!(app.phone("all").texts().len(), 1);
}

#[tokio::test]
async fn sec_128_five_wrong_codes_lead_back_to_the_first_factor_whatever_was_resent() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let mut page = browser.reaches("phone", "sms").await;
    for turn in 0..4 {
        if turn == 2 {
            app.advance(secs(31));
            let sent = browser.presses(&page, "/sign-in/code/resend", &[]).await;
            page = browser.follows(sent.leads_to("/sign-in/code")).await;
        }
        let wrong = other_than(&app.phone("phone").texts()[0].code);
        page = browser.enters_code(&page, &wrong).await;
        page.expect(403).is_headed("Enter the code");
    }
    page.says("One try is left");
    let wrong = other_than(&app.phone("phone").texts()[0].code);
    let answer = browser.enters_code(&page, &wrong).await;
    let form = browser.follows(answer.leads_to("/sign-in")).await;
    form.expect(200).is_headed("Sign in").says("Let’s start again");
    assert_eq!(form.value("username"), "phone@example.com");
    // The code that was right all the time counts no longer.
    let right = app.phone("phone").texts()[0].code.clone();
    let answer = browser.enters_code(&page, &right).await;
    assert!(!browser.is_signed_in(), "{} {}", answer.status, answer.location());
}

#[tokio::test]
async fn after_starting_again_a_single_slip_is_forgiven() {
    let app = TestApp::spawn().await;
    // Okta has a limit of wrong codes as well.
    app.okta().set_limits(|limits| limits.otp_per_window = 0);
    let (browser, mut page, _) = at_the_app_code(&app).await;
    let mut answer = page.clone();
    for _ in 0..5 {
        let wrong = other_than(&app.phone("otp").otp().unwrap());
        answer = browser.enters_code(&page, &wrong).await;
        if answer.status == 403 {
            page = answer.clone();
        }
    }
    let form = browser.follows(&answer).await;
    let ways = browser
        .follows(&browser.submits_password(&form, "otp", crate::support::PASSWORD).await)
        .await;
    // After five wrong codes in a row the account waits, in any attempt (SEC-110).
    app.advance(secs(31));
    let page = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let wrong = other_than(&app.phone("otp").otp().unwrap());
    let page = browser.enters_code(&page, &wrong).await;
    page.expect(403).is_headed("Enter the code");
    app.advance(secs(61));
    browser
        .enters_code(&page, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn a_new_code_can_be_had_after_the_cool_down_and_three_times_at_most() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let mut page = browser.reaches("phone", "sms").await;
    let held = browser.presses(&page, "/sign-in/code/resend", &[]).await;
    held.expect(429).is_headed("Enter the code");
    let wait: u64 = held.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(app.phone("phone").texts().len(), 1);
    for sent in 2..=3 {
        app.advance(secs(31));
        // The page from before the limit still works.
        let answer = browser
            .presses(&browser.gets(&page.url).await, "/sign-in/code/resend", &[])
            .await;
        page = browser.follows(answer.leads_to("/sign-in/code")).await;
        page.says("A new code is on its way");
        assert_eq!(app.phone("phone").texts().len(), sent);
    }
    app.advance(secs(31));
    assert!(
        !browser
            .gets(&page.url)
            .await
            .buttons()
            .contains(&"Send a new code".to_owned())
    );
    let fields = page.form("/sign-in/code");
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    browser.posts("/sign-in/code/resend", &fields).await.expect(429);
    assert_eq!(app.phone("phone").texts().len(), 3);
    let newest = app.phone("phone").texts()[0].code.clone();
    browser
        .enters_code(&browser.gets(&page.url).await, &newest)
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn an_expired_code_is_reported_and_can_be_replaced() {
    let app = TestApp::builder()
        .okta(|okta| okta.switches.oob_expires_in_s = 60)
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.reaches("phone", "sms").await;
    let old = app.phone("phone").texts()[0].code.clone();
    app.advance(secs(61));
    let expired = browser.enters_code(&page, &old).await;
    expired
        .expect(403)
        .is_headed("Enter the code")
        .says("That code has expired");
    let sent = browser.presses(&expired, "/sign-in/code/resend", &[]).await;
    let page = browser.follows(sent.leads_to("/sign-in/code")).await;
    let new = app.phone("phone").texts()[0].code.clone();
    browser.enters_code(&page, &new).await.leads_to(app.base());
}

#[tokio::test]
async fn an_emailed_code_keeps_its_case() {
    let app = TestApp::builder()
        .okta(|okta| okta.switches.email_code = EmailCode::Letters)
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.reaches("email", "email").await;
    let code = app.phone("email").emails()[0].code.clone();
    assert!(code.chars().any(char::is_alphabetic), "{code}");
    browser
        .enters_code(&page, &format!(" {code} "))
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn sec_129_a_code_counts_only_for_its_own_sign_in() {
    let app = TestApp::spawn().await;
    let (mine, theirs) = (app.browser(), app.browser());
    let first = mine.reaches("phone", "sms").await;
    let code = app.phone("phone").texts()[0].code.clone();
    app.advance(secs(31));
    let second = theirs.reaches("phone", "sms").await;
    theirs.enters_code(&second, &code).await.expect(403);
    assert!(!theirs.is_signed_in());
    drop(first);
}

#[tokio::test]
async fn another_way_can_be_taken_from_the_code_page() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("all", "sms").await;
    let ways = browser.gets(&page.link("Use another way").unwrap()).await;
    let code = browser.follows(&browser.chooses(ways.expect(200), "otp").await).await;
    browser
        .enters_code(&code, &app.phone("all").otp().unwrap())
        .await
        .leads_to(app.base());
}

#[tokio::test]
async fn the_same_way_chosen_again_within_its_cool_down_shows_the_code_page_and_sends_nothing() {
    for (login, way) in [("phone", "sms"), ("phone", "voice"), ("email", "email")] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let page = browser.reaches(login, way).await;
        let asked = app.asked(Endpoint::Challenge);
        let ways = browser.gets(&page.link("Use another way").unwrap()).await;
        let answer = browser.chooses(ways.expect(200), way).await;
        let page = browser.follows(answer.leads_to("/sign-in/code")).await;
        page.expect(200).is_headed("Enter the code");
        assert_eq!(app.asked(Endpoint::Challenge), asked, "{way}");
        let phone = app.phone(login);
        let sent = [phone.texts(), phone.calls(), phone.emails()].concat();
        assert_eq!(sent.len(), 1, "{way}");
        browser.enters_code(&page, &sent[0].code).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn a_way_that_is_refused_leaves_the_code_that_has_arrived() {
    // Refused by a limit of ours, by one of Okta's, and because it is not set up.
    for (login, way, other, status) in [
        ("phone", "sms", "voice", 429),
        ("email", "email", "push", 403),
        ("email", "email", "passkey", 403),
    ] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let page = browser.reaches(login, way).await;
        let ways = browser.gets(&page.link("Use another way").unwrap()).await;
        let refused = browser.chooses(ways.expect(200), other).await;
        refused.expect(status).is_headed("How do you want to confirm it’s you?");
        let answer = browser.chooses(&refused, way).await;
        let page = browser.follows(answer.leads_to("/sign-in/code")).await;
        let phone = app.phone(login);
        let sent = [phone.texts(), phone.emails()].concat();
        assert_eq!(sent.len(), 1, "{other}");
        browser.enters_code(&page, &sent[0].code).await.leads_to(app.base());
    }
}
