//! The limits of this service by account and by address, and how it tells the address of a request.

use okta_sim::Endpoint;

use crate::support::{Browser, PASSWORD, Page, TestApp, metric, secs};

async fn fails(browser: &Browser, login: &str) -> Page {
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, login, "wrong").await
}

/// The page of a limit: the form, the name that was typed, and how long to wait.
fn expect_wait(page: &Page, login: &str) -> u64 {
    page.expect(429)
        .is_headed("Sign in")
        .says("Wait a moment before trying again");
    assert_eq!(page.value("username"), format!("{login}@example.com"));
    assert!(!page.body.contains(PASSWORD));
    page.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn sec_116_one_account_is_tried_five_times_whoever_tries_and_whether_or_not_it_exists() {
    for login in ["password", "nobody-here"] {
        let app = TestApp::builder()
            .unset("limits.account_burst")
            .unset("limits.pair_burst")
            .spawn()
            .await;
        for _ in 0..5 {
            fails(&app.browser(), login).await.expect(403);
        }
        let page = fails(&app.browser(), login).await;
        let wait = expect_wait(&page, login);
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(app.grants("password"), 5, "{login}: Okta hears no more (SEC-109)");
        fails(&app.browser(), "otp").await.expect(403);
        app.advance(secs(wait + 1));
        fails(&app.browser(), login).await.expect(403);
    }
}

#[tokio::test]
async fn sec_109_a_name_in_other_letters_is_the_same_name() {
    let app = TestApp::builder().set("limits.account_burst", "2").spawn().await;
    for name in ["password", "PASSWORD"] {
        fails(&app.browser(), name).await.expect(403);
    }
    expect_wait(&fails(&app.browser(), "PassWord").await, "PassWord");
}

#[tokio::test]
async fn a_sign_in_that_worked_clears_what_was_counted() {
    let app = TestApp::builder()
        .unset("limits.account_burst")
        .unset("limits.pair_burst")
        .spawn()
        .await;
    for _ in 0..3 {
        for _ in 0..4 {
            fails(&app.browser(), "password").await.expect(403);
        }
        app.browser().begins("password").await.leads_to(app.base());
    }
}

#[tokio::test]
async fn sec_111_wrong_passwords_wait_longer_and_longer_before_okta_locks_the_account() {
    let app = TestApp::builder()
        .okta(|okta| okta.limits.wrong_passwords = 10)
        .spawn()
        .await;
    let end = app.now().as_second() + 86_400;
    while app.now().as_second() < end {
        fails(&app.browser(), "password").await;
        app.advance(secs(400));
    }
    assert!(
        app.grants("password") < 10,
        "{} wrong passwords reached Okta",
        app.grants("password")
    );
    app.advance(secs(25 * 3600));
    app.browser().begins("password").await.leads_to(app.base());
}

#[tokio::test]
async fn one_address_is_held_back_and_a_stranger_s_word_about_addresses_is_not_taken() {
    let app = TestApp::builder()
        .set("limits.address_burst", "3")
        .set("limits.address_per_minute", "1")
        .spawn()
        .await;
    for number in 0..3 {
        let browser = app
            .browser()
            .with_header("x-forwarded-for", &format!("203.0.113.{number}"));
        fails(&browser, &format!("nobody{number}")).await.expect(403);
    }
    let browser = app
        .browser()
        .with_header("x-forwarded-for", "203.0.113.99")
        .with_header("forwarded", "for=203.0.113.98");
    let wait = expect_wait(&fails(&browser, "nobody9").await, "nobody9");
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn sec_117_a_trusted_proxy_s_word_about_addresses_is_taken() {
    let app = TestApp::builder()
        .set("limits.trusted_proxies", "127.0.0.0/8")
        .set("limits.address_burst", "1")
        .set("limits.address_per_minute", "1")
        .spawn()
        .await;
    for number in 0..5 {
        let browser = app
            .browser()
            .with_header("x-forwarded-for", &format!("1.1.1.1, 203.0.113.{number}"));
        fails(&browser, &format!("nobody{number}")).await.expect(403);
    }
    let browser = app.browser().with_header("x-forwarded-for", "9.9.9.9, 203.0.113.3");
    expect_wait(&fails(&browser, "nobody9").await, "nobody9");
    // Two addresses in one /64 count as one.
    for (address, status) in [("2001:db8::1", 403), ("2001:db8::2", 429), ("2001:db8:0:1::1", 403)] {
        let browser = app.browser().with_header("x-forwarded-for", address);
        fails(&browser, "nobody7").await.expect(status);
    }
}

#[tokio::test]
async fn sec_119_okta_hears_the_checked_address_and_no_other() {
    for (trusted, said, heard) in [
        ("", "198.51.100.7", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1, 198.51.100.7", "198.51.100.7"),
    ] {
        let app = TestApp::builder().set("limits.trusted_proxies", trusted).spawn().await;
        let browser = app
            .browser()
            .with_header("x-forwarded-for", said)
            .with_header("user-agent", "Browser/1.0")
            .with_header("accept-language", "de");
        let form = browser.opens_sign_in(None).await;
        browser
            .submits_password(&form, "password", PASSWORD)
            .await
            .leads_to(app.base());
        let requests = app.okta().requests();
        let call = requests
            .iter()
            .find(|request| request.endpoint == Endpoint::Token)
            .unwrap();
        assert_eq!(call.headers["x-forwarded-for"], heard);
        assert!(
            call.headers["user-agent"].contains("Browser/1.0"),
            "{}",
            call.headers["user-agent"]
        );
        assert_eq!(call.headers.get("origin"), None);
    }
}

#[tokio::test]
async fn codes_are_counted_by_the_hour_whatever_attempt_they_belong_to() {
    let app = TestApp::builder().set("limits.codes_per_hour", "4").spawn().await;
    app.okta().set_limits(|limits| limits.otp_per_window = 0);
    for tries in [3, 1] {
        let browser = app.browser();
        let mut page = browser.reaches("otp", "otp").await;
        for _ in 0..tries {
            page = browser.enters_code(&page, "not-it").await;
            page.expect(403);
        }
    }
    let browser = app.browser();
    let page = browser.reaches("otp", "otp").await;
    let right = app.phone("otp").otp().unwrap();
    let held = browser.enters_code(&page, &right).await;
    held.expect(429).is_headed("Enter the code");
    assert!(held.header("retry-after").parse::<u64>().unwrap() > 60);
}

#[tokio::test]
async fn sec_134_pushes_are_counted_by_the_account() {
    let app = TestApp::builder().set("limits.push_per_10min", "2").spawn().await;
    for _ in 0..2 {
        app.browser()
            .reaches("push", "push")
            .await
            .is_headed("Check your phone");
    }
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("push").await).await;
    browser.chooses(&ways, "push").await.expect(429);
    assert_eq!(app.asked(Endpoint::Challenge), 2);
    app.advance(secs(601));
    app.browser()
        .reaches("push", "push")
        .await
        .is_headed("Check your phone");
}

#[tokio::test]
async fn texts_are_counted_by_the_account() {
    let app = TestApp::builder().set("limits.sends_per_hour", "2").spawn().await;
    for _ in 0..2 {
        app.browser().reaches("phone", "sms").await.is_headed("Enter the code");
        app.advance(secs(31));
    }
    let browser = app.browser();
    let ways = browser.follows(&browser.begins("phone").await).await;
    browser.chooses(&ways, "sms").await.expect(429);
    assert_eq!(app.phone("phone").texts().len(), 2);
}

#[tokio::test]
async fn sec_114_all_strangers_together_keep_below_what_okta_lets_through() {
    let app = TestApp::builder().set("limits.sign_ins_per_second", "2").spawn().await;
    let at_home = app.browser();
    at_home.begins("password").await.leads_to(app.base());
    at_home.signs_out().await.leads_to("/signed-out");
    let (known, began) = (app.grants("password"), app.now());
    let mut held = 0;
    for number in 0..60 {
        let login = format!("nobody{number}");
        let page = fails(&app.browser(), &login).await;
        if page.status == 429 {
            expect_wait(&page, &login);
            held += 1;
        }
    }
    let asked = app.grants("password") - known;
    let seconds = usize::try_from(app.now().duration_since(began).as_secs()).unwrap() + 1;
    assert!(asked <= 2 + 2 * seconds, "{asked} in {seconds} s");
    assert!(held > 0 && asked + held == 60, "{held} of 60 were held back");
    // SEC-112: known browsers are exempt.
    for _ in 0..3 {
        at_home.begins("password").await.leads_to(app.base());
        at_home.signs_out().await.leads_to("/signed-out");
    }
}

#[tokio::test]
async fn sec_120_many_names_that_fail_from_one_network_make_it_wait() {
    let app = TestApp::builder()
        .unset("limits.address_failures")
        .set("limits.trusted_proxies", "127.0.0.0/8")
        .spawn()
        .await;
    let from = |address: &str| app.browser().with_header("x-forwarded-for", address);
    let mut passed = 0;
    for number in 0..50 {
        let browser = from(&format!("2001:db8::{number:x}"));
        let page = fails(&browser, &format!("nobody{number}")).await;
        passed += u32::from(page.status == 403);
    }
    assert!((20..25).contains(&passed), "{passed} of 50");
    let metrics = app.metrics().await;
    assert!(metric(&metrics, "portico_throttled_total{scope=\"address_failures\"}") > 0);
    fails(&from("2001:db8:0:1::1"), "nobody").await.expect(403);
    let wait = expect_wait(&fails(&from("2001:db8::1"), "nobody").await, "nobody");
    assert!((1..=10).contains(&wait), "{wait}");
}
