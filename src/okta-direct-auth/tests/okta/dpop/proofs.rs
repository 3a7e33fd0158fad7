//! Which calls carry a proof, and what it proves.

use std::collections::HashSet;

use aws_lc_rs::digest;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use okta_direct_auth::{Challenge, Channel, Code, Context, Device, DpopMode, SavedCode, Step, TokenRef};
use serde_json::json;
use url::Url;

use super::{claims, client, jwk, password, refused, sign_in, tokens_of};
use crate::scripted::{ACCESS, NOW, Okta, Reply, SUB, Seen, discovery, mfa_required};

fn with_sms(seen: &Seen, before: usize) -> Option<Reply> {
    let oob = json!({"oob_code": "SECRET-oob", "expires_in": 300, "channel": "sms", "binding_method": "prompt"});
    match (seen.path.as_str(), before) {
        ("/oauth2/v1/token", 0) => Some(mfa_required()),
        ("/oauth2/v1/token", _) => Some(tokens_of(seen, "DPoP", None)),
        ("/oauth2/v1/challenge" | "/oauth2/v1/primary-authenticate", _) => Some(Reply::Json(200, oob)),
        ("/oauth2/v1/userinfo", _) => Some(Reply::Json(200, json!({"sub": SUB}))),
        ("/oauth2/v1/introspect", _) => Some(Reply::Json(200, json!({"active": false}))),
        _ => None,
    }
}

/// SEC-226: one key from the first token call to the last refresh, across restarts; no proof where none belongs.
#[tokio::test]
async fn one_key_signs_a_new_proof_for_every_token_call() {
    let okta = Okta::start(with_sms);
    let client = || client(&okta, DpopMode::On);
    let device = Device::default();
    let Step::MfaRequired(mfa) = password(&client()).await.unwrap() else {
        panic!()
    };
    let challenge = mfa.challenge(&client(), Channel::Sms, &device).await;
    let Challenge::Code(pending) = challenge.unwrap() else {
        panic!()
    };
    let stored = serde_json::to_string(&pending.save()).unwrap();
    let pending = serde_json::from_str::<SavedCode>(&stored).unwrap().restore();
    let step = pending.answer(&client(), &Code::new("1"), &device).await;
    let Step::SignedIn(tokens) = step.unwrap() else {
        panic!()
    };
    let key = tokens.dpop_key.as_ref().unwrap();
    let (access, refresh) = (
        tokens.access_token.as_ref().unwrap(),
        tokens.refresh_token.as_ref().unwrap(),
    );
    let renewed = client().refresh_bound(refresh, key, SUB, &device).await;
    let key = renewed.unwrap().dpop_key.unwrap();
    client().userinfo_bound(access, &key, SUB).await.unwrap();
    client().introspect(TokenRef::Access(access), &device).await.unwrap();
    client().revoke_refresh_token(refresh, &device).await.unwrap();

    let (mut keys, mut ids) = (HashSet::new(), HashSet::new());
    for seen in okta.seen("") {
        let is_proven = seen.path.ends_with("/token") || seen.path.ends_with("/userinfo");
        assert_eq!(seen.headers.contains_key("dpop"), is_proven, "{}", seen.path);
        if is_proven {
            keys.insert(jwk(&seen).to_string());
            assert!(ids.insert(claims(&seen)["jti"].to_string()), "used twice");
        }
    }
    assert_eq!((keys.len(), ids.len()), (1, 4));
}

#[tokio::test]
async fn a_proof_is_of_one_request() {
    let okta = Okta::start(with_sms);
    let client = client(&okta, DpopMode::On);
    password(&client).await.unwrap();
    let tokens = sign_in(&client).await;
    let seen = &okta.seen("/token")[1];
    let mut said = claims(seen);
    assert_eq!(said["jti"].take().as_str().unwrap().len(), 36);
    let at = |path: &str| okta.url.join(path).unwrap().to_string();
    let expected = json!({"htm": "POST", "htu": at("/oauth2/v1/token"), "iat": NOW - 5, "jti": null});
    assert_eq!(said, expected);

    let (access, key) = (tokens.access_token.unwrap(), tokens.dpop_key.unwrap());
    client.userinfo_bound(&access, &key, SUB).await.unwrap();
    let seen = &okta.seen("/userinfo")[0];
    assert_eq!(seen.headers["authorization"], format!("DPoP {ACCESS}"));
    let mut said = claims(seen);
    said["jti"].take();
    let hash = digest::digest(&digest::SHA256, ACCESS.as_bytes());
    let expected = json!({
        "htm": "GET", "htu": at("/oauth2/v1/userinfo"), "iat": NOW - 5, "jti": null, "ath": BASE64.encode(hash),
    });
    assert_eq!(said, expected);
}

/// SEC-226: a key belongs to one session.
#[tokio::test]
async fn no_two_sign_ins_share_a_key() {
    let okta = Okta::start(|seen, _| {
        let is_token_call = seen.path.ends_with("/token");
        is_token_call.then(|| tokens_of(seen, "DPoP", None))
    });
    let client = client(&okta, DpopMode::On);
    sign_in(&client).await;
    sign_in(&client).await;
    let seen = okta.seen("/token");
    assert_ne!(jwk(&seen[0]), jwk(&seen[1]));
}

/// SEC-409: from a machine that is two minutes fast, Okta would see proofs from the future.
#[tokio::test]
async fn proofs_are_dated_by_oktas_clock() {
    let okta = Okta::start(|seen, _| {
        if seen.path.ends_with("/token") {
            return Some(refused(400, "invalid_grant", None));
        }
        let headers = vec![
            ("content-type", "application/json".to_owned()),
            ("date", "Wed, 31 Dec 2025 23:58:00 GMT".to_owned()),
        ];
        let is_asked = seen.path.ends_with("openid-configuration");
        is_asked.then(|| {
            let url = Url::parse(&format!("http://{}/", seen.headers["host"])).unwrap();
            Reply::With(200, headers, discovery(&url).to_string())
        })
    });
    password(&client(&okta, DpopMode::On)).await.unwrap_err();
    assert_eq!(claims(&okta.seen("/token")[0])["iat"], NOW - 120 - 5);
}

/// SEC-217, SEC-218.
#[tokio::test]
async fn no_key_shows_anywhere() {
    let okta = Okta::start(with_sms);
    let client = client(&okta, DpopMode::On);
    let Step::MfaRequired(mfa) = password(&client).await.unwrap() else {
        panic!()
    };
    let tokens = sign_in(&client).await;
    let (mfa_saved, tokens_saved) = (mfa.save(), tokens.save());
    let shown = format!("{mfa:?} {tokens:?} {mfa_saved:?} {tokens_saved:?} {client:?}");
    let stored = [json!(mfa_saved)["flow"].take(), json!(tokens_saved)];
    for stored in stored {
        let key = stored["dpop_key"].as_str().unwrap();
        assert_eq!(key.len(), 43);
        assert!(!shown.contains(key));
    }
}

#[tokio::test]
async fn a_first_factor_out_of_band_is_proved_when_it_is_traded() {
    let okta = Okta::start(with_sms);
    let client = client(&okta, DpopMode::On);
    let started = client.out_of_band("robin", Channel::Sms, &Context::default()).await;
    let Challenge::Code(pending) = started.unwrap() else {
        panic!()
    };
    let device = Device::default();
    pending.answer(&client, &Code::new("1"), &device).await.unwrap();
    assert!(!okta.seen("/primary-authenticate")[0].headers.contains_key("dpop"));
    assert!(jwk(&okta.seen("/token")[0]).is_object());
}
