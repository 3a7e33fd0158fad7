//! What an attacker can do who copied a browser's cookies and the hidden values of its form before the customer proved
//! something there (docs/decisions/0023-what-a-proof-changes.md).

use okta_sim::Endpoint;

use crate::support::{ATTEMPT, Browser, PASSWORD, Page, SESSION, TestApp, secs};

/// Another browser with the cookies that this one has now.
fn copied(app: &TestApp, browser: &Browser) -> Browser {
    let copy = app.browser();
    copy.plants_cookies_of(browser);
    copy
}

/// Every address that a page of a sign-in can have.
fn addresses(page: &Page) -> Vec<String> {
    let attempt = page.value("attempt");
    let steps = ["", "/factor", "/code", "/push", "/passkey", "/push/events"];
    let named = steps.iter().map(|step| format!("/sign-in{step}?attempt={attempt}"));
    let unnamed = steps[..5].iter().map(|step| format!("/sign-in{step}"));
    let other_language = format!("/sign-in?attempt={attempt}&ui_locales=de");
    std::iter::once(other_language).chain(named).chain(unnamed).collect()
}

/// None of these addresses shows the copy anything of the customer's.
async fn assert_given_nothing(thief: &Browser, page: &Page, login: &str) {
    for address in addresses(page) {
        let mut answer = thief.gets(&address).await;
        for _ in 0..3 {
            assert_eq!(answer.cookie(SESSION).unwrap_or_default(), "", "{address}");
            assert!(!answer.body.contains(login), "{address}: {}", answer.text());
            assert!(!answer.text().contains("Confirm"), "{address}");
            if answer.status != 303 {
                break;
            }
            answer = thief.follows(&answer).await;
        }
        assert_eq!(thief.session().await["active"], false, "{address}");
    }
}

#[tokio::test]
async fn sec_145_what_was_noted_before_a_sign_in_is_worth_nothing_after_it() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let thief = copied(&app, &browser);
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
    assert_given_nothing(&thief, &form, "password@example.com").await;
    // The form gives nothing either, without the password.
    for password in ["", "guess"] {
        app.advance(secs(3));
        let answer = thief.submits_password(&form, "password", password).await;
        assert!(answer.status >= 400, "{}", answer.text());
        assert!(!thief.is_signed_in());
    }
    assert_eq!(browser.session().await["active"], true);
}

#[tokio::test]
async fn sec_145_what_was_noted_before_a_factor_is_worth_nothing_after_it() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let before = browser.cookie(ATTEMPT).unwrap();
    let thief = copied(&app, &browser);
    let answer = browser.submits_password(&form, "all", PASSWORD).await;
    assert_ne!(browser.cookie(ATTEMPT).unwrap(), before);
    assert_given_nothing(&thief, &form, "all@example.com").await;
    // The copy's requests took nothing from the customer.
    let ways = browser.follows(&answer).await;
    let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
    assert_given_nothing(&thief, &form, "all@example.com").await;
    let between = copied(&app, &browser);
    browser
        .enters_code(&code, &app.phone("all").otp().unwrap())
        .await
        .leads_to(&format!("{}/account", app.base()));
    assert_given_nothing(&thief, &form, "all@example.com").await;
    assert_given_nothing(&between, &form, "all@example.com").await;
}

#[tokio::test]
async fn sec_145_a_push_without_a_password_is_claimed_by_nobody_who_noted_the_form() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let thief = copied(&app, &browser);
    let fields = [("username", "push@example.com"), ("password", "")];
    let answer = browser.presses(&form, "/sign-in", &fields).await;
    assert_eq!(answer.status, 422);
    let mut fields = form.form("/sign-in");
    fields.push(("username".to_owned(), "push@example.com".to_owned()));
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = browser.posts("/sign-in/factor", &fields).await;
    let ways = browser.follows(&answer).await;
    let page = browser.follows(&browser.chooses(&ways, "push").await).await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    assert_given_nothing(&thief, &form, "push@example.com").await;
    app.advance(secs(3));
    // The name alone starts a sign-in of the copy's own, as it would in any browser.
    let theirs = thief.posts("/sign-in/factor", &fields).await;
    thief.follows(&theirs).await.expect(200).says("push@example.com");
    let steals = thief.says_approved(&page).await;
    assert!(steals.cookies(SESSION).is_empty(), "{}", steals.text());
    browser.says_approved(&page).await.leads_to(app.base());
    assert!(browser.is_signed_in());
    assert!(!thief.is_signed_in());
}

