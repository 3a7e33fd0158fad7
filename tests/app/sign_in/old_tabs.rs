//! Forms that were left open, or opened at the same moment, while a sign-in finished in another tab.

use okta_sim::Endpoint;

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp};

/// Signed in with the password alone, beside a tab that was opened before.
async fn signed_in_beside(app: &TestApp) -> (Browser, Page) {
    let browser = app.browser();
    let old = browser.opens_sign_in(Some("/account?tab=old")).await;
    let form = browser.opens_sign_in(Some("/account")).await;
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
    (browser, old)
}

#[tokio::test]
async fn sec_146_somebody_else_in_an_old_tab_signs_in_as_themselves() {
    let app = TestApp::builder().client("portico-optional").spawn().await;
    let (browser, old) = signed_in_beside(&app).await;
    let before = browser.cookie(SESSION).unwrap();
    browser
        .submits_password(&old, "otp", PASSWORD)
        .await
        .leads_to(&format!("{}/account?tab=old", app.base()));
    assert_eq!(browser.session().await["email"], "otp@example.com");
    let replay = app.browser();
    replay.plants_cookie(SESSION, &before);
    assert_eq!(replay.session().await["active"], false);
}

#[tokio::test]
async fn sec_142_an_old_tab_into_which_nothing_is_typed_goes_on_to_its_page() {
    let app = TestApp::spawn().await;
    let (browser, old) = signed_in_beside(&app).await;
    let nothing = [("username", ""), ("password", "")];
    let pressed = browser.presses(&old, "/sign-in", &nothing).await;
    pressed.leads_to(&format!("{}/account?tab=old", app.base()));
    // A half-filled form asks for the rest, and before a sign-in there is no page to go on to.
    let half = [("username", "otp@example.com"), ("password", "")];
    browser.presses(&old, "/sign-in", &half).await.expect(422);
    let fresh = app.browser();
    let form = fresh.opens_sign_in(None).await;
    fresh.presses(&form, "/sign-in", &nothing).await.expect(422);
}

#[tokio::test]
async fn sec_146_a_wrong_password_in_an_old_tab_is_told_and_changes_nothing() {
    let app = TestApp::spawn().await;
    let (browser, old) = signed_in_beside(&app).await;
    for (login, password) in [("otp", "wrong"), ("password", "wrong")] {
        let before = app.grants("password");
        let page = browser.submits_password(&old, login, password).await;
        page.expect(403).says("That name and password don’t match");
        assert_eq!(app.grants("password"), before + 1, "{login}");
        app.advance(crate::support::secs(3));
    }
    assert_eq!(browser.session().await["email"], "password@example.com");
}

#[tokio::test]
async fn sec_146_a_code_in_an_old_tab_goes_on_as_nobody_but_who_it_belongs_to() {
    for (login, is_theirs) in [("otp", false), ("all", true)] {
        let app = TestApp::builder().client("portico-optional").spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        let ways = browser
            .follows(
                &browser
                    .posts(
                        "/sign-in/factor",
                        &[
                            ("csrf", &form.value("csrf")),
                            ("attempt", &form.value("attempt")),
                            ("username", &format!("{login}@example.com")),
                        ],
                    )
                    .await,
            )
            .await;
        let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
        code.is_headed("Enter the code");
        let beside = browser.opens_sign_in(Some("/account?tab=beside")).await;
        browser
            .submits_password(&beside, "all", PASSWORD)
            .await
            .leads_to(&format!("{}/account?tab=beside", app.base()));
        let asked = app.asked(Endpoint::Token);
        let otp = app.phone(login).otp().unwrap();
        let answer = browser.enters_code(&code, &otp).await;
        let page = browser.follows(answer.leads_to("/sign-in?")).await;
        if is_theirs {
            page.leads_to(&format!("{}/account", app.base()));
        } else {
            page.expect(200).is_headed("Sign in").says("Let’s start again");
        }
        assert_eq!(app.asked(Endpoint::Token), asked);
        assert_eq!(browser.session().await["email"], "all@example.com");
    }
}

/// A browser without cookies requests the form twice at the same moment, as phones do.
async fn opens_two_at_once(app: &TestApp) -> (Browser, [Page; 2]) {
    let browser = app.browser();
    let (one, two) = tokio::join!(
        browser.opens_sign_in(Some("/account?page=0")),
        browser.opens_sign_in(Some("/account?page=1")),
    );
    for page in [&one, &two] {
        assert!(page.expect(200).cookie("portico-attempt").is_some());
    }
    (browser, [one, two])
}

