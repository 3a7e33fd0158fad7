//! Which tokens are accepted.

use okta_direct_auth::{Device, DpopMode, ErrorKind, RefreshToken, Step};
use serde_json::{Value, json};
use url::Url;

use super::{client, jwk, password, tokens_of};
use crate::scripted::{Okta, Reply, SUB, discovery, refusal};

/// SEC-226: where bound tokens are demanded, others are refused and revoked.
#[tokio::test]
async fn only_tokens_of_the_right_type_are_let_in() {
    use DpopMode::{Auto, Off, On};
    let good = |is_bound: bool| Ok(is_bound);
    let rows = [
        (Off, "Bearer", good(false)),
        (Off, "DPoP", Err((ErrorKind::Nonsense, "token_type"))),
        (On, "DPoP", good(true)),
        (On, "dpop", good(true)),
        (On, "Bearer", Err((ErrorKind::Misconfigured, "token_not_dpop_bound"))),
        (Auto, "DPoP", good(true)),
        (Auto, "Bearer", good(false)),
    ];
    for (mode, token_type, expected) in rows {
        let okta = Okta::start(move |seen, _| {
            let is_token_call = seen.path.ends_with("/token");
            is_token_call.then(|| tokens_of(seen, token_type, None))
        });
        let outcome = password(&client(&okta, mode)).await.map(|step| match step {
            Step::SignedIn(tokens) => tokens.dpop_key.is_some(),
            step @ Step::MfaRequired(_) => panic!("{step:?}"),
        });
        let revoked = okta.seen("/revoke").len();
        let outcome = outcome.map_err(|error| (error.kind(), error.cause()));
        assert_eq!(outcome, expected, "{mode:?} {token_type}");
        assert_eq!(revoked, usize::from(expected.is_err()), "{mode:?} {token_type}");
    }
}

#[tokio::test]
async fn a_proof_is_only_sent_to_a_server_that_can_read_it() {
    let rows = [
        (DpopMode::Auto, json!(["RS256", "ES256"]), Some(true)),
        (DpopMode::Auto, json!(["RS256"]), Some(false)),
        (DpopMode::Auto, Value::Null, Some(false)),
        (DpopMode::Off, json!(["ES256"]), Some(false)),
        (DpopMode::On, json!(["RS256"]), None),
    ];
    for (mode, algorithms, is_sent) in rows {
        let name = format!("{mode:?} {algorithms}");
        let okta = Okta::start(move |seen, _| {
            let url = Url::parse(&format!("http://{}/", seen.headers["host"])).unwrap();
            let mut document = discovery(&url);
            document["dpop_signing_alg_values_supported"] = algorithms.clone();
            let is_asked = seen.path.ends_with("openid-configuration");
            is_asked.then_some(Reply::Json(200, document))
        });
        let outcome = password(&client(&okta, mode)).await;
        match is_sent {
            Some(is_sent) => {
                outcome.unwrap();
                let seen = &okta.seen("/token")[0];
                assert_eq!(seen.headers.contains_key("dpop"), is_sent, "{name}");
            }
            None => assert_eq!(outcome.unwrap_err().cause(), "dpop_unsupported", "{name}"),
        }
    }
}

#[tokio::test]
async fn a_session_keeps_its_key_whatever_the_mode() {
    let okta = Okta::start(|seen, _| {
        let is_token_call = seen.path.ends_with("/token");
        is_token_call.then(|| tokens_of(seen, "DPoP", None))
    });
    let tokens = super::sign_in(&client(&okta, DpopMode::On)).await;
    let (key, refresh) = (tokens.dpop_key.unwrap(), tokens.refresh_token.unwrap());
    let device = Device::default();
    for mode in [DpopMode::Off, DpopMode::Auto, DpopMode::On] {
        let renewed = client(&okta, mode).refresh_bound(&refresh, &key, SUB, &device).await;
        assert!(renewed.unwrap().dpop_key.is_some(), "{mode:?}");
    }
    let seen = okta.seen("/token");
    assert!(seen.iter().all(|call| jwk(call) == jwk(&seen[0])));
}

#[tokio::test]
async fn a_session_without_a_key_gets_one_when_it_is_refreshed() {
    let okta = Okta::start(|seen, _| {
        let is_token_call = seen.path.ends_with("/token");
        is_token_call.then(|| tokens_of(seen, "DPoP", None))
    });
    let renewed = client(&okta, DpopMode::On)
        .refresh(&RefreshToken::new("r"), SUB, &Device::default())
        .await;
    assert!(renewed.unwrap().dpop_key.is_some());
}

/// Anything else that is wrong with a proof is ours to repair, and no reason to end a session.
#[tokio::test]
async fn only_a_refresh_token_of_another_key_ends_the_session() {
    let rows = [
        (
            "Invalid DPoP Public Key binding in refresh token",
            ErrorKind::SessionOver,
            "dpop_key_binding",
        ),
        ("", ErrorKind::Misconfigured, "invalid_dpop_proof"),
    ];
    for (text, kind, cause) in rows {
        let okta = Okta::start(move |seen, _| {
            let is_token_call = seen.path.ends_with("/token");
            is_token_call.then(|| refusal(400, "invalid_dpop_proof", text))
        });
        let (token, device) = (RefreshToken::new("r"), Device::default());
        let error = client(&okta, DpopMode::On)
            .refresh(&token, SUB, &device)
            .await
            .unwrap_err()
            .error;
        assert_eq!((error.kind(), error.cause()), (kind, cause));
    }
}
