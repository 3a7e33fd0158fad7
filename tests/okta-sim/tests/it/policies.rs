//! When enough was proved.

use okta_sim::Misuse;

use crate::org::{MFA_OOB, MFA_OTP, OOB, Org};

#[tokio::test]
async fn each_client_has_its_policy() {
    let org = Org::start().await;
    let cases = [
        ("portico-demo", "password", 200, ""),
        ("portico-demo", "all", 403, "mfa_required"),
        ("portico-password", "all", 200, ""),
        ("portico-password", "unenrolled", 403, "access_denied"),
        ("portico-mfa", "all", 403, "mfa_required"),
        ("portico-mfa", "password", 403, "access_denied"),
        ("portico-optional", "all", 200, ""),
        ("portico-strict", "all", 403, "mfa_required"),
        ("portico-strict", "password", 403, "access_denied"),
    ];
    for (client, name, status, error) in cases {
        let answer = org.password_as(client, &format!("{name}@example.com")).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{client} {name}: {}",
            answer.body
        );
        org.seconds(1);
    }
}

#[tokio::test]
async fn a_policy_may_demand_two_factors_without_a_password() {
    let org = Org::start().await;
    let form = |channel| {
        [
            ("client_id", "portico-strict"),
            ("login_hint", "passwordless@example.com"),
            ("challenge_hint", OOB),
            ("channel_hint", channel),
        ]
    };
    let code = org
        .post("/oauth2/v1/primary-authenticate", &form("email"))
        .await
        .ok()
        .text("oob_code");
    let typed = org.phone("passwordless").emails()[0].code.clone();
    let first = [("grant_type", OOB), ("oob_code", &code), ("binding_code", &typed)];
    let mfa_token = org
        .token_as("portico-strict", &first)
        .await
        .is(403, "mfa_required")
        .text("mfa_token");
    let again = [
        ("client_id", "portico-strict"),
        ("mfa_token", &mfa_token),
        ("challenge_types_supported", MFA_OOB),
        ("channel_hint", "email"),
    ];
    let answer = org.post("/oauth2/v1/challenge", &again).await.is(403, "access_denied");
    assert!(
        answer.text("error_description").starts_with("Unable to prompt"),
        "the same factor does not count twice"
    );
    let otp = org.phone("passwordless").otp().unwrap();
    let second = [("grant_type", MFA_OTP), ("mfa_token", &mfa_token), ("otp", &otp)];
    let tokens = org.token_as("portico-strict", &second).await.ok();
    assert_eq!(
        crate::tokens::claims(&tokens)["amr"],
        serde_json::json!(["email", "otp", "mfa"])
    );
}

#[tokio::test]
async fn the_grants_a_client_supports_must_suffice() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadParameter);
    let shared = [
        ("grant_type", "password"),
        ("username", "push@example.com"),
        ("password", "portico-demo"),
    ];
    let with = |supported| [&shared[..], &[("grant_types_supported", supported)]].concat();
    let answer = org.token(&with(MFA_OTP)).await.is(403, "access_denied");
    assert!(
        answer
            .text("error_description")
            .starts_with(&format!("The 'grant_types_supported' '{MFA_OTP}' are not sufficient"))
    );
    org.token(&with("owl")).await.is(400, "invalid_request");
    org.token(&with(MFA_OOB)).await.is(403, "mfa_required");
    org.seconds(1);
    let missing = [("grant_type", OOB), ("oob_code", "x")];
    let answer = org
        .token_as("portico-password", &missing)
        .await
        .is(400, "unauthorized_client");
    assert!(
        answer
            .text("error_description")
            .ends_with("Configured grant types: [password, refresh_token].")
    );
    org.token(&[("grant_type", "owl")])
        .await
        .is(400, "unsupported_grant_type");
    let unheard = org.token(&[("username", "x")]).await.is(400, "invalid_request");
    assert!(
        unheard
            .text("error_description")
            .starts_with("The token request must specify a 'grant_type'.")
    );
}

#[tokio::test]
async fn a_stronger_demand_asks_for_a_second_factor() {
    let org = Org::start().await;
    let acr = ("acr_values", "urn:okta:loa:2fa:any");
    let shared = [
        ("grant_type", "password"),
        ("username", "otp@example.com"),
        ("password", "portico-demo"),
        acr,
    ];
    let mfa_token = org
        .token_as("portico-optional", &shared)
        .await
        .is(403, "mfa_required")
        .text("mfa_token");
    let otp = org.phone("otp").otp().unwrap();
    let form = [
        ("grant_type", MFA_OTP),
        ("mfa_token", mfa_token.as_str()),
        ("otp", otp.as_str()),
        acr,
    ];
    let tokens = org.token_as("portico-optional", &form).await.ok();
    assert_eq!(crate::tokens::claims(&tokens)["acr"], "urn:okta:loa:2fa:any");
}
