//! A customer's own sessions on `/account`: the list, ending one or all others, and how many there may be.

use okta_sim::Endpoint;

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp, metric, secs};

const WINDOWS_CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
     Chrome/140.0.0.0 Safari/537.36";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/18.5 Mobile/15E148 Safari/604.1";

async fn signed_in(app: &TestApp, user_agent: &str) -> Browser {
    let browser = app.browser().with_header("user-agent", user_agent);
    browser.begins("password").await.leads_to(app.base());
    browser
}

/// Another customer.
async fn stranger(app: &TestApp) -> Browser {
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    let otp = app.phone("otp").otp().unwrap();
    let answer = browser.enters_code(&code, &otp).await;
    answer.leads_to(app.base());
    browser
}

async fn is_active(browser: &Browser) -> bool {
    browser.session().await["active"] == true
}

/// The handle in the page's button for another session.
fn handle(page: &Page) -> String {
    let fields = page.form("/account/end").into_iter();
    let mut handles = fields.filter(|(name, _)| name == "session");
    handles.next().unwrap().1
}

async fn asked_again(browser: &Browser, answer: &Page) {
    answer.leads_to("/sign-in?return_to=/account&prompt=login");
    let form = browser.follows(answer).await;
    form.expect(200).is_headed("Sign in").says("One more check");
    assert_eq!(form.value("username"), "password@example.com");
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let account = browser.follows(&answer).await;
    account.expect(200).is_headed("You’re signed in");
}

#[tokio::test]
async fn sec_208_each_session_is_told_by_start_last_use_and_browser() {
    let app = TestApp::builder().standing_still().spawn().await;
    let phone = signed_in(&app, IPHONE).await;
    stranger(&app).await;
    app.advance(secs(600));
    phone.gets("/account").await.expect(200);
    app.advance(secs(300));
    let here = signed_in(&app, WINDOWS_CHROME).await;
    let page = here.gets("/account").await;
    page.expect(200)
        .says("This browserChrome on Windows")
        .says("Your other sessions")
        .says("Safari on iPhoneSigned in 15 minutes ago, last used 5 minutes ago");
    assert_eq!(page.body.matches("class=\"session\"").count(), 1);
    let cookies = [here.cookie(SESSION), phone.cookie(SESSION)].map(Option::unwrap);
    for cookie in cookies {
        assert!(!page.body.contains(&cookie), "a handle is no id");
    }
    let unknown = signed_in(&app, "curl/8.14.1").await;
    unknown.gets("/account").await.says("Unknown browser");
    let german = phone.with_header("accept-language", "de");
    german.gets("/account").await.says("Chrome auf Windows");
}

#[tokio::test]
async fn sec_208_ending_one_ends_that_one_at_once_and_at_okta() {
    let app = TestApp::builder().standing_still().spawn().await;
    let phone = signed_in(&app, IPHONE).await;
    let other = signed_in(&app, "").await;
    let here = signed_in(&app, WINDOWS_CHROME).await;
    let page = here.gets("/account").await;
    // The session that was used last is listed first; of two with the same time, either may be.
    let answer = here
        .presses(&page, "/account/end", &[("session", &handle(&page))])
        .await;
    let after = here.follows(answer.leads_to("/account?ended=1")).await;
    after.expect(200).says("That session has ended.");
    let live = [is_active(&phone).await, is_active(&other).await];
    assert_eq!(live.iter().filter(|is_live| **is_live).count(), 1);
    assert!(is_active(&here).await);
    app.revoked(1).await;
    // A second press, on a page that still lists it.
    let again = here
        .presses(&page, "/account/end", &[("session", &handle(&page))])
        .await;
    let told = here.follows(again.leads_to("/account?ended=0")).await;
    told.says("That session had ended already.");
    assert_eq!(app.asked(Endpoint::Revoke), 1);
}

#[tokio::test]
async fn sec_208_ending_all_others_leaves_this_one() {
    let app = TestApp::builder().standing_still().spawn().await;
    let others = [signed_in(&app, IPHONE).await, signed_in(&app, "").await];
    let stranger = stranger(&app).await;
    let here = signed_in(&app, WINDOWS_CHROME).await;
    here.gets("/sign-out").await.says("2 sessions in other browsers go on.");
    let page = here.gets("/account").await;
    let answer = here.presses(&page, "/account/end-others", &[]).await;
    let after = here.follows(answer.leads_to("/account?others=2")).await;
    after
        .says("2 other sessions have ended.")
        .says("You’re not signed in anywhere else.");
    for other in &others {
        assert!(!is_active(other).await);
    }
    assert!(is_active(&here).await);
    assert!(is_active(&stranger).await);
    app.revoked(2).await;
    let metrics = app.metrics().await;
    let ended = metric(&metrics, "portico_session_ended_total{reason=\"elsewhere\"}");
    assert_eq!(ended, 2);
}

