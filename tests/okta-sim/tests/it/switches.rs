//! Switches that are set to the alternative of their default.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use okta_sim::{ClientPatch, UnknownLogin, UnknownToken};
use serde_json::json;

use crate::org::{MFA_OTP, OOB, OTP, Org};

#[tokio::test]
async fn mfa_required_in_other_shapes() {
    let org = Org::start().await;
    org.set_switch(|on| {
        on.mfa_required_as_400 = true;
        on.list_challenge_types = true;
        on.extra_members = true;
    });
    let answer = org.password("all@example.com").await.is(400, "mfa_required");
    assert_eq!(answer.text("supported_challenge_types").split(' ').count(), 3);
    assert!(answer.json()["x_unheard_of"].is_object());
}

#[tokio::test]
async fn challenges_in_other_shapes() {
    let org = Org::start().await;
    org.set_switch(|on| {
        on.oob_expires_in_s = 120;
        on.interval_s = 1;
        on.transfer_without_code = true;
    });
    let mfa_token = org.mfa_token("number@example.com").await;
    let body = org.challenge(&mfa_token, "push").await.json();
    assert_eq!(
        (&body["expires_in"], &body["interval"], body.get("binding_code")),
        (&json!(120), &json!(1), None)
    );
    org.set_switch(|on| {
        on.push_without_interval = true;
        on.unknown_channel = true;
    });
    let body = org.challenge(&mfa_token, "push").await.json();
    assert_eq!(
        (&body["channel"], body.get("interval")),
        (&json!("carrier-pigeon"), None)
    );
}

#[tokio::test]
async fn errors_by_their_old_names() {
    let org = Org::start().await;
    org.set_switch(|on| on.legacy_error_names = true);
    let (mfa_token, code) = org.push("push@example.com").await;
    org.mfa_oob(&mfa_token, &code, None)
        .await
        .is(400, "direct_auth_authorization_pending");
    let phone = org.phone("push");
    phone.deny(&phone.pending().unwrap().id).unwrap();
    org.mfa_oob(&mfa_token, &code, None).await.is(400, "oob_rejected");
    org.mfa_oob(&mfa_token, "made-up", None).await.is(400, "expired_token");
    org.token(&[("grant_type", OTP), ("login_hint", "otp@example.com"), ("otp", "1")])
        .await
        .is(400, "invalid_otp");
}

#[tokio::test]
async fn wrong_codes_can_end_mfa_tokens_and_oob_codes() {
    let org = Org::start().await;
    org.set_switch(|on| on.keep_mfa_token_after_wrong_code = false);
    let token = org.mfa_token("otp@example.com").await;
    let wrong = [("grant_type", MFA_OTP), ("mfa_token", token.as_str()), ("otp", "1")];
    org.token(&wrong).await.is(400, "invalid_grant");
    org.token(&wrong).await.is(403, "access_denied");
    org.set_switch(|on| {
        on.keep_oob_code_after_wrong_code = false;
        on.keep_mfa_token_after_wrong_code = true;
        on.keep_mfa_token_after_rejection = false;
        on.unknown_mfa_token = UnknownToken::InvalidGrant;
    });
    let token = org.mfa_token("phone@example.com").await;
    let code = org.challenge(&token, "sms").await.ok().text("oob_code");
    org.mfa_oob(&token, &code, Some("1")).await.is(400, "invalid_grant");
    org.mfa_oob(&token, &code, Some("1")).await.is(403, "access_denied");
    let (token, code) = org.push("push@example.com").await;
    let phone = org.phone("push");
    phone.deny(&phone.pending().unwrap().id).unwrap();
    org.mfa_oob(&token, &code, None).await.is(400, "invalid_grant");
    org.challenge(&token, "push").await.is(403, "access_denied");
    org.challenge("made-up", "push").await.is(400, "invalid_grant");
}

#[tokio::test]
async fn replaced_and_rejected_codes_can_stay_usable() {
    let org = Org::start().await;
    org.allow_unexpected(okta_sim::Misuse::DeadOobCode);
    org.set_switch(|on| {
        on.challenge_kills_previous = false;
        on.rejected_stays_rejected = true;
    });
    let (token, old) = org.push("push@example.com").await;
    org.challenge(&token, "push").await.ok();
    org.mfa_oob(&token, &old, None).await.is(400, "authorization_pending");
    let phone = org.phone("push");
    phone.deny(&phone.prompts()[1].id).unwrap();
    org.mfa_oob(&token, &old, None).await.is(400, "invalid_grant");
    org.mfa_oob(&token, &old, None).await.is(400, "invalid_grant");
}

