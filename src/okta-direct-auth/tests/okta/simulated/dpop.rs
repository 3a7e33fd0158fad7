//! Proof of possession, checked by an org that was written without this library.

use std::{sync::Arc, time::Duration};

use okta_direct_auth::{
    AuthorizationServer, Channel, ClientAuth, Context, DpopMode, Error, ErrorKind, Password, SavedTokens, Step,
    TokenSet,
};
use okta_sim::{CUSTOM_SERVER, Endpoint, Misuse, PASSWORD, Settings, UnaskedProof, test_keys};

use super::{OffClock, Org, device, finished, full, pending, push, signed_in};

const A_DAY: Duration = Duration::from_hours(24);

async fn org(client_id: &str, dpop: DpopMode) -> Org {
    Org::with(client_id, Settings::default(), |config| {
        config.dpop = dpop;
        config.scopes.push("offline_access".to_owned());
    })
    .await
}

async fn attempt(org: &Org) -> Result<Step, Error> {
    // The org limits sign-ins per second of one user.
    org.sim.advance(Duration::from_secs(2));
    let password = Password::new(PASSWORD);
    let context = Context::default();
    org.client.password(&full("password"), &password, &context).await
}

async fn sign_in(org: &Org) -> TokenSet {
    signed_in(attempt(org).await.unwrap())
}

#[tokio::test]
async fn a_session_lives_by_its_key() {
    for mode in [DpopMode::On, DpopMode::Auto] {
        let org = org("portico-dpop", mode).await;
        let tokens = sign_in(&org).await;
        let saved = serde_json::to_string(&tokens.save()).unwrap();
        let org = org.restarted();
        let tokens = serde_json::from_str::<SavedTokens>(&saved).unwrap().restore();
        let (key, sub) = (tokens.dpop_key.unwrap(), tokens.claims.sub);
        let access = tokens.access_token.unwrap();
        let info = org.client.userinfo_bound(&access, &key, &sub).await;
        assert_eq!(info.unwrap().sub, sub);
        let refresh = tokens.refresh_token.unwrap();
        let renewed = org.client.refresh_bound(&refresh, &key, &sub, &device()).await.unwrap();
        let (access, key) = (renewed.access_token.unwrap(), renewed.dpop_key.unwrap());
        let info = org.client.userinfo_bound(&access, &key, &sub).await;
        assert_eq!(info.unwrap().sub, sub);
        let refresh = renewed.refresh_token.unwrap();
        org.client.revoke_refresh_token(&refresh, &device()).await.unwrap();
    }
}

#[tokio::test]
async fn every_factor_is_proved() {
    let org = org("portico-dpop", DpopMode::On).await;
    let (mfa, code) = (org.mfa("otp").await, org.otp("otp"));
    let step = mfa.answer_otp(&org.client, &code, &device()).await;
    let tokens = signed_in(step.unwrap());
    assert!(tokens.dpop_key.is_some());

    let mfa = org.mfa("number").await;
    let started = mfa.challenge(&org.client, Channel::Push, &device()).await.unwrap();
    let waiting = pending(org.look(push(started)).await);
    let waiting = pending(org.look(waiting).await);
    org.approve("number", &waiting);
    assert!(finished(org.look(waiting).await).dpop_key.is_some());

    let login = full("passkey");
    let context = Context::default();
    let waiting = org.client.webauthn(Some(&login), &context).await.unwrap();
    let assertion = org.touch("passkey", &waiting).await;
    let step = waiting.answer(&org.client, &assertion, &device()).await;
    assert!(signed_in(step.unwrap()).dpop_key.is_some());
}

#[tokio::test]
async fn a_confidential_client_proves_both() {
    let org = Org::with("portico-dpop-key-es", Settings::default(), |config| {
        config.dpop = DpopMode::On;
        config.client_auth = ClientAuth::PrivateKeyJwt {
            pem: test_keys::EC_PRIVATE_KEY_PEM.into(),
            key_id: Some(test_keys::EC_KEY_ID.to_owned()),
        };
    })
    .await;
    assert!(sign_in(&org).await.dpop_key.is_some());
    assert_eq!(org.sim.count(Endpoint::Token), 2);
}

