//! `/challenge` and the codes that texts, calls and emails carry.

use okta_sim::{EmailCode, Misuse};

use crate::org::{MFA_OOB, MFA_OTP, Org};

#[tokio::test]
async fn a_code_arrives_on_each_channel_and_completes_the_sign_in() {
    let org = Org::start().await;
    for (login, channel, amr) in [
        ("phone", "sms", "sms"),
        ("phone", "voice", "tel"),
        ("email", "email", "email"),
    ] {
        let mfa_token = org.mfa_token(&format!("{login}@example.com")).await;
        let answer = org.challenge(&mfa_token, channel).await.ok();
        assert_eq!(answer.text("challenge_type"), MFA_OOB);
        assert_eq!(answer.text("binding_method"), "prompt");
        assert_eq!(answer.text("channel"), channel);
        assert_eq!(answer.json()["expires_in"], 300);
        assert!(answer.json().get("interval").is_none() && answer.json().get("binding_code").is_none());
        let oob_code = answer.text("oob_code");
        assert!(oob_code.starts_with("ft") && oob_code.len() == 34);
        org.mfa_oob(&mfa_token, &oob_code, Some("wrong"))
            .await
            .is(400, "invalid_grant");
        let phone = org.phone(login);
        let inbox = match channel {
            "sms" => phone.texts(),
            "voice" => phone.calls(),
            _ => phone.emails(),
        };
        let tokens = org.mfa_oob(&mfa_token, &oob_code, Some(&inbox[0].code)).await.ok();
        assert!(
            crate::tokens::claims(&tokens)["amr"]
                .as_array()
                .unwrap()
                .contains(&amr.into()),
            "{channel}"
        );
        org.mfa_oob(&mfa_token, &oob_code, Some(&inbox[0].code))
            .await
            .is(403, "access_denied");
        org.seconds(31);
    }
}

#[tokio::test]
async fn emailed_codes_may_have_letters() {
    let org = Org::start().await;
    org.set_switch(|on| on.email_code = EmailCode::Letters);
    let mfa_token = org.mfa_token("email@example.com").await;
    let oob_code = org.challenge(&mfa_token, "email").await.ok().text("oob_code");
    let code = org.phone("email").emails()[0].code.clone();
    assert!(code.len() == 8 && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
    org.mfa_oob(&mfa_token, &oob_code, Some(&code.to_lowercase()))
        .await
        .is(400, "invalid_grant");
    org.mfa_oob(&mfa_token, &oob_code, Some(&code)).await.ok();
}

/// The name of the case, the form, the expected status and error.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, u16, &'a str);

#[tokio::test]
async fn challenges_are_refused_with_their_reasons() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::ScopeNotAllowed);
    org.allow_unexpected(Misuse::BadParameter);
    let mfa_token = org.mfa_token("push@example.com").await;
    let token = mfa_token.as_str();
    let types = ("challenge_types_supported", MFA_OOB);
    let cases: [Case<'_>; 9] = [
        (
            "scope",
            vec![
                ("mfa_token", token),
                types,
                ("channel_hint", "push"),
                ("scope", "openid"),
            ],
            400,
            "invalid_scope",
        ),
        ("no channel", vec![("mfa_token", token), types], 400, "invalid_request"),
        (
            "unknown channel",
            vec![("mfa_token", token), types, ("channel_hint", "owl")],
            400,
            "invalid_request",
        ),
        (
            "no types",
            vec![("mfa_token", token), ("channel_hint", "push")],
            400,
            "invalid_request",
        ),
        (
            "unknown type",
            vec![("mfa_token", token), ("challenge_types_supported", "owl")],
            400,
            "invalid_request",
        ),
        (
            "not enrolled",
            vec![("mfa_token", token), types, ("channel_hint", "sms")],
            403,
            "access_denied",
        ),
        (
            "otp not enrolled",
            vec![("mfa_token", token), ("challenge_types_supported", MFA_OTP)],
            403,
            "access_denied",
        ),
        (
            "foreign token",
            vec![("mfa_token", "made-up"), types, ("channel_hint", "push")],
            403,
            "access_denied",
        ),
        (
            "no token",
            vec![types, ("channel_hint", "push")],
            400,
            "invalid_request",
        ),
    ];
    for (name, form, status, error) in cases {
        let form = [&[("client_id", "portico-demo")], form.as_slice()].concat();
        let answer = org.post("/oauth2/v1/challenge", &form).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{name}: {}",
            answer.body
        );
    }
    let otp = org.mfa_token("otp@example.com").await;
    let form = [
        ("client_id", "portico-demo"),
        ("mfa_token", &otp),
        ("challenge_types_supported", MFA_OTP),
    ];
    let answer = org.post("/oauth2/v1/challenge", &form).await.ok();
    assert_eq!(answer.json(), serde_json::json!({ "challenge_type": MFA_OTP }));
    org.seconds(300);
    org.challenge(token, "push").await.is(403, "access_denied");
}

#[tokio::test]
async fn codes_belong_to_their_own_flow() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::ChangedMidFlow);
    let (one, code) = org.push("push@example.com").await;
    let (other, _) = org.push("number@example.com").await;
    let answer = org.mfa_oob(&other, &code, None).await.is(400, "invalid_request");
    assert!(
        answer
            .text("error_description")
            .contains("are not associated with each other")
    );
    let form = [("grant_type", MFA_OOB), ("mfa_token", &one), ("oob_code", &code)];
    org.token_as("portico-mfa", &form).await.is(401, "invalid_client");
    let scope = [&form[..], &[("client_id", "portico-demo"), ("scope", "openid")]].concat();
    org.post("/oauth2/v1/token", &scope).await.is(400, "invalid_scope");
    let acr = [&form[..], &[("acr_values", "urn:okta:loa:2fa:any")]].concat();
    let answer = org.token(&acr).await.is(400, "invalid_request");
    assert!(
        answer
            .text("error_description")
            .starts_with("The acr_values 'urn:okta:loa:2fa:any' do not match")
    );
    let server = [&form[..], &[("client_id", "portico-demo"), ("scope", "profile openid")]].concat();
    org.post("/oauth2/default/v1/token", &server)
        .await
        .is(400, "invalid_request");
    // The same scopes in another order are the same scope.
    org.post("/oauth2/v1/token", &server)
        .await
        .is(400, "authorization_pending");
}