#[tokio::test]
async fn sec_142_of_two_first_pages_asked_for_at_once_each_takes_the_right_password_once() {
    for number in [0, 1] {
        let app = TestApp::spawn().await;
        let (browser, pages) = opens_two_at_once(&app).await;
        let wrong = browser.submits_password(&pages[number], "password", "wrong").await;
        wrong.expect(403).says("That name and password don’t match");
        browser
            .submits_password(&wrong, "password", PASSWORD)
            .await
            .leads_to(&format!("{}/account?page={number}", app.base()));
        // The other page, reloaded, goes on to its own target; so does its form.
        let other = &pages[1 - number];
        let target = format!("{}/account?page={}", app.base(), 1 - number);
        browser.gets(&other.url).await.leads_to(&target);
        let attempt = other.value("attempt");
        let reloaded = browser.gets(&format!("/sign-in?attempt={attempt}")).await;
        reloaded.leads_to(&target);
        browser
            .submits_password(other, "password", PASSWORD)
            .await
            .leads_to(&target);
    }
}

#[tokio::test]
async fn sec_142_a_tab_that_is_at_its_code_goes_on_whatever_is_done_in_the_others() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let first = browser.opens_sign_in(Some("/account?tab=1")).await;
    let second = browser.opens_sign_in(Some("/account?tab=2")).await;
    let ways = browser
        .follows(&browser.submits_password(&first, "otp", PASSWORD).await)
        .await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let wrong = browser.submits_password(&second, "otp", "wrong").await;
    let chosen = browser.submits_password(wrong.expect(403), "all", PASSWORD).await;
    chosen.leads_to("/sign-in/factor");
    browser.gets(&code.url).await.expect(200).is_headed("Enter the code");
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(&format!("{}/account?tab=1", app.base()));
}

#[tokio::test]
async fn sec_142_a_second_factor_follows_whichever_of_two_first_pages_was_filled() {
    for number in [0, 1] {
        let app = TestApp::spawn().await;
        let (browser, pages) = opens_two_at_once(&app).await;
        let answer = browser.submits_password(&pages[number], "otp", PASSWORD).await;
        let ways = browser.follows(&answer).await;
        let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
        browser
            .enters_code(&code, &app.phone("otp").otp().unwrap())
            .await
            .leads_to(&format!("{}/account?page={number}", app.base()));
    }
}

#[tokio::test]
async fn sec_143_a_page_that_nobody_knows_leads_home_whoever_is_signed_in() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    for step in ["", "/factor", "/code", "/push"] {
        let address = format!("/sign-in{step}?attempt=AwMDAwMDAwMDAwMD.1");
        browser.gets(&address).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_103_a_form_of_another_browser_is_refused_whatever_else_this_one_has_open() {
    let app = TestApp::spawn().await;
    let (victim, _) = opens_two_at_once(&app).await;
    let (_, [theirs, _]) = opens_two_at_once(&app).await;
    let page = victim.submits_password(&theirs, "password", PASSWORD).await;
    page.expect(403).is_headed("Sign in");
    assert!(!victim.is_signed_in());
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_browser_that_was_here_often_keeps_few_cookies() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for number in 0..40 {
        for (name, _) in browser.cookies() {
            if name == "portico-attempt" {
                browser.forgets_cookie(&name);
            }
        }
        let form = browser.opens_sign_in(Some(&format!("/account?{number}"))).await;
        form.expect(200);
    }
    let kept = browser.cookies();
    let kept = kept.keys().filter(|name| name.starts_with("portico-attempt-"));
    assert!(kept.count() <= 17);
}

#[tokio::test]
async fn sec_113_page_views_are_kept_nowhere_and_push_nobody_s_form_out() {
    let app = TestApp::builder()
        .set("store.max_attempts", "100")
        .set("limits.trusted_proxies", "127.0.0.0/8")
        .spawn()
        .await;
    let from = |address: &str| app.browser().with_header("x-forwarded-for", address);
    let here = from("192.0.2.7");
    let form = here.opens_sign_in(Some("/account")).await;
    let waiting = from("192.0.2.8");
    let code = waiting.reaches("phone", "sms").await;
    let kept = async || {
        let metrics = app.metrics().await;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("portico_transactions_active "));
        line.map(str::to_owned).unwrap()
    };
    let before = kept().await;
    for number in 0..60 {
        let stranger = from(&format!("203.0.113.{number}"));
        let page = stranger.opens_sign_in(None).await;
        // Every page of a sign-in that can be opened without one.
        for address in ["/sign-in/code", "/sign-in/factor", "/sign-in/push", "/sign-in/passkey"] {
            let led = stranger.follows(&stranger.gets(address).await).await;
            led.expect(200).says("Let’s start again");
        }
        let attempt = page.value("attempt");
        stranger
            .gets(&format!("/sign-in?attempt={attempt}&ui_locales=de"))
            .await
            .expect(200);
    }
    assert_eq!(kept().await, before);
    let text = app.phone("phone").texts()[0].code.clone();
    waiting.enters_code(&code, &text).await.leads_to(app.base());
    here.submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
}