#[tokio::test]
async fn a_custom_server_has_nonces_of_its_own() {
    let org = Org::with("portico-dpop", Settings::default(), |config| {
        config.dpop = DpopMode::On;
        config.authorization_server = AuthorizationServer::Custom(CUSTOM_SERVER.to_owned());
    })
    .await;
    assert!(sign_in(&org).await.dpop_key.is_some());
}

#[tokio::test]
async fn nonces_are_learned_once_and_renewed_in_passing() {
    let org = org("portico-dpop", DpopMode::On).await;
    let calls = async |calls: u64| {
        let before = org.sim.count(Endpoint::Token);
        sign_in(&org).await;
        assert_eq!(org.sim.count(Endpoint::Token) - before, calls);
    };
    calls(2).await;
    calls(1).await;
    org.sim.advance(A_DAY);
    calls(1).await;
    // The last reply brought the next nonce; by now the first would be dead.
    org.sim.advance(3 * A_DAY);
    calls(1).await;
    org.sim.advance(5 * A_DAY);
    calls(2).await;
}

/// SEC-226: the refresh token alone is useless.
#[tokio::test]
async fn another_key_does_not_refresh() {
    let org = org("portico-dpop", DpopMode::On).await;
    org.sim.allow_unexpected(Misuse::BadProof);
    let (tokens, other) = (sign_in(&org).await, sign_in(&org).await);
    let (refresh, sub) = (tokens.refresh_token.unwrap(), tokens.claims.sub);
    let thief = other.dpop_key.unwrap();
    let stolen = org.client.refresh_bound(&refresh, &thief, &sub, &device()).await;
    assert_eq!(stolen.unwrap_err().error.cause(), "dpop_key_binding");
    let forgotten = org.client.refresh(&refresh, &sub, &device()).await;
    assert_eq!(forgotten.unwrap_err().error.cause(), "dpop_key_binding");
    let access = tokens.access_token.unwrap();
    let stolen = org.client.userinfo_bound(&access, &thief, &sub).await;
    assert!(stolen.is_err());
    let forgotten = org.client.userinfo(&access, &sub).await;
    assert!(forgotten.is_err());
    let key = tokens.dpop_key.unwrap();
    org.client.refresh_bound(&refresh, &key, &sub, &device()).await.unwrap();
}

#[tokio::test]
async fn what_the_app_demands_and_what_we_do_must_fit() {
    use DpopMode::{Auto, Off, On};
    use UnaskedProof::{Binds, Ignored};
    let misconfigured = |cause| Err((ErrorKind::Misconfigured, cause));
    let rows = [
        ("portico-demo", Off, Ignored, Ok(false)),
        ("portico-demo", On, Ignored, misconfigured("token_not_dpop_bound")),
        ("portico-demo", Auto, Ignored, Ok(false)),
        ("portico-demo", On, Binds, Ok(true)),
        ("portico-demo", Auto, Binds, Ok(true)),
        ("portico-dpop", Off, Ignored, misconfigured("invalid_dpop_proof")),
        ("portico-dpop", On, Ignored, Ok(true)),
        ("portico-dpop", Auto, Ignored, Ok(true)),
    ];
    for (client_id, mode, unasked, expected) in rows {
        let org = org(client_id, mode).await;
        org.sim.set_switch(|on| on.unasked_dpop_proof = unasked);
        if mode == Off {
            org.sim.allow_unexpected(Misuse::BadProof);
        }
        let outcome = attempt(&org).await.map(signed_in);
        let outcome = outcome.map(|tokens| tokens.dpop_key.is_some());
        let outcome = outcome.map_err(|error| (error.kind(), error.cause()));
        assert_eq!(outcome, expected, "{client_id} {mode:?} {unasked:?}");
    }
}

/// SEC-409, within the skew that is still accepted.
#[tokio::test]
async fn a_clock_that_is_off_does_not_spoil_proofs() {
    for skew in [-240, -30, 30, 240] {
        let org = org("portico-dpop", DpopMode::On).await;
        let clock = OffClock(Arc::clone(&org.sim), skew);
        let client = org.client.clone().with_clock(Arc::new(clock));
        let org = Org { client, ..org };
        assert!(sign_in(&org).await.dpop_key.is_some(), "{skew}");
    }
}
