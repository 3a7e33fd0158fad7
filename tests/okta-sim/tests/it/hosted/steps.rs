//! What direct authentication cannot finish: an expired password, and a second factor that is not enrolled.

use okta_sim::Misuse;
use serde_json::json;
use totp_rs::{Algorithm, Secret, TOTP};

use super::{Browser, code, exchange, org, refused};
use crate::tokens::claims;

#[tokio::test]
async fn an_expired_password_is_changed_on_the_way() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    browser.authorize(&[]).await.ok();
    let page = browser.password("expired").await.ok().body;
    assert!(page.contains("Your password has expired"));
    let try_out = [
        ("owl owl owl", "owl owl", "New passwords must match"),
        ("owl", "owl", "Choose another password than before"),
        ("portico-demo", "portico-demo", "Choose another password than before"),
        ("", "", "New passwords must match"),
    ];
    for (new, again, note) in try_out {
        let fields = [("new_password", new), ("confirm_password", again)];
        let page = browser.press("new-password", &fields).await.ok().body;
        assert!(page.contains(note), "{new} {again}: {page}");
    }
    let new = "a better password";
    let fields = [("new_password", new), ("confirm_password", new)];
    browser.press("new-password", &fields).await.ok();
    browser.press("choose", &[("factor", "email")]).await.ok();
    let sent = org.phone("expired").emails()[0].code.clone();
    let code = code(&browser.press("verify", &[("binding_code", &sent)]).await);
    let tokens = exchange(&org, &code).await.ok();
    assert_eq!(claims(&tokens)["amr"], json!(["pwd", "email", "mfa"]));
    // Direct authentication takes the new password, and only that one.
    org.password("expired@example.com").await.is(400, "invalid_grant");
    let form = [
        ("grant_type", "password"),
        ("username", "expired@example.com"),
        ("password", new),
    ];
    org.token(&form).await.is(403, "mfa_required");
}

#[tokio::test]
async fn an_authenticator_app_is_added_where_the_policy_demands_a_second_factor() {
    let org = org().await;
    for (client, name) in [("portico-demo", "unenrolled"), ("portico-mfa", "password")] {
        let mut browser = Browser::new(&org);
        browser.authorize(&[("client_id", client)]).await.ok();
        assert_eq!(org.phone(name).otp(), None);
        let page = browser.password(name).await.ok().body;
        let key = page.split("class=\"key\">").nth(1).unwrap();
        let key = key.split('<').next().unwrap().to_owned();
        let key = Secret::Encoded(key).to_bytes().unwrap();
        let app = TOTP::new(Algorithm::SHA1, 6, 1, 30, key).unwrap();
        let page = browser.press("verify", &[("otp", "000")]).await.ok().body;
        assert!(page.contains("Invalid code."));
        let otp = app.generate(org.now().as_second().unsigned_abs());
        assert_eq!(org.phone(name).otp().as_ref(), Some(&otp), "the phone took the key");
        let code = code(&browser.press("verify", &[("otp", &otp)]).await);
        let tokens = super::exchange_as(&org, client, &code).await.ok();
        assert_eq!(claims(&tokens)["amr"], json!(["pwd", "otp", "mfa"]));
        // From now on direct authentication asks for the second factor.
        org.password_as(client, &format!("{name}@example.com"))
            .await
            .is(403, "mfa_required");
    }
}

#[tokio::test]
async fn an_application_may_want_more_than_the_policy() {
    let org = org().await;
    let two = ("acr_values", "owl urn:okta:loa:2fa:any");
    let mut browser = Browser::new(&org);
    browser.authorize(&[two, ("client_id", "portico-optional")]).await.ok();
    browser.password("otp").await.ok();
    let otp = org.phone("otp").otp().unwrap();
    let code = code(&browser.press("verify", &[("otp", &otp)]).await);
    let tokens = super::exchange_as(&org, "portico-optional", &code).await.ok();
    assert_eq!(claims(&tokens)["acr"], "urn:okta:loa:2fa:any");
    // Nothing is enrolled when only the application demands it, and the page takes no passkey.
    for (acr, name) in [("urn:okta:loa:2fa:any", "password"), ("phr", "otp")] {
        let mut browser = Browser::new(&org);
        browser.authorize(&[("acr_values", acr)]).await.ok();
        let mut answer = browser.password(name).await;
        if answer.status == 200 {
            org.seconds(30);
            let otp = org.phone(name).otp().unwrap();
            answer = browser.press("verify", &[("otp", &otp)]).await;
        }
        assert_eq!(refused(&answer), "unmet_authentication_requirements", "{acr}");
    }
    let if_possible = ("acr_values", "urn:okta:loa:2fa:any:ifpossible");
    Browser::new(&org).code(&[if_possible]).await;
    let unknown = ("acr_values", "owl");
    let code = Browser::new(&org).code(&[unknown]).await;
    let tokens = exchange(&org, &code).await.ok();
    assert!(claims(&tokens).get("acr").is_none());
    assert!(!org.unexpected().iter().any(|seen| seen.misuse == Misuse::BadParameter));
}
