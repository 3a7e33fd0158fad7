//! Codes of an authenticator app, as first and as second factor.

use crate::org::{MFA_OTP, OTP, Org};

#[tokio::test]
async fn the_code_on_the_phone_completes_a_password() {
    let org = Org::start().await;
    let mfa_token = org.mfa_token("otp@example.com").await;
    assert_eq!(mfa_token.len(), 20);
    let second = |otp: &str| {
        vec![
            ("grant_type".to_owned(), MFA_OTP.to_owned()),
            ("mfa_token".to_owned(), mfa_token.clone()),
            ("otp".to_owned(), otp.to_owned()),
        ]
    };
    let ask = async |otp: &str| {
        let form = second(otp);
        let form: Vec<_> = form.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        org.token(&form).await
    };
    ask("").await.is(400, "invalid_grant");
    let answer = ask("12345").await.is(400, "invalid_grant");
    assert!(
        answer
            .text("error_description")
            .starts_with("The 'otp' provided is either empty")
    );
    let code = org.phone("otp").otp().unwrap();
    ask(&code).await.ok();
    ask(&code).await.is(403, "access_denied");
    org.seconds(1);
    // The same code again, in a new sign-in: refused as wrong.
    let again = org.mfa_token("otp@example.com").await;
    org.token(&[("grant_type", MFA_OTP), ("mfa_token", &again), ("otp", &code)])
        .await
        .is(400, "invalid_grant");
    org.seconds(60);
    let later = org.phone("otp").otp().unwrap();
    assert_ne!(later, code);
    org.token(&[("grant_type", MFA_OTP), ("mfa_token", &again), ("otp", &later)])
        .await
        .ok();
}

#[tokio::test]
async fn a_code_is_valid_up_to_one_time_step_late() {
    for (seconds, is_good) in [(0, true), (30, true), (60, false)] {
        let org = Org::start().await;
        let code = org.phone("otp").otp().unwrap();
        org.seconds(seconds);
        let form = [("grant_type", OTP), ("login_hint", "otp@example.com"), ("otp", &code)];
        let answer = org.token(&form).await;
        assert_eq!(answer.status == 200, is_good, "{seconds} s later: {}", answer.body);
    }
}

#[tokio::test]
async fn a_code_alone_is_enough_where_the_policy_says_so() {
    let org = Org::start().await;
    let code = org.phone("otp").otp().unwrap();
    let form = [
        ("grant_type", OTP),
        ("login_hint", "otp@example.com"),
        ("otp", code.as_str()),
    ];
    let required = org.token_as("portico-strict", &form).await.is(403, "access_denied");
    assert!(
        required
            .text("error_description")
            .starts_with("The required authenticator"),
        "otp@ has no second factor"
    );
    let code = org.phone("all").otp().unwrap();
    let form = [
        ("grant_type", OTP),
        ("login_hint", "all@example.com"),
        ("otp", code.as_str()),
    ];
    org.token_as("portico-strict", &form).await.is(403, "mfa_required");
    org.token(&[("grant_type", OTP), ("login_hint", "push@example.com"), ("otp", "1")])
        .await
        .is(403, "access_denied");
    org.token(&[("grant_type", OTP), ("login_hint", "nobody@example.com"), ("otp", "1")])
        .await
        .is(400, "invalid_grant");
}

#[tokio::test]
async fn an_mfa_token_expires() {
    let org = Org::start().await;
    let mfa_token = org.mfa_token("otp@example.com").await;
    org.seconds(301);
    let code = org.phone("otp").otp().unwrap();
    let form = [
        ("grant_type", MFA_OTP),
        ("mfa_token", mfa_token.as_str()),
        ("otp", code.as_str()),
    ];
    let answer = org.token(&form).await.is(403, "access_denied");
    assert_eq!(
        answer.text("error_description"),
        format!("'{mfa_token}' has expired. Use a new 'mfa_token' and try again.")
    );
}
