//! Strangers cannot lock an account at Okta through the form. The owner, and an operator, can open what a flood has
//! closed here.

use okta_sim::Endpoint;

use crate::support::{Browser, PASSWORD, Page, TestApp, client, full, secs};

const DAY: u64 = 86_400;

/// An org that locks accounts after as many wrong passwords as Okta's default says.
async fn locking() -> TestApp {
    TestApp::builder()
        .okta(|okta| okta.limits.wrong_passwords = 10)
        .spawn()
        .await
}

async fn tries(browser: &Browser, login: &str, password: &str) -> Page {
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, login, password).await
}

/// Strangers try as soon as each wait is over, for so many days.
async fn flood(app: &TestApp, login: &str, days: u64) -> Page {
    let mut last = tries(&app.browser(), login, "wrong").await;
    let end = app.now().as_second() + i64::try_from(days * DAY).unwrap();
    while app.now().as_second() < end {
        let wait: u64 = last.header("retry-after").parse().unwrap_or(1);
        app.advance(secs(wait));
        last = tries(&app.browser(), login, "wrong").await;
    }
    last
}

/// The page of an account that is closed to unknown browsers, however long they wait.
fn assert_closed(page: &Page, login: &str) {
    page.expect(429)
        .is_headed("Sign in")
        .says("This option is locked after too many failed attempts")
        .says("a browser in which you have signed in here before");
    assert_eq!(page.header("retry-after"), "86400");
    assert_eq!(page.value("username"), full(login));
    assert_eq!(page.value("password"), "");
}

#[tokio::test]
async fn sec_111_a_flood_of_a_week_leaves_the_account_unlocked_and_its_owner_signs_in() {
    let app = locking().await;
    let at_home = app.browser();
    at_home.begins("password").await.leads_to(app.base());
    at_home.signs_out().await.leads_to("/signed-out");
    let known = app.grants("password");
    assert_closed(&flood(&app, "password", 7).await, "password");
    assert_eq!(app.grants("password") - known, 8);
    assert_closed(&tries(&app.browser(), "password", PASSWORD).await, "password");

    // SEC-112: during the flood the owner signs in as always.
    at_home.begins("password").await.leads_to(app.base());
    // That reset the count of wrong passwords, at Okta and here.
    app.browser().begins("password").await.leads_to(app.base());
}

#[tokio::test]
async fn sec_109_names_that_do_not_exist_are_closed_like_those_that_do() {
    let mut courses = Vec::new();
    for login in ["password", "nobody-here"] {
        let app = locking().await;
        let mut course = Vec::new();
        for _ in 0..13 {
            let page = tries(&app.browser(), login, "wrong").await;
            let wait = page.header("retry-after").parse::<u64>().unwrap_or(0);
            // The clock runs: one wait may be a second shorter than another.
            let told = page.alert();
            let told = told.split("You can").next().map(str::to_owned);
            course.push((page.status, wait.next_multiple_of(10), told));
            app.advance(secs(wait));
        }
        assert_closed(&tries(&app.browser(), login, PASSWORD).await, login);
        courses.push(course);
    }
    assert_eq!(courses[0], courses[1]);
}

#[tokio::test]
async fn sec_111_a_burst_of_guesses_keeps_an_unknown_browser_out_for_a_day() {
    let app = locking().await;
    for wait in [0, 0, 0, 0, 0, 30, 60] {
        app.advance(secs(wait));
        tries(&app.browser(), "password", "wrong").await.expect(403);
    }
    let held = tries(&app.browser(), "password", PASSWORD).await;
    held.expect(429).says("You can try again in 24 hours.");
    app.advance(secs(DAY));
    app.browser().begins("password").await.leads_to(app.base());
}

