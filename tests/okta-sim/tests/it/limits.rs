//! Rate limits.

use okta_sim::Misuse;

use crate::org::{OTP, Org};

#[tokio::test]
async fn four_tries_a_second_are_allowed_for_one_name() {
    let org = Org::start().await;
    for _ in 0..4 {
        org.password("password@example.com").await.ok();
    }
    let answer = org.password("password@example.com").await.is(429, "invalid_grant");
    assert_eq!(
        answer.text("error_description"),
        "API call exceeded rate limit due to too many requests."
    );
    org.password("otp@example.com").await.is(403, "mfa_required");
    org.seconds(1);
    org.password("password@example.com").await.ok();
}

#[tokio::test]
async fn five_codes_are_allowed_in_five_minutes() {
    let org = Org::start().await;
    let form = [("grant_type", OTP), ("login_hint", "otp@example.com"), ("otp", "000")];
    for _ in 0..5 {
        org.token(&form).await.is(400, "invalid_grant");
        org.seconds(1);
    }
    org.token(&form).await.is(429, "invalid_grant");
    org.seconds(300);
    org.token(&form).await.is(400, "invalid_grant");
}

#[tokio::test]
async fn one_text_or_call_is_allowed_in_thirty_seconds() {
    let org = Org::start().await;
    let mfa_token = org.mfa_token("phone@example.com").await;
    org.challenge(&mfa_token, "sms").await.ok();
    org.challenge(&mfa_token, "sms").await.is(429, "E0000109");
    org.challenge(&mfa_token, "voice").await.is(429, "E0000133");
    org.seconds(30);
    org.challenge(&mfa_token, "voice").await.ok();
    let mfa_token = org.mfa_token("email@example.com").await;
    org.challenge(&mfa_token, "email").await.ok();
    org.challenge(&mfa_token, "email").await.is(429, "E0000118");
}

#[tokio::test]
async fn a_bucket_runs_empty_and_fills_again() {
    let org = Org::start().await;
    org.set_limits(|limits| limits.other_per_minute = 2);
    let revoke = async || {
        org.post("/oauth2/v1/revoke", &[("client_id", "portico-demo"), ("token", "x")])
            .await
    };
    assert_eq!(revoke().await.ok().header("x-rate-limit-remaining"), "1");
    assert_eq!(revoke().await.ok().header("x-rate-limit-remaining"), "0");
    let answer = revoke().await.is(429, "E0000047");
    assert_eq!(answer.header("x-rate-limit-limit"), "2");
    assert_eq!(answer.header("x-rate-limit-remaining"), "0");
    assert_eq!(answer.header("x-rate-limit-reset"), "1767225660");
    // Another bucket is not affected, and the next minute fills this one again.
    org.password("password@example.com").await.ok();
    org.seconds(60);
    revoke().await.ok();
}

#[tokio::test]
async fn polls_faster_than_the_interval_are_noticed() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::FastPoll);
    let (mfa_token, code) = org.push("push@example.com").await;
    let poll = async || org.mfa_oob(&mfa_token, &code, None).await;
    poll().await.is(400, "authorization_pending");
    org.seconds(4);
    poll().await.is(400, "authorization_pending");
    org.set_switch(|on| on.slow_down_on_fast_polls = true);
    poll().await.is(400, "slow_down");
    org.seconds(5);
    poll().await.is(400, "slow_down");
    org.seconds(15);
    poll().await.is(400, "authorization_pending");
}