#[tokio::test]
async fn sec_145_looking_hands_out_no_session_not_even_to_the_browser_it_belongs_to() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    let thief = copied(&app, &browser);
    let looks = thief.gets(&page.url).await;
    looks.expect(200).says("Approved");
    assert!(looks.cookies(SESSION).is_empty());
    browser.says_approved(&page).await.leads_to(app.base());
    assert_given_nothing(&thief, &page, "push@example.com").await;
}

#[tokio::test]
async fn sec_145_a_raised_session_is_given_to_nobody_who_noted_the_form() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let form = browser.gets("/sign-in?max_age=0").await;
    let thief = app.browser();
    thief.plants_cookie(ATTEMPT, &browser.cookie(ATTEMPT).unwrap());
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(app.base());
    assert_given_nothing(&thief, &form, "password@example.com").await;
}

#[tokio::test]
async fn sec_144_the_same_press_once_more_is_given_the_lost_answer_for_half_a_minute() {
    for login in ["password", "all"] {
        let app = TestApp::builder().standing_still().spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        // The answer to the first press never arrives.
        let cut_off = copied(&app, &browser);
        let first = browser.submits_password(&form, login, PASSWORD).await;
        let asked = app.asked(Endpoint::Token);
        app.advance(secs(29));
        let again = cut_off.submits_password(&form, login, PASSWORD).await;
        again.leads_to(first.location());
        assert_eq!(app.asked(Endpoint::Token), asked, "{login}: asked again");
        assert_eq!(cut_off.cookie(SESSION), browser.cookie(SESSION), "{login}");
        if login == "all" {
            assert_eq!(cut_off.cookie(ATTEMPT), browser.cookie(ATTEMPT));
            cut_off.follows(&again).await.says("all@example.com");
        }
        // After half a minute it is a new sign-in.
        let late = copied(&app, &app.browser());
        late.plants_cookie(ATTEMPT, form.cookie(ATTEMPT).as_deref().unwrap());
        app.advance(secs(2));
        late.submits_password(&form, login, PASSWORD).await.expect(303);
        assert_eq!(app.asked(Endpoint::Token), asked + 1, "{login}");
    }
}

#[tokio::test]
async fn sec_145_one_guess_at_what_was_typed_ends_what_its_page_can_claim() {
    for login in ["password", "otp"] {
        let app = TestApp::spawn().await;
        let browser = app.browser();
        let form = browser.opens_sign_in(Some("/account")).await;
        let (page, typed) = if login == "password" {
            (form, PASSWORD.to_owned())
        } else {
            let answer = browser.submits_password(&form, login, PASSWORD).await;
            let ways = browser.follows(&answer).await;
            let code = browser.follows(&browser.chooses(&ways, "otp").await).await;
            (code, app.phone(login).otp().unwrap())
        };
        let presses = async |who: &Browser, typed: &str| match login {
            "password" => who.submits_password(&page, login, typed).await,
            _ => who.enters_code(&page, typed).await,
        };
        let thief = copied(&app, &browser);
        presses(&browser, &typed)
            .await
            .leads_to(&format!("{}/account", app.base()));
        let wrong = if login == "password" { "a guess" } else { "000000" };
        presses(&thief, wrong).await;
        assert!(!thief.is_signed_in());
        let asked = app.asked(Endpoint::Token);
        let right = presses(&thief, &typed).await;
        if login == "password" {
            // It is a new sign-in: limited, counted and logged as one.
            assert_eq!(app.asked(Endpoint::Token), asked + 1);
            right.expect(303);
        } else {
            assert_eq!(app.asked(Endpoint::Token), asked);
            assert_eq!(right.cookie(SESSION).unwrap_or_default(), "");
            assert!(!thief.is_signed_in(), "{}", right.text());
        }
        assert_eq!(browser.session().await["active"], true, "{login}");
    }
}

#[tokio::test]
async fn sec_143_whoever_reloads_after_a_lost_answer_starts_again_on_the_way_to_the_same_place() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(Some("/account")).await;
    let cut_off = copied(&app, &browser);
    browser.submits_password(&form, "otp", PASSWORD).await;
    let address = format!("/sign-in?attempt={}", form.value("attempt"));
    let fresh = cut_off.gets(&address).await;
    fresh
        .expect(200)
        .is_headed("Sign in")
        .says("Let’s start again")
        .says("You will still go to localhost");
    let ways = cut_off.submits_password(&fresh, "otp", PASSWORD).await;
    let ways = cut_off.follows(&ways).await;
    let code = cut_off.follows(&cut_off.chooses(&ways, "otp").await).await;
    cut_off
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(&format!("{}/account", app.base()));
}

