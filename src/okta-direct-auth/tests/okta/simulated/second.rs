//! Second factors after a password.

use okta_direct_auth::{Channel, Code, ErrorKind};

use super::{FIVE_MINUTES, Org, device, finished, pending, push, sent, signed_in};

#[tokio::test]
async fn an_authenticator_app_comes_second() {
    let org = Org::new("portico-mfa").await;
    let mfa = org.mfa("otp").await;
    let wrong = mfa
        .answer_otp(&org.client, &Code::new("000000"), &device())
        .await
        .unwrap_err();
    assert_eq!(wrong.error.kind(), ErrorKind::WrongCode);
    let code = org.otp("otp");
    let tokens = signed_in(
        wrong
            .retry
            .unwrap()
            .answer_otp(&org.client, &code, &device())
            .await
            .unwrap(),
    );
    assert!(tokens.claims.amr.iter().any(|method| method == "mfa"));
}

#[tokio::test]
async fn a_sent_code_comes_second() {
    for (login, channel) in [
        ("phone", Channel::Sms),
        ("phone", Channel::Voice),
        ("email", Channel::Email),
    ] {
        let org = Org::new("portico-mfa").await;
        let mfa = org.mfa(login).await;
        let waiting = sent(mfa.challenge(&org.client, channel, &device()).await.unwrap());
        assert!(waiting.mfa().is_some());
        let code = org.code(login, channel);
        signed_in(waiting.answer(&org.client, &code, &device()).await.unwrap());
    }
}

#[tokio::test]
async fn a_push_comes_second_with_and_without_a_number() {
    for (login, has_number) in [("push", false), ("number", true)] {
        let org = Org::new("portico-mfa").await;
        let mfa = org.mfa(login).await;
        let waiting = push(mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap());
        assert_eq!(waiting.number().is_some(), has_number);
        let waiting = pending(org.look(waiting).await);
        org.approve(login, &waiting);
        finished(org.look(waiting).await);
    }
}

#[tokio::test]
async fn a_rejected_push_can_be_sent_again() {
    let org = Org::new("portico-mfa").await;
    let mfa = org.mfa("push").await;
    let waiting = push(mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap());
    let spare = waiting.clone();
    let phone = org.sim.phone("push");
    phone.deny(&phone.pending().unwrap().id).unwrap();
    org.sim.advance(waiting.interval());
    let failed = waiting.poll(&org.client, &device()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::PushRejected);
    assert!(failed.retry.is_none());
    let waiting = push(spare.again(&org.client, &device()).await.unwrap());
    org.approve("push", &waiting);
    finished(org.look(waiting).await);
}

#[tokio::test]
async fn polling_too_fast_makes_the_interval_grow() {
    let org = Org::new("portico-mfa").await;
    org.sim.allow_unexpected(okta_sim::Misuse::FastPoll);
    org.sim.set_switch(|on| on.slow_down_on_fast_polls = true);
    let mfa = org.mfa("push").await;
    let waiting = push(mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap());
    let waiting = pending(org.look(waiting).await);
    let before = waiting.interval();
    let waiting = pending(waiting.poll(&org.client, &device()).await.unwrap());
    assert!(waiting.interval() > before);
}

#[tokio::test]
async fn what_waited_too_long_has_expired() {
    let org = Org::new("portico-mfa").await;
    let mfa = org.mfa("all").await;
    let code = sent(
        mfa.clone()
            .challenge(&org.client, Channel::Sms, &device())
            .await
            .unwrap(),
    );
    org.sim.advance(FIVE_MINUTES);
    let failed = code
        .answer(&org.client, &Code::new("123456"), &device())
        .await
        .unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::ChallengeExpired);
    let failed = mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::FlowExpired);
    assert!(failed.retry.is_none());
}

#[tokio::test]
async fn another_factor_can_be_chosen_when_one_is_not_enrolled() {
    let org = Org::new("portico-mfa").await;
    let mfa = org.mfa("phone").await;
    let failed = mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap_err();
    assert_eq!(failed.error.kind(), ErrorKind::NotEnrolled);
    let waiting = sent(
        failed
            .retry
            .unwrap()
            .challenge(&org.client, Channel::Sms, &device())
            .await
            .unwrap(),
    );
    let code = org.code("phone", Channel::Sms);
    signed_in(waiting.answer(&org.client, &code, &device()).await.unwrap());
}