#[tokio::test]
async fn sec_112_wrong_passwords_close_no_other_way_and_another_way_makes_the_browser_known() {
    let app = locking().await;
    flood(&app, "all", 3).await;
    let browser = app.browser();
    let ways = browser.begins_without_password("all").await;
    for way in ["passkey", "push", "email"] {
        let other = app.browser();
        let ways = other.begins_without_password("all").await;
        other.chooses(&ways, way).await.expect(303);
    }
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let otp = app.phone("all").otp().unwrap();
    let answer = browser.enters_code(&code, &otp).await;
    answer.leads_to(app.base());
    browser.signs_out().await.leads_to("/signed-out");
    assert_closed(&tries(&app.browser(), "all", PASSWORD).await, "all");
    tries(&browser, "all", PASSWORD).await.expect(303);
}

#[tokio::test]
async fn sec_110_codes_of_a_first_factor_are_counted_and_hold_nobody_who_knows_the_password() {
    let app = TestApp::builder().set("limits.codes_per_attempt", "100").spawn().await;
    app.okta().set_limits(|limits| limits.otp_per_window = 0);
    let browser = app.browser();
    let ways = browser.begins_without_password("otp").await;
    let mut page = browser.follows(&browser.chooses(&ways, "otp").await).await;
    let mut wrong = 0;
    loop {
        page = browser.enters_code(&page, "0").await;
        let wait: u64 = page.header("retry-after").parse().unwrap_or(0);
        if wait > 3600 {
            break;
        }
        wrong += usize::from(page.status == 403);
        app.advance(secs(wait));
    }
    page.expect(429).is_headed("Enter the code");
    assert_eq!((wrong, app.grants("otp")), (7, 7));
    let other = app.browser();
    let ways = other.begins_without_password("otp").await;
    other.chooses(&ways, "otp").await.expect(429);
    let code = other.reaches("otp", "otp").await;
    let otp = app.phone("otp").otp().unwrap();
    other.enters_code(&code, &otp).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_110_a_known_browser_has_a_hundred_wrong_passwords_in_a_row() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("all").await;
    let signs_in = async |browser: &Browser, ways: &Page| {
        let code = browser.follows(&browser.chooses(ways, "otp").await).await;
        let otp = app.phone("all").otp().unwrap();
        browser.enters_code(&code, &otp).await
    };
    signs_in(&browser, &ways).await.leads_to(app.base());
    browser.signs_out().await.leads_to("/signed-out");
    let known = app.grants("password");
    for _ in 0..150 {
        let page = tries(&browser, "all", "wrong").await;
        let wait: u64 = page.header("retry-after").parse().unwrap_or(3600);
        app.advance(secs(wait.min(3600)));
    }
    assert_eq!(app.grants("password") - known, 100);
    assert_closed(&tries(&browser, "all", PASSWORD).await, "all");
    let ways = browser.begins_without_password("all").await;
    signs_in(&browser, &ways).await.leads_to(app.base());
    browser.signs_out().await.leads_to("/signed-out");
    let asked = app.asked(Endpoint::Token);
    tries(&browser, "all", "wrong").await.expect(403);
    assert_eq!(app.asked(Endpoint::Token), asked + 1, "another factor opens it");
}

#[tokio::test]
async fn sec_111_an_operator_opens_an_account_by_the_name_that_is_typed() {
    let app = locking().await;
    assert_closed(&flood(&app, "password", 2).await, "password");
    let reset = async |query: &str| {
        let address = app.private(&format!("/admin/limits{query}"));
        let answer = client().delete(address).send().await.unwrap();
        answer.status().as_u16()
    };
    for bad in ["", "?user=", "?user=%20", "?name=password@example.com"] {
        assert_eq!(reset(bad).await, 400, "{bad}");
    }
    assert_eq!(reset("?user=otp@example.com").await, 200);
    assert_closed(&tries(&app.browser(), "password", PASSWORD).await, "password");
    assert_eq!(reset("?user=Password@example.com").await, 200);
    app.browser().begins("password").await.leads_to(app.base());
    app.browser().gets("/admin/limits").await.expect(404);
}
