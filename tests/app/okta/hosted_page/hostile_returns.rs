//! Returns that match nothing, or come too late, twice, or in another browser. They lead to a calm page or to the
//! session that began, never to a redirect loop, a fault, or a session in a browser that did not ask for it.

use okta_sim::{Endpoint, Fault, FaultKind};

use super::{query, signed_in};
use crate::support::{Browser, HOSTED, OktaPage, PASSWORD, Page, SESSION, TestApp, back, mins};

/// Follows the redirects on this site, of which there are few.
async fn follows_all(browser: &Browser, mut page: Page) -> Page {
    for _ in 0..4 {
        if page.status != 303 {
            return page;
        }
        page = browser.follows(&page).await;
    }
    panic!("a loop: {}", page.location());
}

/// At Okta's hosted page, on the way to `/account`.
async fn goes_to_okta(browser: &Browser) -> (Page, OktaPage) {
    let form = browser.opens_sign_in(Some("/account")).await;
    let okta = browser.leaves_for_okta(form.expect(200)).await;
    (form, okta)
}

fn callback(app: &TestApp, query: &str) -> String {
    format!("{}/sign-in/okta/callback?{query}", app.base())
}

#[tokio::test]
async fn an_unrelated_return_changes_nothing_and_the_real_one_still_counts() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (_, okta) = goes_to_okta(&browser).await;
    let to = okta.signs_in("password").await;
    let (code, state) = (&query(&to)["code"], &query(&to)["state"]);
    let tab = state.split_once('.').unwrap().0;
    let rows = [
        ("nothing at all", String::new()),
        ("no state", format!("code={code}")),
        ("no state of ours", format!("code={code}&state=xyz")),
        ("guessed", format!("code={code}&state={tab}.{}", "A".repeat(43))),
        ("cut", format!("code={code}&state={}", &state[..state.len() - 1])),
        ("longer", format!("code={code}&state={state}A")),
        (
            "another tab",
            format!("code={code}&state=AwMDAwMDAwMDAwMD.{}", "A".repeat(43)),
        ),
        ("twice", format!("code={code}&state={state}&state={state}")),
        ("two codes", format!("code={code}&code=x&state={state}")),
        ("a refusal of nobody's", "error=access_denied&state=x".to_owned()),
        (
            "a name that is no name",
            format!("code={code}&state=%00%FF%3Cscript%3E.x"),
        ),
    ];
    for (name, query) in rows {
        let answer = browser.gets(&callback(&app, &query)).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
        let page = follows_all(&browser, answer).await;
        assert_eq!((page.status, &*page.heading()), (200, "Sign in"), "{name}");
        assert!(!browser.is_signed_in(), "{name}");
    }
    assert_eq!(app.grants("authorization_code"), 0);
    browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn sec_103_no_browser_is_signed_in_by_what_another_one_asked_for() {
    let app = TestApp::hosted().await;
    let attacker = app.browser();
    let (_, okta) = goes_to_okta(&attacker).await;
    let to = okta.signs_in("password").await;

    // Browsers that have never been here, are in the middle of a sign-in, at Okta's page, and signed in.
    let fresh = app.browser();
    let begun = app.browser();
    begun.opens_sign_in(None).await.expect(200);
    let gone = app.browser();
    let (_, their_own) = goes_to_okta(&gone).await;
    for browser in [&fresh, &begun, &gone] {
        let page = follows_all(browser, browser.gets(&to).await).await;
        page.expect(200).is_headed("Sign in");
        assert!(!browser.is_signed_in());
    }
    let own = signed_in(&app, "password").await;
    let before = own.cookie(SESSION);
    own.gets(&to).await.expect(303);
    assert_eq!(own.cookie(SESSION), before);
    assert_eq!(app.grants("authorization_code"), 1, "that of the one who signed in");
    gone.gets(&their_own.signs_in("password").await)
        .await
        .leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn a_refusal_by_oktas_page_is_explained_and_leads_back_to_the_form() {
    let app = TestApp::hosted().await;
    for error in ["access_denied", "login_required", "interaction_required"] {
        let browser = app.browser();
        let (_, okta) = goes_to_okta(&browser).await;
        let state = query(&back(&okta.presses("cancel", &[]).await))["state"].clone();
        let refused = callback(&app, &format!("error={error}&error_description=SECRET&state={state}"));
        let page = follows_all(&browser, browser.gets(&refused).await).await;
        page.expect(200).is_headed("Okta sent you back without signing you in");
        assert!(!page.body.contains("SECRET"));
        // The refusal counts once.
        let again = follows_all(&browser, browser.gets(&refused).await).await;
        again.expect(200).is_headed("Okta sent you back without signing you in");
        let form = browser.gets(&page.link("Try again").unwrap()).await;
        browser
            .submits_password(form.expect(200), "password", PASSWORD)
            .await
            .leads_to(&format!("{}/account", app.base()));
    }
}

#[tokio::test]
async fn a_refusal_by_the_app_or_the_policy_is_explained_as_such() {
    let app = TestApp::hosted().await;
    let unassigned = "error=access_denied&error_description=User+is+not+assigned+to+the+client+application.";
    for (answer, heading) in [
        (unassigned, "You can’t sign in to Acme Portal from here"),
        (
            "error=unmet_authentication_requirements",
            "You can’t sign in to Acme Portal from here",
        ),
        ("error=temporarily_unavailable", "Sign in"),
        ("error=server_error", "Sign in"),
        ("error=unauthorized_client", "Sign in"),
        ("error=consent_required", "Sign in"),
        ("code=", "Sign in"),
    ] {
        let browser = app.browser();
        let (_, okta) = goes_to_okta(&browser).await;
        let state = query(&back(&okta.presses("cancel", &[]).await))["state"].clone();
        let back = callback(&app, &format!("{answer}&state={state}"));
        let page = follows_all(&browser, browser.gets(&back).await).await;
        page.expect(200).is_headed(heading);
        if heading == "Sign in" {
            assert!(page.alert().contains("Sign-in isn’t answering right now"), "{answer}");
        }
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn a_code_that_okta_refuses_is_reported_and_not_tried_twice() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (_, okta) = goes_to_okta(&browser).await;
    let state = query(&okta.signs_in("password").await)["state"].clone();
    let forged = callback(&app, &format!("code=forged&state={state}"));
    for _ in 0..2 {
        let page = follows_all(&browser, browser.gets(&forged).await).await;
        page.expect(200).is_headed("Okta sent you back without signing you in");
    }
    assert_eq!(app.grants("authorization_code"), 1);
}

#[tokio::test]
async fn sec_402_okta_failing_at_the_exchange_is_told_and_nothing_is_sent_twice() {
    for fault in [FaultKind::ServerError, FaultKind::ResetAfter, FaultKind::CutJson] {
        let app = TestApp::hosted().await;
        let browser = app.browser();
        let (_, okta) = goes_to_okta(&browser).await;
        let to = okta.signs_in("password").await;
        app.okta().faults().push(Fault::new(Endpoint::Token, fault.clone()));
        let page = follows_all(&browser, browser.gets(&to).await).await;
        page.expect(200).is_headed("Sign in");
        assert!(page.alert().contains("Sign-in isn’t answering right now"), "{fault:?}");
        assert_eq!(app.asked(Endpoint::Token), 1, "{fault:?}");
        assert!(!browser.is_signed_in());
        // The browser has a session at Okta by now: the next try costs one press.
        let leaves = browser.gets(&page.link(HOSTED).unwrap()).await;
        let to = back(&browser.gets(leaves.location()).await);
        browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
    }
}

#[tokio::test]
async fn sec_129_two_returns_at_once_make_one_session_and_later_ones_lead_to_it() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (_, okta) = goes_to_okta(&browser).await;
    let to = okta.signs_in("password").await;
    let (one, other) = tokio::join!(browser.gets(&to), browser.gets(&to));
    // The session is handed out once: the other return is redirected to where the first one went.
    let (first, other) = if one.cookie(SESSION).is_some() {
        (one, other)
    } else {
        (other, one)
    };
    first.leads_to(&format!("{}/account", app.base()));
    assert_eq!(other.cookie(SESSION), None);
    let in_a_row = follows_all(&browser, other).await;
    in_a_row.expect(200).is_headed("You’re signed in");
    // The same return again: by a reload, and much later from the history.
    for wait in [mins(0), mins(2)] {
        app.advance(wait);
        let later = browser.gets(&to).await;
        assert_eq!(later.cookie(SESSION), None);
        follows_all(&browser, later)
            .await
            .expect(200)
            .is_headed("You’re signed in");
    }
    assert_eq!(app.grants("authorization_code"), 1);
    assert_eq!(browser.cookie(SESSION), first.cookie(SESSION));
    // After the sign-out it starts no session.
    browser.signs_out().await.expect(303);
    follows_all(&browser, browser.gets(&to).await)
        .await
        .is_headed("Sign in");
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn sec_142_two_tabs_away_at_once_each_come_back_to_their_own_target() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let mut tabs = Vec::new();
    for target in ["/account?tab=one", "/account?tab=two"] {
        let form = browser.opens_sign_in(Some(target)).await;
        tabs.push((target, browser.leaves_for_okta(&form).await));
    }
    let [(_, first), (_, second)] = &tabs[..] else {
        panic!("two")
    };
    let (one, two) = (first.signs_in("password").await, second.signs_in("password").await);
    browser
        .gets(&one)
        .await
        .leads_to(&format!("{}/account?tab=one", app.base()));
    let session = browser.cookie(SESSION);
    let other = browser.follows(&browser.gets(&two).await).await;
    other.leads_to(&format!("{}/account?tab=two", app.base()));
    assert_eq!(browser.cookie(SESSION), session);
    assert_eq!(app.grants("authorization_code"), 1);
}

#[tokio::test]
async fn sec_142_a_form_opened_again_does_not_spoil_the_one_that_is_away() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (form, first) = goes_to_okta(&browser).await;
    let (again, second) = goes_to_okta(&browser).await;
    assert_ne!(form.value("attempt"), again.value("attempt"));
    drop(second);
    browser
        .gets(&first.signs_in("password").await)
        .await
        .leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn leaving_for_oktas_page_again_invalidates_the_first_request() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (form, first) = goes_to_okta(&browser).await;
    let second = browser.leaves_for_okta(&form).await;
    let void = follows_all(&browser, browser.gets(&first.signs_in("password").await).await).await;
    void.expect(200).is_headed("Sign in");
    assert_eq!(app.grants("authorization_code"), 0);
    browser
        .gets(&second.signs_in("password").await)
        .await
        .leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn whoever_comes_back_by_the_back_button_goes_on_with_the_form() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (form, okta) = goes_to_okta(&browser).await;
    browser
        .submits_password(&form, "password", PASSWORD)
        .await
        .leads_to(&format!("{}/account", app.base()));
    let session = browser.cookie(SESSION);
    // Okta's answer after that comes too late.
    let late = browser.gets(&okta.signs_in("password").await).await;
    follows_all(&browser, late)
        .await
        .expect(200)
        .is_headed("You’re signed in");
    assert_eq!(browser.cookie(SESSION), session);
    assert_eq!(app.grants("authorization_code"), 0);
}

