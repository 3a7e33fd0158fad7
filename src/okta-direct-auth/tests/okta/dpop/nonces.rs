//! A demanded nonce: the call is repeated once and no more.

use std::sync::{Arc, Mutex};

use okta_direct_auth::{CallReport, Device, DpopMode, Entropy, ErrorKind, Observer, RefreshToken, Step};
use serde_json::{Value, json};

use super::{claims, client, password, refused, sign_in, tokens_of};
use crate::scripted::{Okta, Reply, SUB, Seen};

const DEMAND: &str = "use_dpop_nonce";

fn is_token_call(seen: &Seen) -> bool {
    seen.path.ends_with("/token")
}

/// Demands `nonce` until it comes.
fn demanding(nonce: &'static str) -> Okta {
    Okta::start(move |seen, _| {
        if !is_token_call(seen) {
            return None;
        }
        Some(if claims(seen)["nonce"] == nonce {
            tokens_of(seen, "DPoP", None)
        } else {
            refused(400, DEMAND, Some(nonce))
        })
    })
}

#[tokio::test]
async fn a_demanded_nonce_is_given_in_a_new_proof() {
    let okta = demanding("n-1");
    sign_in(&client(&okta, DpopMode::On)).await;
    let seen = okta.seen("/token");
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].form, seen[1].form);
    let (first, second) = (claims(&seen[0]), claims(&seen[1]));
    assert!(first.get("nonce").is_none());
    assert_eq!(second["nonce"], "n-1");
    assert_ne!(first["jti"], second["jti"]);
}

/// What a script answers to the first, second, ... token call.
type Answers = fn(&Seen, usize) -> Option<Reply>;

fn answering(answers: Answers) -> Okta {
    Okta::start(move |seen, before| {
        if is_token_call(seen) {
            answers(seen, before)
        } else {
            None
        }
    })
}

/// SEC-402: a demanded nonce is the only reason to send a password or a refresh token again, and only once.
#[tokio::test]
async fn nothing_else_is_sent_again() {
    let rows: [(&str, Answers, usize); 10] = [
        (
            "demanded for ever",
            |_, before| Some(refused(400, DEMAND, Some(["a", "b", "c"][before]))),
            2,
        ),
        (
            "demanded without saying which",
            |_, _| Some(refused(400, DEMAND, None)),
            1,
        ),
        ("an empty one", |_, _| Some(refused(400, DEMAND, Some(""))), 1),
        (
            "one that breaks out of its quotes",
            |_, _| Some(refused(400, DEMAND, Some("a\"b"))),
            1,
        ),
        (
            "one too long",
            |_, _| Some(refused(400, DEMAND, Some(&"n".repeat(513)))),
            1,
        ),
        ("Okta is in trouble", |_, _| Some(refused(500, DEMAND, Some("a"))), 1),
        (
            "the proof is bad",
            |_, _| Some(refused(400, "invalid_dpop_proof", Some("a"))),
            1,
        ),
        (
            "the password is wrong",
            |_, _| Some(refused(400, "invalid_grant", Some("a"))),
            1,
        ),
        ("no answer", |_, _| Some(Reply::Raw(String::new())), 1),
        (
            "wrong after the nonce",
            |_, before| {
                let code = [DEMAND, "invalid_grant"][before];
                Some(refused(400, code, Some("a")))
            },
            2,
        ),
    ];
    for (name, answers, calls) in rows {
        let okta = answering(answers);
        password(&client(&okta, DpopMode::On)).await.unwrap_err();
        assert_eq!(okta.seen("/token").len(), calls, "{name}: password");

        let okta = answering(answers);
        let (token, device) = (RefreshToken::new("SECRET-refresh"), Device::default());
        client(&okta, DpopMode::On)
            .refresh(&token, SUB, &device)
            .await
            .unwrap_err();
        assert_eq!(okta.seen("/token").len(), calls, "{name}: refresh");
    }
}

#[tokio::test]
async fn without_a_proof_there_is_no_nonce_to_give() {
    let okta = Okta::start(|seen, _| is_token_call(seen).then(|| refused(400, DEMAND, Some("a"))));
    let error = password(&client(&okta, DpopMode::Off)).await.unwrap_err();
    assert_eq!((error.kind(), error.cause()), (ErrorKind::Misconfigured, DEMAND));
    assert_eq!(okta.seen("/token").len(), 1);
}

