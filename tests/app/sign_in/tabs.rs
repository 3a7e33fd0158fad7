//! Several tabs, several presses, and the back button.

use okta_sim::Endpoint;

use crate::support::{ATTEMPT, Browser, PASSWORD, Page, SESSION, TestApp, assertion, eventually, secs};

#[tokio::test]
async fn sec_142_two_tabs_go_to_their_own_targets() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let one = browser.opens_sign_in(Some("/account?tab=one")).await;
    let two = browser.opens_sign_in(Some("/account?tab=two")).await;
    assert_ne!(one.value("attempt"), two.value("attempt"));
    assert_ne!(one.value("csrf"), two.value("csrf"), "each page has its own");
    assert!(two.cookies(ATTEMPT).is_empty(), "both belong to one visit");
    let answer = browser.submits_password(&one, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account?tab=one", app.base()));
    // The other tab has nothing left to prove: its form, and its page reloaded, go on to its own target.
    let attempt = two.value("attempt");
    let reloaded = browser.gets(&format!("/sign-in?attempt={attempt}")).await;
    reloaded.leads_to(&format!("{}/account?tab=two", app.base()));
    assert_eq!(app.grants("password"), 1);
}

#[tokio::test]
async fn sec_142_tabs_that_are_only_opened_do_not_end_a_sign_in_beside_them() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("phone", "sms").await;
    for number in 0..8 {
        let portal = format!("/account?page={number}");
        browser.opens_sign_in(Some(&portal)).await.expect(200);
    }
    let code = app.phone("phone").texts()[0].code.clone();
    browser.enters_code(&page, &code).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_142_a_second_tab_that_posts_after_the_first_one_finished_goes_on_too() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let one = browser.opens_sign_in(Some("/account?tab=one")).await;
    let two = browser.opens_sign_in(Some("/account?tab=two")).await;
    browser
        .submits_password(&one, "password", PASSWORD)
        .await
        .leads_to(app.base());
    let mut page = browser.submits_password(&two, "password", PASSWORD).await;
    while page.location().starts_with("/sign-in") {
        page = browser.follows(&page).await;
    }
    page.leads_to(&format!("{}/account?tab=two", app.base()));
}

/// As many tabs as push out the oldest one.
async fn opens_five_more(browser: &Browser) {
    for tab in 1..=5 {
        browser
            .opens_sign_in(Some(&format!("/account?tab={tab}")))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn sec_142_the_right_password_is_enough_in_the_oldest_of_six_tabs() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let first = browser.opens_sign_in(Some("/account?tab=0")).await;
    opens_five_more(&browser).await;
    browser
        .submits_password(&first, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account?tab=0", app.base()));
}

#[tokio::test]
async fn a_form_that_is_opened_again_and_again_leaves_nothing_behind_and_stays_good() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account?page=first")).await;
    for _ in 0..10 {
        let again = browser.opens_sign_in(Some("/account")).await;
        assert!(
            again.expect(200).cookies("portico-attempt").is_empty(),
            "the browser has its cookie already"
        );
    }
    assert!(app.metrics().await.contains("transactions_active 0"));
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account?page=first", app.base()));
}

#[tokio::test]
async fn sec_141_back_and_reload_never_send_twice_and_never_end_in_an_error() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let form_address = format!("/sign-in?attempt={}", form.value("attempt"));
    let answer = browser.submits_password(&form, "all", PASSWORD).await;
    let ways = browser.follows(&answer).await;
    browser.gets(&form_address).await.leads_to("/sign-in/factor");
    browser.gets(&ways.url).await.expect(200).is_headed(&ways.heading());
    let code = browser.follows(&browser.chooses(&ways, "sms").await).await;
    for address in [&form_address, &code.url] {
        let page = browser.gets(address).await;
        let page = if page.status == 303 {
            browser.follows(&page).await
        } else {
            page
        };
        page.expect(200).is_headed("Enter the code");
    }
    // The choice on the old page is pressed again: the customer sees the step that the sign-in is at.
    let old = browser.chooses(&ways, "sms").await;
    browser.follows(old.leads_to("/sign-in/code")).await.expect(200);
    assert_eq!(app.phone("all").texts().len(), 1);
    let text = app.phone("all").texts()[0].code.clone();
    browser
        .enters_code(&code, &text)
        .await
        .leads_to(&format!("{}/account", app.base()));
    let calls = app.asked(Endpoint::Token);
    // Afterwards every page of the sign-in leads on, whether reloaded or sent again.
    for address in [
        &form_address,
        &ways.url,
        &code.url,
        &"/sign-in?return_to=/account".to_owned(),
    ] {
        browser.gets(address).await.leads_to(&format!("{}/account", app.base()));
    }
    browser
        .enters_code(&code, &text)
        .await
        .leads_to(&format!("{}/account", app.base()));
    let again = browser.submits_password(&form, "all", PASSWORD).await;
    browser
        .follows(&again)
        .await
        .leads_to(&format!("{}/account", app.base()));
    assert_eq!(app.asked(Endpoint::Token), calls);
}