#[tokio::test]
async fn sec_208_another_customer_s_handle_is_not_found() {
    let app = TestApp::builder().standing_still().spawn().await;
    let victim = signed_in(&app, IPHONE).await;
    let victim_too = signed_in(&app, "").await;
    let foreign = handle(&victim.gets("/account").await);
    let attacker = stranger(&app).await;
    let csrf = attacker.gets("/sign-out").await.value("csrf");
    for session in [foreign.as_str(), "", "AAAA", &"A".repeat(59)] {
        let fields = [("csrf", csrf.as_str()), ("session", session)];
        attacker.posts("/account/end", &fields).await.expect(404);
    }
    assert!(is_active(&victim).await && is_active(&victim_too).await);
}

#[tokio::test]
async fn sec_102_only_the_page_itself_ends_anything() {
    let app = TestApp::builder().standing_still().spawn().await;
    let other = signed_in(&app, IPHONE).await;
    let here = signed_in(&app, WINDOWS_CHROME).await;
    let page = here.gets("/account").await;
    let named = handle(&page);
    let foreign = other.gets("/sign-out").await.value("csrf");
    for csrf in ["", "AAAA", &foreign] {
        for path in ["/account/end", "/account/end-others"] {
            let fields = [("csrf", csrf), ("session", named.as_str())];
            let answer = here.posts(path, &fields).await;
            answer.expect(403).is_headed("You’re signed in");
        }
    }
    let request = here
        .request(reqwest::Method::POST, "/account/end-others")
        .header("origin", "https://evil.test");
    here.sends(request.form(&[("csrf", page.value("csrf"))]))
        .await
        .expect(403);
    here.gets("/account/end").await.expect(405);
    assert!(is_active(&other).await);
}

#[tokio::test]
async fn sec_208_ending_other_sessions_needs_a_proof_of_the_last_quarter_of_an_hour() {
    let app = TestApp::builder().standing_still().spawn().await;
    let other = signed_in(&app, IPHONE).await;
    let here = signed_in(&app, WINDOWS_CHROME).await;
    app.advance(secs(899));
    let page = here.gets("/account").await;
    let answer = here
        .presses(&page, "/account/end", &[("session", &handle(&page))])
        .await;
    answer.leads_to("/account?ended=1");

    let other_again = signed_in(&app, IPHONE).await;
    assert!(!is_active(&other).await);
    app.advance(secs(1));
    let page = here.gets("/account").await;
    let old = here.cookie(SESSION).unwrap();
    let answer = here.presses(&page, "/account/end-others", &[]).await;
    assert!(is_active(&other_again).await);
    asked_again(&here, &answer).await;
    // SEC-206: the former session ended with the new sign-in.
    let replay = app.browser();
    replay.plants_cookie(SESSION, &old);
    assert!(!is_active(&replay).await);
    let page = here.gets("/account").await;
    let answer = here.presses(&page, "/account/end-others", &[]).await;
    answer.leads_to("/account?others=1");
    assert!(!is_active(&other_again).await);
}

#[tokio::test]
async fn a_form_of_a_session_that_ended_meanwhile_leads_to_the_form() {
    let app = TestApp::builder().standing_still().spawn().await;
    let here = signed_in(&app, WINDOWS_CHROME).await;
    let other = signed_in(&app, IPHONE).await;
    let (page, mine) = (here.gets("/account").await, other.gets("/account").await);
    other
        .presses(&mine, "/account/end-others", &[])
        .await
        .leads_to("/account?others=1");
    for path in ["/account/end", "/account/end-others"] {
        let answer = here.presses(&page, path, &[]).await;
        let form = here.follows(answer.leads_to("/sign-in?return_to=/account")).await;
        form.expect(200).says("Your session has ended");
    }
}

#[tokio::test]
async fn sec_209_the_eleventh_session_ends_the_oldest() {
    let app = TestApp::builder().standing_still().spawn().await;
    let mut browsers = Vec::new();
    for _ in 0..10 {
        browsers.push(signed_in(&app, IPHONE).await);
        app.advance(secs(1));
    }
    assert!(is_active(&browsers[0]).await);
    // Use does not make a session younger.
    browsers[0].gets("/account").await.expect(200);
    let newest = signed_in(&app, WINDOWS_CHROME).await;
    assert!(!is_active(&browsers[0]).await);
    for browser in browsers[1..].iter().chain([&newest]) {
        assert!(is_active(browser).await);
    }
    app.revoked(1).await;
    let metrics = app.metrics().await;
    let ended = metric(&metrics, "portico_session_ended_total{reason=\"too_many\"}");
    assert_eq!(ended, 1);
    // A new sign-in in the same browser adds no session.
    let form = newest.gets("/sign-in?prompt=login").await;
    let answer = newest.submits_password(&form, "password", PASSWORD).await;
    answer.leads_to(app.base());
    assert!(is_active(&browsers[1]).await);
}

#[tokio::test]
async fn sec_209_how_many_is_a_setting() {
    let builder = TestApp::builder().standing_still();
    let app = builder.set("session.max_per_user", "1").spawn().await;
    let first = signed_in(&app, IPHONE).await;
    let second = signed_in(&app, IPHONE).await;
    assert!(!is_active(&first).await && is_active(&second).await);
    // Another customer's sessions do not count.
    stranger(&app).await;
    assert!(is_active(&second).await);
}