/// Signs in by password and push, up to the claim.
async fn approved(app: &TestApp, browser: &Browser) -> Page {
    let page = browser.reaches("push", "push").await;
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    assert_eq!(browser.waits(&page).await.next().await, "approved");
    page
}

/// The `User-Agent` of the browser that claims.
const BROWSER: &str = "a browser";

/// Every button of a sign-in, with no secret typed into its form.
const BUTTONS: [(&str, &[(&str, &str)]); 7] = [
    ("/sign-in/push", &[]),
    ("/sign-in/push/resend", &[]),
    ("/sign-in/code/resend", &[]),
    ("/sign-in/factor", &[("factor", "push")]),
    ("/sign-in/code", &[("code", "")]),
    // Address and user agent, which tell claims without script apart, typed in as name and password.
    ("/sign-in", &[("username", "198.51.100.7"), ("password", BROWSER)]),
    ("/sign-in/restart", &[]),
];

#[tokio::test]
async fn sec_145_an_approval_that_was_claimed_is_given_to_nobody_who_noted_the_page_that_waited() {
    let app = TestApp::builder()
        .set("limits.trusted_proxies", "127.0.0.1")
        .spawn()
        .await;
    let from = |address: &str| {
        let browser = app.browser().with_header("User-Agent", BROWSER);
        browser.with_header("X-Forwarded-For", address)
    };
    for nonce in [Some("made-by-the-script"), None] {
        let browser = from("198.51.100.7");
        let page = approved(&app, &browser).await;
        let noted = browser.cookies();
        let form = page.form("/sign-in/push");
        let hidden: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        // With the nonce of the page the copy would be that page, so it has none. Without script, the address tells the
        // two apart.
        let thief = from(nonce.map_or("203.0.113.7", |_| "198.51.100.7"));
        let own: Vec<(&str, &str)> = nonce.iter().map(|nonce| ("nonce", *nonce)).collect();
        browser.presses(&page, "/sign-in/push", &own).await.leads_to(app.base());
        for (button, fields) in BUTTONS {
            for guess in [&[][..], &[("nonce", "")], &[("nonce", "guessed")]] {
                for (name, value) in &noted {
                    thief.plants_cookie(name, value);
                }
                let fields = [&hidden[..], fields, guess].concat();
                let answer = thief.posts(button, &fields).await;
                let got = answer.cookie(SESSION).unwrap_or_default();
                assert_eq!(got, "", "{nonce:?} {button} {guess:?}");
                assert!(!thief.is_signed_in(), "{nonce:?} {button} {guess:?}");
            }
        }
        app.advance(secs(60));
    }
}

#[tokio::test]
async fn sec_144_a_claim_whose_answer_was_lost_is_answered_again_to_the_page_that_claimed() {
    let app = TestApp::builder()
        .set("limits.trusted_proxies", "127.0.0.1")
        .spawn()
        .await;
    let from = |address: &str| app.browser().with_header("X-Forwarded-For", address);
    // A phone changes its network while it waits; without script the claim must come from the same address.
    for (nonce, then) in [(Some("made-by-the-script"), "203.0.113.7"), (None, "198.51.100.7")] {
        let browser = from("198.51.100.7");
        let page = approved(&app, &browser).await;
        let cut_off = from(then);
        cut_off.plants_cookies_of(&browser);
        let own: Vec<(&str, &str)> = nonce.iter().map(|nonce| ("nonce", *nonce)).collect();
        browser.presses(&page, "/sign-in/push", &own).await;
        cut_off.presses(&page, "/sign-in/push", &own).await.leads_to(app.base());
        assert_eq!(cut_off.cookie(SESSION), browser.cookie(SESSION));
        app.advance(secs(60));
    }
}

#[tokio::test]
async fn sec_145_an_id_that_the_service_did_not_issue_is_never_adopted() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let planted = "A".repeat(43);
    browser.plants_cookie(ATTEMPT, &planted);
    browser.plants_cookie(SESSION, &planted);
    let form = browser.opens_sign_in(None).await;
    let given = form.expect(200).cookie(ATTEMPT).unwrap();
    assert_ne!(given, planted);
    let answer = browser.submits_password(&form, "password", PASSWORD).await;
    let session = answer.leads_to(app.base()).cookie(SESSION).unwrap();
    assert!(session != planted && session != given);
}