#[tokio::test]
async fn unknown_logins_can_be_concealed() {
    let org = Org::start().await;
    org.set_switch(|on| on.unknown_login = UnknownLogin::Pretended);
    let code = org.primary("nobody@example.com", "email").await.ok().text("oob_code");
    let form = [
        ("grant_type", OOB),
        ("oob_code", code.as_str()),
        ("binding_code", "123456"),
    ];
    org.token(&form).await.is(400, "invalid_grant");
    let push = org.primary("nobody@example.com", "push").await.ok().text("oob_code");
    org.token(&[("grant_type", OOB), ("oob_code", &push)])
        .await
        .is(400, "authorization_pending");
}

#[tokio::test]
async fn switches_for_nonces_challenges_and_reused_codes() {
    let org = Org::start().await;
    let nonce = [
        ("grant_type", "password"),
        ("username", "password@example.com"),
        ("password", "portico-demo"),
        ("nonce", "1"),
    ];
    org.token(&nonce).await.ok();
    org.set_switch(|on| {
        on.refuse_ignored_parameters = true;
        on.www_authenticate_on_401 = true;
        on.refuse_totp_replay = false;
    });
    org.token(&nonce).await.is(400, "invalid_request");
    let confidential = org
        .password_as("portico-basic", "password@example.com")
        .await
        .is(401, "invalid_client");
    assert_ne!(confidential.header("www-authenticate"), "");
    let otp = org.phone("otp").otp().unwrap();
    for _ in 0..2 {
        org.token(&[("grant_type", OTP), ("login_hint", "otp@example.com"), ("otp", &otp)])
            .await
            .ok();
    }
}

#[tokio::test]
async fn switches_and_limits_over_http() {
    let org = Org::start().await;
    let url = org.at("/sim/settings");
    let change =
        json!({ "switches": { "mfa_required_as_400": true, "refresh": "static" }, "limits": { "user_per_second": 1 } });
    let now = org.send(org.http.post(&url).json(&change)).await.ok().json();
    assert_eq!(
        (&now["switches"]["refresh"], &now["limits"]["user_per_second"]),
        (&json!("static"), &json!(1))
    );
    org.password("push@example.com").await.is(400, "mfa_required");
    org.password("push@example.com").await.is(429, "invalid_grant");
    let unknown = json!({ "switches": { "owl": true } });
    assert_eq!(org.send(org.http.post(&url).json(&unknown)).await.status, 400);
}

#[tokio::test]
async fn what_an_administrator_left_out_is_missing() {
    let org = Org::start().await;
    org.set_switch(|on| {
        on.missing_scopes = ["offline_access".to_owned()].into();
        on.unlisted_grants = [MFA_OTP.to_owned()].into();
        on.publish_no_keys = true;
    });
    let document = org.get("/.well-known/openid-configuration").await.json();
    let lists = |name: &str, value: &str| document[name].as_array().unwrap().contains(&json!(value));
    assert!(lists("scopes_supported", "openid") && !lists("scopes_supported", "offline_access"));
    assert!(lists("grant_types_supported", OTP) && !lists("grant_types_supported", MFA_OTP));
    assert_eq!(org.get("/oauth2/v1/keys").await.json(), json!({ "keys": [] }));
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", OTP),
        ("login_hint", "x"),
        ("otp", "1"),
        ("scope", "openid offline_access"),
    ];
    org.post("/oauth2/v1/token", &form).await.is(400, "invalid_scope");
}

#[tokio::test]
async fn an_app_with_an_issuer_of_its_own_is_shown_it() {
    const OWN: &str = "https://example.okta.com";
    let org = Org::start().await;
    let patch = ClientPatch {
        issuer: Some(OWN.to_owned()),
        ..ClientPatch::default()
    };
    org.set_client("portico-demo", patch).unwrap();
    for (query, issuer) in [("", org.issuer()), ("?client_id=portico-demo", OWN.to_owned())] {
        let document = org.get(&format!("/.well-known/openid-configuration{query}")).await;
        assert_eq!(document.text("issuer"), issuer, "{query}");
    }
    let custom = org.get("/oauth2/default/.well-known/openid-configuration?client_id=portico-demo");
    assert_eq!(custom.await.text("issuer"), org.custom_issuer("default"));
    let tokens = org.password("password@example.com").await.is(200, "");
    let payload = tokens.text("id_token").split('.').nth(1).unwrap().to_owned();
    let claims: serde_json::Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["iss"], OWN);
    assert_eq!(org.touched_accounts(), ["password@example.com"]);
}
