//! First factors.

use okta_direct_auth::{Channel, ClientAuth, Code, Context, ErrorKind, Password, Step};
use okta_sim::{Settings, test_keys};

use super::{Org, device, finished, full, pending, push, sent, signed_in};

#[tokio::test]
async fn a_password_is_enough_where_policy_says_so() {
    let org = Org::new("portico-demo").await;
    let tokens = signed_in(org.password("password").await);
    assert_eq!(
        tokens.claims.preferred_username.as_deref(),
        Some("password@example.com")
    );
    assert_eq!(tokens.claims.amr, ["pwd"]);
    assert!(tokens.access_token.is_some() && tokens.request_id.is_some());
    let secrets = org.sim.secrets_issued();
    let shown = format!("{tokens:?} {:?}", org.client);
    assert!(secrets.iter().all(|secret| !shown.contains(secret)));
}

#[tokio::test]
async fn a_password_that_does_not_work_says_why_as_far_as_okta_does() {
    let org = Org::new("portico-demo").await;
    let rows = [
        ("password", "wrong", ErrorKind::WrongCredentials),
        ("nobody", okta_sim::PASSWORD, ErrorKind::WrongCredentials),
        ("locked", okta_sim::PASSWORD, ErrorKind::WrongCredentials),
        ("expired", okta_sim::PASSWORD, ErrorKind::PasswordExpired),
        ("unassigned", okta_sim::PASSWORD, ErrorKind::NotAssigned),
        ("denied", okta_sim::PASSWORD, ErrorKind::PolicyDenied),
    ];
    for (login, password, kind) in rows {
        let answer = org
            .client
            .password(&full(login), &Password::new(password), &Context::default())
            .await;
        assert_eq!(answer.unwrap_err().kind(), kind, "{login}");
    }
}

#[tokio::test]
async fn every_client_authentication_is_accepted() {
    let secret = || test_keys::CLIENT_SECRET.into();
    let key = |pem: &str, id: &str| ClientAuth::PrivateKeyJwt {
        pem: pem.into(),
        key_id: Some(id.to_owned()),
    };
    let rows = [
        ("portico-demo", ClientAuth::None),
        ("portico-basic", ClientAuth::SecretBasic(secret())),
        ("portico-post", ClientAuth::SecretPost(secret())),
        ("portico-secret-jwt", ClientAuth::SecretJwt(secret())),
        (
            "portico-key-rs",
            key(test_keys::RSA_PRIVATE_KEY_PEM, test_keys::RSA_KEY_ID),
        ),
        (
            "portico-key-es",
            key(test_keys::EC_PRIVATE_KEY_PEM, test_keys::EC_KEY_ID),
        ),
    ];
    for (client_id, auth) in rows {
        let org = Org::with(client_id, Settings::default(), |config| {
            config.client_auth = auth;
            config.org_knows_webauthn = client_id == "portico-demo";
        })
        .await;
        let mfa = org.mfa("push").await;
        let started = mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap();
        let waiting = pending(org.look(push(started)).await);
        org.approve("push", &waiting);
        let tokens = finished(org.look(waiting).await);
        let access = tokens.access_token.unwrap();
        org.client.revoke_access_token(&access, &device()).await.unwrap();
    }
}

#[tokio::test]
async fn an_authenticator_app_can_come_first() {
    let org = Org::new("portico-optional").await;
    let login = full("passwordless");
    let wrong = org.client.otp(&login, &Code::new("000000"), &Context::default()).await;
    assert_eq!(wrong.unwrap_err().kind(), ErrorKind::WrongCode);
    let step = org
        .client
        .otp(&login, &org.otp("passwordless"), &Context::default())
        .await
        .unwrap();
    assert_eq!(signed_in(step).claims.amr, ["otp"]);
}

#[tokio::test]
async fn a_push_can_come_first() {
    let org = Org::new("portico-optional").await;
    let started = org
        .client
        .out_of_band(&full("push"), Channel::Push, &Context::default())
        .await
        .unwrap();
    let waiting = push(started);
    assert!(waiting.mfa().is_none());
    let waiting = pending(org.look(waiting).await);
    org.approve("push", &waiting);
    finished(org.look(waiting).await);
}

#[tokio::test]
async fn a_sent_code_can_come_first() {
    for (login, channel) in [
        ("phone", Channel::Sms),
        ("phone", Channel::Voice),
        ("email", Channel::Email),
    ] {
        let org = Org::new("portico-optional").await;
        let started = org
            .client
            .out_of_band(&full(login), channel, &Context::default())
            .await
            .unwrap();
        let waiting = sent(started);
        assert_eq!(waiting.channel(), channel);
        let wrong = waiting
            .answer(&org.client, &Code::new("000000"), &device())
            .await
            .unwrap_err();
        assert_eq!(wrong.error.kind(), ErrorKind::WrongCode);
        let code = org.code(login, channel);
        let step = wrong
            .retry
            .unwrap()
            .answer(&org.client, &code, &device())
            .await
            .unwrap();
        signed_in(step);
    }
}

#[tokio::test]
async fn policy_may_want_a_second_factor_after_any_first() {
    let org = Org::new("portico-strict").await;
    let login = full("passwordless");
    let step = org
        .client
        .otp(&login, &org.otp("passwordless"), &Context::default())
        .await
        .unwrap();
    let Step::MfaRequired(mfa) = step else {
        panic!("{step:?}")
    };
    let waiting = sent(mfa.challenge(&org.client, Channel::Email, &device()).await.unwrap());
    let code = org.code("passwordless", Channel::Email);
    signed_in(waiting.answer(&org.client, &code, &device()).await.unwrap());
}
