//! The session that the org keeps in the browser.

use okta_sim::{AccountPatch, AccountState, SubjectFormat, UniversalLogout};
use serde_json::json;

use super::{Browser, code, exchange, exchange_as, org, refused};
use crate::tokens::claims;

#[tokio::test]
async fn a_second_request_signs_in_silently_and_says_when_that_was() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.code(&[]).await;
    org.seconds(100);
    for prompt in ["", "none", "consent"] {
        let changes = [("prompt", prompt), ("nonce", "n-2")];
        let code = code(&browser.authorize(&changes).await);
        let claims = claims(&exchange(&org, &code).await.ok());
        assert_eq!(claims["auth_time"], json!(1_767_225_600));
        assert_eq!(claims["iat"], json!(1_767_225_700));
        assert_eq!(claims["nonce"], "n-2");
        assert_eq!(claims["sub"], "00uSIMpassword000000");
    }
    // Another browser has no session.
    let page = Browser::new(&org).authorize(&[]).await.ok();
    assert!(page.body.contains("name=\"password\""));
}

#[tokio::test]
async fn max_age_and_prompt_login_force_a_new_sign_in() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.code(&[]).await;
    let first = browser.sid.clone();
    org.seconds(10);
    code(&browser.authorize(&[("max_age", "10")]).await);
    for changes in [("max_age", "9"), ("max_age", "0"), ("prompt", "login")] {
        let page = browser.authorize(&[changes]).await.ok();
        assert!(page.body.contains("name=\"password\""), "{changes:?}");
    }
    let too_old = browser.authorize(&[("prompt", "none"), ("max_age", "9")]).await;
    assert_eq!(refused(&too_old), "login_required");
    browser.authorize(&[("prompt", "login")]).await.ok();
    let fresh = code(&browser.password("password").await);
    let claims = claims(&exchange(&org, &fresh).await.ok());
    assert_eq!(claims["auth_time"], json!(1_767_225_610));
    assert_ne!(browser.sid, first);
    let mut old = Browser::new(&org);
    old.sid = first;
    let answer = old.authorize(&[("prompt", "none")]).await;
    assert_eq!(refused(&answer), "login_required", "the old session is over");
}

#[tokio::test]
async fn an_insufficient_session_is_asked_only_for_what_is_missing() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[("client_id", "portico-optional")]).await.ok();
    code(&browser.password("otp").await);
    org.seconds(5);
    let silent = [("client_id", "portico-mfa"), ("prompt", "none")];
    assert_eq!(refused(&browser.authorize(&silent).await), "login_required");
    let page = browser.authorize(&[("client_id", "portico-mfa")]).await.ok().body;
    assert!(page.contains("name=\"otp\"") && !page.contains("name=\"password\""));
    let otp = org.phone("otp").otp().unwrap();
    let raised = code(&browser.press("verify", &[("otp", &otp)]).await);
    let tokens = exchange_as(&org, "portico-mfa", &raised).await.ok();
    assert_eq!(claims(&tokens)["amr"], json!(["pwd", "otp", "mfa"]));
    assert_eq!(claims(&tokens)["auth_time"], json!(1_767_225_605));
    code(&browser.authorize(&silent).await);

    let mut browser = Browser::new(&org);
    browser.code(&[]).await;
    let page = browser.authorize(&[("client_id", "portico-mfa")]).await.ok().body;
    assert!(page.contains("class=\"key\""), "none enrolled: {page}");
}

#[tokio::test]
async fn sessions_end_with_a_day_an_administrator_a_lock_and_a_reset() {
    let org = org().await;
    let is_over =
        async |browser: &mut Browser<'_>| refused(&browser.authorize(&[("prompt", "none")]).await) == "login_required";
    let mut browser = Browser::new(&org);
    browser.code(&[]).await;
    org.seconds(24 * 3600 - 1);
    code(&browser.authorize(&[("prompt", "none")]).await);
    org.seconds(1);
    assert!(is_over(&mut browser).await);
    browser.code(&[]).await;
    org.revoke_tokens("password");
    assert!(is_over(&mut browser).await);
    browser.code(&[]).await;
    org.register_universal_logout(UniversalLogout::at("http://localhost:1/".parse().unwrap()));
    let told = org.end_sessions("password", SubjectFormat::Email).await;
    assert!(told.is_err(), "nobody listens");
    assert!(is_over(&mut browser).await);
    browser.code(&[]).await;
    let state = Some(AccountState::Locked);
    org.set_account(
        "password",
        AccountPatch {
            state,
            ..AccountPatch::default()
        },
    );
    assert!(is_over(&mut browser).await);
    org.reset().unwrap();
    let issued = browser.code(&[]).await;
    org.reset().unwrap();
    assert!(is_over(&mut browser).await);
    exchange(&org, &issued).await.is(400, "invalid_grant");
    let state = Some(AccountState::Unassigned);
    browser.code(&[]).await;
    org.set_account(
        "password",
        AccountPatch {
            state,
            ..AccountPatch::default()
        },
    );
    assert_eq!(refused(&browser.authorize(&[]).await), "access_denied");
}
