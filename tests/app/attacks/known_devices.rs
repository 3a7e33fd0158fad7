//! The device cookie: which accounts a browser has signed in to before, and what that is worth (SEC-112).

use crate::support::{Browser, DEVICE, PASSWORD, Page, TestApp, secs};

async fn tries(browser: &Browser, login: &str, password: &str) -> Page {
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, login, password).await
}

/// Unknown browsers use up the tries of this account.
async fn uses_up_tries(app: &TestApp, login: &str) {
    for _ in 0..8 {
        let page = tries(&app.browser(), login, "wrong").await;
        let wait: u64 = page.header("retry-after").parse().unwrap_or(0);
        app.advance(secs(wait));
    }
    app.advance(secs(90_000));
    tries(&app.browser(), login, "wrong").await;
    tries(&app.browser(), login, PASSWORD).await.expect(429);
}

/// Signs in with all that the account needs: a password, or a password and a code of the app.
async fn signs_in(app: &TestApp, browser: &Browser, login: &str) -> Page {
    let mut answer = tries(browser, login, PASSWORD).await;
    if login == "otp" {
        // Okta takes no code twice.
        app.advance(secs(30));
        let ways = browser.follows(&answer).await;
        let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
        let otp = app.phone("otp").otp().unwrap();
        answer = browser.enters_code(&code, &otp).await;
    }
    answer.leads_to(app.base());
    answer
}

/// The device cookie of a browser in which this account has signed in.
async fn known_device(app: &TestApp, login: &str) -> String {
    let browser = app.browser();
    signs_in(app, &browser, login).await;
    browser.cookie(DEVICE).unwrap()
}

#[tokio::test]
async fn sec_112_the_cookie_is_made_at_a_sign_in_lives_a_year_and_says_no_name() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    assert!(form.cookies(DEVICE).is_empty());
    let wrong = browser.submits_password(&form, "password", "wrong").await;
    assert!(wrong.cookies(DEVICE).is_empty());
    let answer = browser.begins("password").await;
    answer.leads_to(app.base());
    let cookie = answer.cookies(DEVICE)[0].to_owned();
    let mut parts: Vec<&str> = cookie.split("; ").collect();
    let value = parts.remove(0).split_once('=').unwrap().1.to_owned();
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=Lax"]);
    assert_eq!(value.len(), 48, "an id and one voucher");
    browser.signs_out().await.leads_to("/signed-out");
    assert_eq!(browser.cookie(DEVICE), Some(value.clone()), "it outlives the session");
    let again = browser.begins("password").await.cookie(DEVICE).unwrap();
    assert_eq!(again[..21], value[..21], "the browser is the same one");
}

#[tokio::test]
async fn sec_112_a_forged_foreign_or_altered_cookie_counts_as_none() {
    let app = TestApp::spawn().await;
    let elsewhere = TestApp::spawn().await;
    let (ours, of_another) = (known_device(&app, "password").await, known_device(&app, "otp").await);
    let of_another_service = known_device(&elsewhere, "password").await;
    uses_up_tries(&app, "password").await;
    let id_of_another = format!("{}{}", &of_another[..20], &ours[20..]);
    let altered = format!("{}{}", &ours[..47], if ours.ends_with('A') { "Q" } else { "A" });
    for value in [
        "",
        "x",
        &"A".repeat(48),
        &"A".repeat(4000),
        &ours[..21],
        &of_another,
        &of_another_service,
        &id_of_another,
        &altered,
    ] {
        let browser = app.browser();
        browser.plants_cookie(DEVICE, value);
        let page = tries(&browser, "password", PASSWORD).await;
        page.expect(429);
    }
    let browser = app.browser();
    browser.plants_cookie(DEVICE, &ours);
    tries(&browser, "password", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn sec_112_a_cookie_of_more_than_a_year_ago_counts_as_none() {
    let app = TestApp::spawn().await;
    let cookie = known_device(&app, "password").await;
    uses_up_tries(&app, "password").await;
    app.advance(secs(366 * 86_400));
    uses_up_tries(&app, "password").await;
    let browser = app.browser();
    browser.plants_cookie(DEVICE, &cookie);
    tries(&browser, "password", PASSWORD).await.expect(429);
}

#[tokio::test]
async fn sec_112_several_accounts_are_known_to_one_browser() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for login in ["password", "otp"] {
        signs_in(&app, &browser, login).await;
        browser.signs_out().await.leads_to("/signed-out");
    }
    for login in ["password", "otp"] {
        uses_up_tries(&app, login).await;
        signs_in(&app, &browser, login).await;
        browser.signs_out().await.leads_to("/signed-out");
    }
}

#[tokio::test]
async fn sec_112_oktas_page_vouches_for_who_signed_in_there_not_for_the_name_typed_here() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = tries(&browser, "otp", "wrong").await;
    assert_eq!(form.value("username"), "otp@example.com");
    let okta = browser.leaves_for_okta(&form).await;
    browser
        .gets(&okta.signs_in("password").await)
        .await
        .leads_to(app.base());
    browser.signs_out().await.expect(303);
    for (login, is_known) in [("otp", false), ("password", true)] {
        uses_up_tries(&app, login).await;
        let answer = tries(&browser, login, PASSWORD).await;
        assert_eq!(answer.status == 303, is_known, "{login}: {}", answer.status);
    }
}