#[tokio::test]
async fn going_back_to_the_form_and_typing_another_name_starts_over_on_purpose() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    browser
        .submits_password(&form, "otp", PASSWORD)
        .await
        .leads_to("/sign-in/factor");
    app.advance(secs(3));
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account", app.base()));
    assert_eq!(browser.session().await["email"], "password@example.com");
}

#[tokio::test]
async fn not_you_forgets_the_name_and_keeps_the_destination() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let ways = browser
        .follows(&browser.submits_password(&form, "otp", PASSWORD).await)
        .await;
    let fresh = browser
        .follows(&browser.presses(&ways, "/sign-in/restart", &[]).await)
        .await;
    assert_eq!(fresh.expect(200).value("username"), "");
    let answer = browser.submits_password(&fresh, "password", PASSWORD).await;
    answer.leads_to(&format!("{}/account", app.base()));
}

/// Does what the page of this factor is for, as a customer does who comes back after a long while.
async fn goes_on(app: &TestApp, browser: &Browser, way: &str, page: &Page) -> Page {
    let phone = app.phone("all");
    let code = match way {
        "choice" => return browser.chooses(page, "otp").await,
        "push" => return browser.says_approved(page).await,
        "passkey" => {
            let fields = assertion(app, "all", page).await;
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            return browser.presses(page, "/sign-in/passkey", &fields).await;
        }
        "sms" => phone.texts()[0].code.clone(),
        "voice" => phone.calls()[0].code.clone(),
        "email" => phone.emails()[0].code.clone(),
        _ => phone.otp().unwrap(),
    };
    browser.enters_code(page, &code).await
}

#[tokio::test]
async fn sec_131_an_attempt_whose_time_is_over_starts_afresh_at_every_step() {
    for way in ["choice", "otp", "sms", "voice", "email", "push", "passkey"] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        let ways = browser
            .follows(&browser.submits_password(&form, "all", PASSWORD).await)
            .await;
        let page = if way == "choice" {
            ways
        } else {
            browser.follows(&browser.chooses(&ways, way).await).await
        };
        app.advance(secs(601));
        let asked = app.okta().requests().len();
        let answer = goes_on(&app, &browser, way, &page).await;
        let fresh = browser.follows(answer.leads_to("/sign-in")).await;
        fresh.expect(200).is_headed("Sign in").says("Let’s start again");
        assert_eq!(fresh.value("username"), "all@example.com", "{way}");
        assert!(!browser.is_signed_in(), "{way}");
        browser.gets(&page.url).await.leads_to("/sign-in");
        assert_eq!(app.okta().requests().len(), asked, "{way}: Okta was asked");
        browser
            .submits_password(&fresh, "password", PASSWORD)
            .await
            .leads_to(&format!("{}/account", app.base()));
    }
}

#[tokio::test]
async fn sec_131_a_page_that_outlives_its_attempt_keeps_where_it_was_going() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let ways = browser
        .follows(&browser.submits_password(&form, "otp", PASSWORD).await)
        .await;
    let page = browser.follows(&browser.chooses(&ways, "otp").await).await;
    app.advance(secs(2 * 3600));
    eventually("an attempt that is forgotten", async || {
        app.metrics().await.contains("transactions_active 0")
    })
    .await;
    // A reload has only the address, which does not say.
    let reloaded = browser.follows(&browser.gets(&page.url).await).await;
    reloaded.says("Let’s start again");
    assert!(!reloaded.text().contains("You will still go to"));
    let code = app.phone("otp").otp().unwrap();
    let fresh = browser.enters_code(&page, &code).await;
    fresh
        .is_headed("Sign in")
        .says("Let’s start again")
        .says("You will still go to localhost");
    browser
        .submits_password(&fresh, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn sec_147_the_destination_that_a_page_kept_is_checked_like_any_other() {
    const HOME: &str = "https://portal.example.com/start";
    let app = TestApp::builder().set("portal.home_url", HOME).spawn().await;
    let browser = app.browser();
    let page = browser.opens_sign_in(Some("/account")).await;
    // Only an attempt that is no longer known lets its page say where the customer was going.
    let fields = [
        ("csrf", page.value("csrf")),
        ("attempt", format!("{}.1", "a".repeat(16))),
        ("return_to", "https://evil.example/".to_owned()),
        ("username", "password@example.com".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = browser.posts("/sign-in", &fields).await;
    assert_eq!(answer.expect(303).location(), HOME);
    assert!(app.metrics().await.contains("redirect_refused_total 1"));
}

#[tokio::test]
async fn sec_146_a_sign_in_over_a_live_session_ends_the_old_one() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    // The session comes to this browser in another way, as if two windows did not share their attempts.
    let elsewhere = app.browser();
    elsewhere.begins("password").await.leads_to(app.base());
    let old = elsewhere.cookie(SESSION).unwrap();
    browser.plants_cookie(SESSION, &old);
    let ways = browser
        .follows(&browser.submits_password(form.expect(200), "otp", PASSWORD).await)
        .await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    assert_ne!(browser.cookie(SESSION).unwrap(), old);
    assert_eq!(browser.session().await["email"], "otp@example.com");
    let replay = app.browser();
    replay.plants_cookie(SESSION, &old);
    assert_eq!(replay.session().await["active"], false);
    app.revoked(1).await;
}
