//! Choices that the protocol leaves open, and misconfigured orgs, using the simulator's switches.

use std::net::Ipv4Addr;

use okta_sim::{
    ContentTypes, Fault, FaultKind, Misuse, NumberChallenge, PasswordExpiry, SERVER_WITHOUT_POLICY, Switches,
    UnknownLogin, UnknownToken, WrongNumber,
};

use crate::support::{Browser, PASSWORD, Page, SESSION, TestApp, metric, other_than, secs};

type Switch = fn(&mut Switches);

async fn with(switch: impl FnOnce(&mut Switches)) -> TestApp {
    TestApp::builder().okta(|okta| switch(&mut okta.switches)).spawn().await
}

async fn signs_in_by_push(app: &TestApp) {
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.advance(secs(5));
    let page = browser.follows(&browser.says_approved(&page).await).await;
    page.says("We haven’t heard from your phone yet");
    app.phone("push").approve(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

async fn signs_in_by_text(app: &TestApp) {
    let browser = app.browser();
    let page = browser.reaches("phone", "sms").await;
    let right = app.phone("phone").texts()[0].code.clone();
    let page = browser.enters_code(&page, &other_than(&right)).await;
    page.expect(403).says("That code didn’t work");
    browser.enters_code(&page, &right).await.leads_to(app.base());
}

/// The calm page for a mistake that only an operator can mend; the name is kept.
async fn assert_for_the_operator(app: &TestApp, factor: &str, page: &Page) {
    page.expect(503).says("Sign-in isn’t answering right now");
    assert!(page.cookies(SESSION).is_empty() && !page.body.contains(PASSWORD));
    let series = format!("portico_attempts_total{{factor=\"{factor}\",result=\"misconfigured\"}}");
    assert_eq!(metric(&app.metrics().await, &series), 1);
}

async fn starts_again(browser: &Browser, answer: &Page, login: &str) {
    let form = browser.follows(answer.leads_to("/sign-in")).await;
    form.expect(200).is_headed("Sign in").says("Let’s start again");
    assert_eq!(form.value("username"), format!("{login}@example.com"));
    let answer = browser.submits_password(&form, login, PASSWORD).await;
    answer.leads_to("/sign-in/factor");
}

#[tokio::test]
async fn what_the_protocol_leaves_open_makes_no_visible_difference() {
    let switches: [Switch; 7] = [
        |on| on.mfa_required_as_400 = true,
        |on| on.list_challenge_types = true,
        |on| on.legacy_error_names = true,
        |on| on.push_without_interval = true,
        |on| on.extra_members = true,
        |on| on.number_challenge = NumberChallenge::Never,
        |on| on.content_type = ContentTypes::Charset,
    ];
    for switch in switches {
        let app = with(switch).await;
        signs_in_by_push(&app).await;
        signs_in_by_text(&app).await;
    }
}

#[tokio::test]
async fn a_push_ends_alike_under_old_and_new_names() {
    for has_old_names in [false, true] {
        let app = with(|on| {
            (on.legacy_error_names, on.oob_expires_in_s) = (has_old_names, 60);
        })
        .await;
        let browser = app.browser();
        let page = browser.reaches("push", "push").await;
        app.phone("push").deny(&app.prompt("push").id).unwrap();
        app.advance(secs(5));
        let page = browser.says_approved(&page).await;
        page.expect(403).says("You declined the request on your phone");
        app.advance(secs(61));
        let sent = browser.presses(&page, "/sign-in/push/resend", &[]).await;
        let page = browser.follows(sent.leads_to("/sign-in/push")).await;
        app.okta()
            .faults()
            .push(Fault::new(okta_sim::Endpoint::Token, FaultKind::ExpireNow));
        app.advance(secs(5));
        let page = browser.says_approved(&page).await;
        page.expect(403).says("The request ran out");
    }
}

#[tokio::test]
async fn outside_the_permitted_network_zones_nobody_signs_in() {
    let app = TestApp::builder()
        .okta(|okta| okta.denied_addresses = vec![Ipv4Addr::LOCALHOST.into()])
        .spawn()
        .await;
    let browser = app.browser();
    let page = browser.begins("password").await;
    page.expect(403)
        .is_headed("You can’t sign in to Acme Portal from here")
        .says("password@example.com");
    assert!(!browser.is_signed_in() && !page.body.contains(PASSWORD));
    let back = browser.gets(&page.link("Back to sign-in").unwrap()).await;
    back.expect(200).is_headed("Sign in");
}

#[tokio::test]
async fn an_expired_password_is_told_alike_however_okta_words_it() {
    for expiry in [PasswordExpiry::InvalidGrant, PasswordExpiry::AccessDenied] {
        let app = with(|on| on.password_expiry = expiry).await;
        let browser = app.browser();
        let page = browser.begins("expired").await;
        page.expect(403).is_headed("Your password has expired");
        assert!(!browser.is_signed_in());
    }
}

#[tokio::test]
async fn an_unknown_channel_or_a_missing_number_leaves_the_other_factors() {
    let cases: [(Switch, &str); 2] = [
        (|on| on.unknown_channel = true, "sms"),
        (
            |on| {
                on.number_challenge = NumberChallenge::Always;
                on.transfer_without_code = true;
            },
            "push",
        ),
    ];
    for (switch, way) in cases {
        let app = with(switch).await;
        let browser = app.browser();
        let ways = browser.follows(&browser.begins("all").await).await;
        let page = browser.chooses(&ways, way).await;
        page.expect(503)
            .is_headed("How do you want to confirm it’s you?")
            .says("Sign-in isn’t answering right now");
        let code = browser.follows(&browser.chooses(&page, "otp").await).await;
        let digits = app.phone("all").otp().unwrap();
        browser.enters_code(&code, &digits).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn a_wrong_number_may_end_the_push_or_leave_it_waiting() {
    let app = with(|on| on.wrong_number = WrongNumber::StaysPending).await;
    let browser = app.browser();
    let page = browser.reaches("number", "push").await;
    let (shown, prompt) = (page.heading(), app.prompt("number"));
    let (right, wrong): (Vec<_>, Vec<_>) = prompt
        .numbers
        .iter()
        .partition(|number| shown.contains(number.as_str()));
    app.phone("number").tap(&prompt.id, wrong[0]).unwrap();
    app.advance(secs(5));
    let page = browser.follows(&browser.says_approved(&page).await).await;
    page.is_headed(&shown).says("We haven’t heard from your phone yet");
    app.phone("number").tap(&prompt.id, right[0]).unwrap();
    app.advance(secs(5));
    browser.says_approved(&page).await.leads_to(app.base());
}

#[tokio::test]
async fn when_the_proof_of_the_first_factor_runs_out_the_sign_in_starts_again_with_the_name() {
    for unknown in [UnknownToken::Expired, UnknownToken::InvalidGrant] {
        for way in ["otp", "sms", "push"] {
            let app = with(|on| {
                (on.mfa_token_expires_in_s, on.unknown_mfa_token) = (60, unknown);
            })
            .await;
            let browser = app.browser();
            let page = browser.reaches("all", way).await;
            app.advance(secs(61));
            let phone = app.phone("all");
            let answer = match way {
                "push" => browser.says_approved(&page).await,
                "sms" => browser.enters_code(&page, &phone.texts()[0].code).await,
                _ => browser.enters_code(&page, &phone.otp().unwrap()).await,
            };
            starts_again(&browser, &answer, "all").await;
        }
    }
}

#[tokio::test]
async fn a_wrong_code_may_cost_the_first_factor_its_proof() {
    let app = with(|on| on.keep_mfa_token_after_wrong_code = false).await;
    let browser = app.browser();
    let page = browser.reaches("otp", "otp").await;
    let code = app.phone("otp").otp().unwrap();
    let page = browser.enters_code(&page, &other_than(&code)).await;
    page.expect(403).says("That code didn’t work");
    let answer = browser.enters_code(&page, &code).await;
    starts_again(&browser, &answer, "otp").await;
}

#[tokio::test]
async fn a_declined_push_may_cost_the_first_factor_its_proof() {
    let app = with(|on| on.keep_mfa_token_after_rejection = false).await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(secs(5));
    let page = browser.says_approved(&page).await;
    page.expect(403).says("You declined the request on your phone");
    app.advance(secs(61));
    let answer = browser.presses(&page, "/sign-in/push/resend", &[]).await;
    starts_again(&browser, &answer, "push").await;
}

#[tokio::test]
async fn a_code_that_okta_has_used_up_is_replaced_by_a_new_one() {
    // A wrong code ended it, or the right one was accepted and the answer was lost.
    for is_lost in [false, true] {
        let app = with(|on| on.keep_oob_code_after_wrong_code = is_lost).await;
        let browser = app.browser();
        let page = browser.reaches("phone", "sms").await;
        let right = app.phone("phone").texts()[0].code.clone();
        let page = if is_lost {
            let lost = Fault::new(okta_sim::Endpoint::Token, FaultKind::ResetAfter);
            app.okta().faults().push(lost);
            let page = browser.enters_code(&page, &right).await;
            page.expect(503).is_headed("Enter the code");
            app.advance(secs(11));
            page
        } else {
            browser.enters_code(&page, &other_than(&right)).await
        };
        let answer = browser.enters_code(&page, &right).await;
        if is_lost {
            // The proof of the first factor was used up with the code.
            starts_again(&browser, &answer, "phone").await;
            continue;
        }
        answer.expect(403).says("That code has expired");
        app.advance(secs(31));
        let sent = browser.presses(&answer, "/sign-in/code/resend", &[]).await;
        let page = browser.follows(sent.leads_to("/sign-in/code")).await;
        let newest = app.phone("phone").texts()[0].code.clone();
        browser.enters_code(&page, &newest).await.leads_to(app.base());
    }
}

#[tokio::test]
async fn a_factor_that_the_policy_does_not_ask_for_leaves_the_others() {
    let app = TestApp::builder().client("portico-strict").spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("all").await;
    let page = browser.follows(&browser.chooses(&ways, "sms").await).await;
    let code = app.phone("all").texts()[0].code.clone();
    let ways = browser.follows(&browser.enters_code(&page, &code).await).await;
    // A call would prove the same phone once more.
    app.advance(secs(31));
    let page = browser.chooses(&ways, "voice").await;
    page.expect(403).says("This way isn’t set up for your account");
    let page = browser.follows(&browser.chooses(&page, "otp").await).await;
    let digits = app.phone("all").otp().unwrap();
    browser.enters_code(&page, &digits).await.leads_to(app.base());
}

#[tokio::test]
async fn sec_108_an_org_that_pretends_to_send_a_code_to_nobody_is_believed() {
    let app = with(|on| on.unknown_login = UnknownLogin::Pretended).await;
    let browser = app.browser();
    let ways = browser.begins_without_password("nobody-here").await;
    let page = browser.follows(&browser.chooses(&ways, "email").await).await;
    page.expect(200).is_headed("Enter the code");
    let page = browser.enters_code(&page, "123456").await;
    page.expect(403).says("That code didn’t work");
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn an_unknown_client_is_the_operator_s_to_fix() {
    let app = TestApp::builder().client("portico-who").spawn().await;
    app.okta().allow_unexpected(Misuse::UnknownClient);
    let page = app.browser().begins("password").await;
    assert_for_the_operator(&app, "password", &page).await;
    assert_eq!(page.value("username"), "password@example.com");
}

#[tokio::test]
async fn a_missing_grant_is_the_operator_s_to_fix() {
    let app = TestApp::builder().client("portico-mfa").spawn().await;
    let browser = app.browser();
    let ways = browser.begins_without_password("passwordless").await;
    let page = browser.chooses(&ways, "email").await;
    assert_for_the_operator(&app, "email", &page).await;
}

#[tokio::test]
async fn too_few_factors_for_the_policy_are_the_operator_s_to_fix() {
    let app = TestApp::builder().set("sign_in.second", "otp").spawn().await;
    let page = app.browser().begins("push").await;
    assert_for_the_operator(&app, "password", &page).await;
}

#[tokio::test]
async fn missing_grants_for_the_requested_assurance_are_the_operator_s_to_fix() {
    let app = TestApp::builder().client("portico-password").spawn().await;
    let browser = app.browser();
    let form = browser.gets("/sign-in?acr_values=urn:okta:loa:2fa:any").await;
    let page = browser.submits_password(&form, "otp", PASSWORD).await;
    assert_for_the_operator(&app, "password", &page).await;
}

#[tokio::test]
async fn assurance_that_an_account_cannot_reach_is_explained_to_its_owner() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.gets("/sign-in?acr_values=phrh").await;
    let page = browser.submits_password(&form, "password", PASSWORD).await;
    page.expect(403).is_headed("There is no way yet to confirm it’s you");
    assert!(!browser.is_signed_in());
}

#[tokio::test]
async fn an_authorization_server_without_a_policy_is_the_operator_s_to_fix() {
    let app = TestApp::builder()
        .set("okta.authorization_server", SERVER_WITHOUT_POLICY)
        .spawn()
        .await;
    let page = app.browser().begins("password").await;
    assert_for_the_operator(&app, "password", &page).await;
}