#[tokio::test]
async fn the_newest_nonce_is_used_by_everyone_from_then_on() {
    let okta = Okta::start(|seen, before| {
        is_token_call(seen).then(|| match before {
            0 => refused(400, DEMAND, Some("n-1")),
            1 => refused(400, "invalid_grant", Some("n-2")),
            2 => tokens_of(seen, "DPoP", Some("n-3")),
            _ => tokens_of(seen, "DPoP", None),
        })
    });
    let client = client(&okta, DpopMode::On);
    password(&client).await.unwrap_err();
    sign_in(&client.clone()).await;
    sign_in(&client).await;
    sign_in(&client).await;
    let nonces: Vec<_> = okta
        .seen("/token")
        .iter()
        .map(|seen| claims(seen)["nonce"].clone())
        .collect();
    let expected = [None, Some("n-1"), Some("n-2"), Some("n-3"), Some("n-3")];
    assert_eq!(nonces, expected.map(Value::from));
}

/// RFC 9449, 8.1 and 9: a nonce belongs to the server that gave it, and user info may be on another one.
#[tokio::test]
async fn nonces_of_the_token_endpoint_and_of_user_info_are_kept_apart() {
    let okta = Okta::start(|seen, before| match (seen.path.as_str(), before) {
        ("/oauth2/v1/token", _) => Some(tokens_of(seen, "DPoP", Some("n-token"))),
        ("/oauth2/v1/userinfo", 0) => Some(refused(401, DEMAND, Some("n-info"))),
        ("/oauth2/v1/userinfo", _) => Some(Reply::Json(200, json!({"sub": SUB}))),
        _ => None,
    });
    let client = client(&okta, DpopMode::On);
    let tokens = sign_in(&client).await;
    let (access, key) = (tokens.access_token.unwrap(), tokens.dpop_key.unwrap());
    client.userinfo_bound(&access, &key, SUB).await.unwrap();
    sign_in(&client).await;
    let nonces = |path: &str| -> Vec<Value> {
        let seen = okta.seen(path);
        seen.iter().map(|seen| claims(seen)["nonce"].clone()).collect()
    };
    assert_eq!(nonces("/userinfo"), [Value::Null, json!("n-info")]);
    assert_eq!(nonces("/token"), [Value::Null, json!("n-token")]);
}

#[tokio::test]
async fn every_attempt_has_its_own_assertion_too() {
    let okta = demanding("n-1");
    let mut config = super::config(&okta, DpopMode::On);
    config.client_auth = okta_direct_auth::ClientAuth::PrivateKeyJwt {
        pem: okta_sim::test_keys::EC_PRIVATE_KEY_PEM.into(),
        key_id: None,
    };
    sign_in(&Okta::client_with(config).0).await;
    let seen = okta.seen("/token");
    assert_ne!(seen[0].form["client_assertion"], seen[1].form["client_assertion"]);
}

#[derive(Default)]
struct Outcomes(Mutex<Vec<&'static str>>);

impl Observer for Outcomes {
    fn call_finished(&self, report: &CallReport<'_>) {
        self.0.lock().unwrap().push(report.outcome);
    }
}

#[tokio::test]
async fn a_dance_is_not_reported_as_a_failure_and_a_failed_one_is() {
    let outcomes = Arc::new(Outcomes::default());
    let observer = || Arc::clone(&outcomes) as Arc<dyn Observer>;
    let okta = demanding("n-1");
    sign_in(&client(&okta, DpopMode::On).with_observer(observer())).await;
    let reported = std::mem::take(&mut *outcomes.0.lock().unwrap());
    assert_eq!(reported, ["ok", "ok", DEMAND, "ok"]);

    let okta = Okta::start(|seen, _| is_token_call(seen).then(|| refused(400, DEMAND, Some("a"))));
    let client = client(&okta, DpopMode::On).with_observer(observer());
    password(&client).await.unwrap_err();
    let reported = std::mem::take(&mut *outcomes.0.lock().unwrap());
    assert_eq!(reported, ["ok", "ok", DEMAND, "misconfigured"]);
}

struct Nothing;

impl Entropy for Nothing {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn without_randomness_nothing_is_sent() {
    let okta = demanding("n-1");
    let client = client(&okta, DpopMode::On).with_entropy(Arc::new(Nothing));
    let outcome: Result<Step, _> = password(&client).await;
    assert_eq!(outcome.unwrap_err().cause(), "dpop_proof_not_signed");
    assert!(okta.seen("/token").is_empty());
}
