//! A sign-in goes on after a restart: every state is saved by one client, stored as JSON, and restored by another.

use std::{fmt::Debug, time::Duration};

use okta_direct_auth::{
    Channel, Client, Code, Context, ErrorKind, Password, SavedCode, SavedMfa, SavedPasskey, SavedPush, SavedTokens,
    Step,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Org, device, finished, full, pending, push, sent, signed_in};
use crate::scripted::{Okta, mfa_required};

/// Stores a state as JSON and reads it back.
fn stored<T: Serialize + DeserializeOwned + Debug>(org: &Org, saved: &T) -> T {
    let shown = format!("{saved:?}");
    let secrets = org.sim.secrets_issued();
    assert!(
        !shown.contains("@example.com") && !secrets.iter().any(|secret| shown.contains(secret)),
        "{shown}"
    );
    serde_json::from_str(&serde_json::to_string(saved).unwrap()).unwrap()
}

#[tokio::test]
async fn a_second_factor_is_answered_after_a_restart() {
    let org = Org::new("portico-mfa").await;
    let saved: SavedMfa = stored(&org, &org.mfa("otp").await.save());
    let org = org.restarted();
    let step = saved
        .restore()
        .answer_otp(&org.client, &org.otp("otp"), &device())
        .await
        .unwrap();
    signed_in(step);
}

#[tokio::test]
async fn a_sent_code_is_answered_after_a_restart() {
    for (login, channel) in [
        ("phone", Channel::Sms),
        ("phone", Channel::Voice),
        ("email", Channel::Email),
    ] {
        let org = Org::new("portico-mfa").await;
        let mfa: SavedMfa = stored(&org, &org.mfa(login).await.save());
        let org = org.restarted();
        let waiting = sent(mfa.restore().challenge(&org.client, channel, &device()).await.unwrap());
        let saved: SavedCode = stored(&org, &waiting.save());
        let org = org.restarted();
        let again = saved.restore();
        assert_eq!(again.channel(), channel);
        assert_eq!(again.expires_in(), waiting.expires_in());
        let code = org.code(login, channel);
        signed_in(again.answer(&org.client, &code, &device()).await.unwrap());
    }
}

#[tokio::test]
async fn a_first_factor_is_sent_again_after_a_restart() {
    let org = Org::new("portico-optional").await;
    let login = full("email");
    let context = Context::default();
    let started = org.client.out_of_band(&login, Channel::Email, &context);
    let saved: SavedCode = stored(&org, &sent(started.await.unwrap()).save());
    let org = org.restarted();
    let again = saved.restore();
    assert!(again.mfa().is_none());
    // Emails must not follow each other too soon.
    org.sim.advance(Duration::from_secs(31));
    // Needs the login, which only the saved state still holds.
    let waiting = sent(again.again(&org.client, &device()).await.unwrap());
    let code = org.code("email", Channel::Email);
    signed_in(waiting.answer(&org.client, &code, &device()).await.unwrap());
}

#[tokio::test]
async fn a_push_is_polled_on_after_a_restart() {
    for (login, has_number) in [("push", false), ("number", true)] {
        let org = Org::new("portico-mfa").await;
        let mfa = org.mfa(login).await;
        let started = mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap();
        let waiting = pending(org.look(push(started)).await);
        let saved: SavedPush = stored(&org, &waiting.save());
        let org = org.restarted();
        let again = saved.restore();
        assert_eq!(again.number(), waiting.number());
        assert_eq!(again.number().is_some(), has_number);
        assert_eq!(again.interval(), waiting.interval());
        let again = pending(org.look(again).await);
        org.approve(login, &again);
        finished(org.look(again).await);
    }
}

#[tokio::test]
async fn a_challenge_is_no_younger_after_a_restart() {
    let org = Org::new("portico-mfa").await;
    let mfa = org.mfa("push").await;
    let waiting = push(mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap());
    let saved: SavedPush = stored(&org, &waiting.save());
    org.sim.advance(waiting.expires_in());
    let org = org.restarted();
    let asked = org.sim.count(okta_sim::Endpoint::Token);
    let failed = saved.restore().poll(&org.client, &device()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::ChallengeExpired);
    assert_eq!(org.sim.count(okta_sim::Endpoint::Token), asked);
}

#[tokio::test]
async fn a_passkey_is_answered_after_a_restart() {
    let org = Org::new("portico-optional").await;
    let login = full("passkey");
    let context = Context::default();
    let first = org.client.webauthn(Some(&login), &context).await.unwrap();
    let org_two = Org::new("portico-mfa").await;
    let mfa = org_two.mfa("all").await;
    let second = mfa.webauthn(&org_two.client, &device()).await.unwrap();
    for (org, login, pending) in [(org, "passkey", first), (org_two, "all", second)] {
        let saved: SavedPasskey = stored(&org, &pending.save());
        let org = org.restarted();
        let again = saved.restore();
        assert_eq!(again.options_json(), pending.options_json());
        assert_eq!(again.mfa().is_some(), login == "all");
        let assertion = org.touch(login, &again).await;
        signed_in(again.answer(&org.client, &assertion, &device()).await.unwrap());
    }
}

#[tokio::test]
async fn tokens_are_used_after_a_restart() {
    let org = super::sessions::with_offline_access().await;
    let tokens = signed_in(org.password("password").await);
    let saved: SavedTokens = stored(&org, &tokens.save());
    let org = org.restarted();
    let again = saved.restore();
    assert_eq!(again.claims, tokens.claims);
    assert_eq!(
        (again.expires_in, &again.scope, &again.request_id),
        (tokens.expires_in, &tokens.scope, &tokens.request_id)
    );
    assert_eq!(again.id_token.expose_secret(), tokens.id_token.expose_secret());
    let sub = &again.claims.sub;
    let access = again.access_token.unwrap();
    org.client.userinfo(&access, sub).await.unwrap();
    let refresh = again.refresh_token.unwrap();
    org.client.refresh(&refresh, sub, &device()).await.unwrap();
}

#[tokio::test]
async fn rounds_are_counted_across_restarts() {
    let okta = Okta::start(|seen, _| seen.path.ends_with("/token").then(mfa_required));
    let client = || -> Client { okta.client().0 };
    let mut step = client()
        .password("robin", &Password::new("pw"), &Context::default())
        .await
        .unwrap();
    for round in 1..=3 {
        let Step::MfaRequired(mfa) = step else {
            panic!("{step:?}")
        };
        let stored = serde_json::to_string(&mfa.save()).unwrap();
        let again = serde_json::from_str::<SavedMfa>(&stored).unwrap().restore();
        let answered = again.answer_otp(&client(), &Code::new("123456"), &device()).await;
        if round == 3 {
            assert_eq!(answered.unwrap_err().error.kind(), ErrorKind::TooManyFactors);
            return;
        }
        step = answered.unwrap();
    }
}