/// Asks for a code or a push with a name alone.
async fn asks_with_a_name(browser: &Browser, login: &str, way: &str) -> Page {
    let ways = browser.begins_without_password(login).await;
    browser.chooses(&ways, way).await
}

/// Signs in by password and this way.
async fn confirms(app: &TestApp, browser: &Browser, login: &str, way: &str) {
    let page = browser.reaches(login, way).await;
    let phone = app.phone(login);
    let answer = if way == "push" {
        phone.approve(&app.prompt(login).id).unwrap();
        app.advance(secs(5));
        browser.says_approved(&page).await
    } else {
        let sent = [phone.texts(), phone.calls(), phone.emails()].concat();
        browser.enters_code(&page, &sent[0].code).await
    };
    answer.leads_to(app.base());
}

#[tokio::test]
async fn sec_112_strangers_who_know_a_name_spend_nothing_of_its_owner() {
    for (login, way, of_strangers) in [
        ("push", "push", 5),
        ("phone", "sms", 3),
        ("phone", "voice", 3),
        ("email", "email", 3),
    ] {
        let app = TestApp::builder()
            .unset("limits.sends_per_hour")
            .unset("limits.stranger_sends_per_hour")
            .unset("limits.push_per_10min")
            .unset("limits.stranger_push_per_10min")
            .spawn()
            .await;
        let at_home = app.browser();
        confirms(&app, &at_home, login, way).await;
        at_home.signs_out().await.leads_to("/signed-out");
        // Strangers ask until no more is sent: for pushes over two hours.
        let (rounds, pause) = if way == "push" { (24, 300) } else { (12, 60) };
        let mut sent = 0;
        for _ in 0..rounds {
            app.advance(secs(pause));
            let answer = asks_with_a_name(&app.browser(), login, way).await;
            sent += u32::from(answer.status == 303);
        }
        assert_eq!(sent, of_strangers, "{way}");
        asks_with_a_name(&app.browser(), login, way).await.expect(429);

        app.advance(secs(60));
        asks_with_a_name(&at_home, login, way).await.leads_to("/sign-in/");
        app.advance(secs(60));
        let elsewhere = app.browser();
        elsewhere.reaches(login, way).await.expect(200);
    }
}

#[tokio::test]
async fn half_of_all_that_may_be_sent_is_not_for_strangers_and_what_is_left_is_told() {
    let app = TestApp::builder()
        .set("limits.sends_per_hour_in_all", "4")
        .spawn()
        .await;
    let mut answers = Vec::new();
    for (login, way) in [("phone", "sms"), ("email", "email"), ("all", "email")] {
        let answer = asks_with_a_name(&app.browser(), login, way).await;
        answers.push(answer.status);
    }
    assert_eq!(answers, [303, 303, 429]);
    let metrics = app.metrics().await;
    for series in [
        "portico_sends_left{part=\"all\"} 2",
        "portico_sends_left{part=\"strangers\"} 0",
        "portico_throttled_total{scope=\"sends_in_all\"} 1",
    ] {
        assert!(metrics.contains(series), "{series}");
    }
    app.browser().reaches("all", "email").await.expect(200);
}