#[tokio::test]
async fn sec_131_an_attempt_that_ran_out_meanwhile_starts_afresh_with_its_destination() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (_, okta) = goes_to_okta(&browser).await;
    app.advance(mins(11));
    let page = follows_all(&browser, browser.gets(&okta.signs_in("password").await).await).await;
    page.expect(200).is_headed("Sign in");
    assert_eq!(app.grants("authorization_code"), 0);
    let leaves = browser.gets(&page.link(HOSTED).unwrap()).await;
    let to = back(&browser.gets(leaves.location()).await);
    browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn a_return_without_cookies_is_a_fresh_form() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let (_, okta) = goes_to_okta(&browser).await;
    let to = okta.signs_in("password").await;
    let bare = app.browser();
    let page = follows_all(&bare, bare.gets(&to).await).await;
    page.expect(200).is_headed("Sign in").says("Let’s start again");
}

#[tokio::test]
async fn sec_113_an_address_that_comes_back_again_and_again_waits() {
    let app = TestApp::builder()
        .standing_still()
        .set("limits.address_burst", "2")
        .hosted()
        .await;
    for returns in 1..=3 {
        let browser = app.browser();
        let (_, okta) = goes_to_okta(&browser).await;
        let state = query(&back(&okta.presses("cancel", &[]).await))["state"].clone();
        let forged = callback(&app, &format!("code=forged&state={state}"));
        let page = follows_all(&browser, browser.gets(&forged).await).await;
        let is_held = page.alert().contains("Wait a moment before trying again");
        assert_eq!(is_held, returns == 3, "{returns}: {}", page.text());
    }
    assert_eq!(app.grants("authorization_code"), 2);
}

#[tokio::test]
async fn if_okta_is_down_the_form_says_so_and_nobody_leaves_for_its_page() {
    let app = TestApp::builder()
        .without_okta()
        .set("sign_in.okta_hosted", "true")
        .spawn()
        .await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let stays = browser.gets(&form.link(HOSTED).unwrap()).await;
    let page = follows_all(&browser, stays).await;
    page.expect(200).is_headed("Sign in");
    assert!(page.alert().contains("Sign-in isn’t answering right now"));
}
