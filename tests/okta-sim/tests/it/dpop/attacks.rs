//! Proofs that must not pass.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_sim::Misuse;
use serde_json::{Value, json};

use super::{CLIENT, Key, good, nonce, password, proof::claims, send};
use crate::org::Org;

fn with(mut value: Value, name: &str, member: Value) -> Value {
    value[name] = member;
    value.as_object_mut().unwrap().retain(|_, member| !member.is_null());
    value
}

#[tokio::test]
async fn a_claim_that_is_wrong_or_missing_is_refused() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let now = org.now().as_second();
    let token = org.at("/oauth2/v1/token");
    let rows = [
        ("another method", "htm", json!("GET"), "'htm'"),
        ("method in lower case", "htm", json!("post"), "'htm'"),
        ("no method", "htm", Value::Null, "'htm'"),
        ("another endpoint", "htu", json!(org.at("/oauth2/v1/userinfo")), "'htu'"),
        (
            "another server",
            "htu",
            json!("https://evil.example/oauth2/v1/token"),
            "'htu'",
        ),
        (
            "a custom server",
            "htu",
            json!(org.at("/oauth2/default/v1/token")),
            "'htu'",
        ),
        ("with a query", "htu", json!(format!("{token}?a=b")), "'htu'"),
        ("no address", "htu", Value::Null, "'htu'"),
        ("from the future", "iat", json!(now + 1), "future"),
        ("too old", "iat", json!(now - 301), "five minutes"),
        ("no time", "iat", Value::Null, "'iat'"),
        ("a time in words", "iat", json!(now.to_string()), "'iat'"),
        ("expired", "exp", json!(now), "expired"),
        ("no id", "jti", Value::Null, "'jti'"),
        ("an empty id", "jti", json!(""), "'jti'"),
        ("an id that is no text", "jti", json!(7), "'jti'"),
    ];
    for (name, claim, value, text) in rows {
        let claims = with(claims(&org, "/oauth2/v1/token"), "nonce", json!(nonce));
        let proof = key.sign(&key.header(), &with(claims, claim, value));
        let refused = send(&org, &password(CLIENT), &[&proof]).await;
        let refused = refused.is(400, "invalid_dpop_proof");
        let said = refused.text("error_description");
        assert!(said.contains(text), "{name}: {said}");
    }
    send(&org, &password(CLIENT), &[&good(&org, &key, &nonce)]).await.ok();
}

#[tokio::test]
async fn a_header_that_is_wrong_or_missing_is_refused() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let private = with(key.jwk(), "d", json!("AQ"));
    let symmetric = json!({"kty": "oct", "k": "c2VjcmV0"});
    let rows = [
        ("another type", "typ", json!("JWT"), "'typ'"),
        ("no type", "typ", Value::Null, "'typ'"),
        ("no signature", "alg", json!("none"), "algorithm"),
        ("a shared secret", "alg", json!("HS256"), "algorithm"),
        ("an algorithm of another kind", "alg", json!("RS256"), "signature"),
        ("no algorithm", "alg", Value::Null, "algorithm"),
        ("no key", "jwk", Value::Null, "'jwk'"),
        ("a key that is none", "jwk", json!("x"), "'jwk'"),
        ("a private key", "jwk", private, "private"),
        ("a secret for a key", "jwk", symmetric, "private"),
        ("somebody else's key", "jwk", Key::new().jwk(), "signature"),
    ];
    for (name, member, value, text) in rows {
        let claims = with(claims(&org, "/oauth2/v1/token"), "nonce", json!(nonce));
        let proof = key.sign(&with(key.header(), member, value), &claims);
        let refused = send(&org, &password(CLIENT), &[&proof]).await;
        let refused = refused.is(400, "invalid_dpop_proof");
        let said = refused.text("error_description");
        assert!(said.contains(text), "{name}: {said}");
    }
}

#[tokio::test]
async fn a_malformed_or_repeated_proof_is_refused() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let whole = good(&org, &key, &nonce);
    let (signed, _) = whole.rsplit_once('.').unwrap();
    let unsigned = format!("{signed}.");
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([7; 64]));
    let other = good(&org, &key, &nonce);
    let rows: [(&str, &[&str], &str); 6] = [
        ("none", &[], "missing"),
        ("no JWT", &["x"], "parsed"),
        ("without its signature", &[signed], "signature"),
        ("with an empty one", &[&unsigned], "signature"),
        ("with a forged one", &[&forged], "signature"),
        ("two of them", &[&whole, &other], "several"),
    ];
    for (name, proofs, text) in rows {
        let refused = send(&org, &password(CLIENT), proofs).await;
        let refused = refused.is(400, "invalid_dpop_proof");
        let said = refused.text("error_description");
        assert!(said.contains(text), "{name}: {said}");
    }
}

/// SEC-226: also when the first use was refused for its nonce.
#[tokio::test]
async fn a_proof_is_good_once() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let proof = good(&org, &key, &nonce);
    send(&org, &password(CLIENT), &[&proof]).await.ok();
    org.seconds(1);
    for _ in 0..2 {
        let again = send(&org, &password(CLIENT), &[&proof]).await;
        let said = again.is(400, "invalid_dpop_proof").text("error_description");
        assert!(said.contains("already been used"), "{said}");
    }
    let mut claims = claims(&org, "/oauth2/v1/token");
    let bare = key.sign(&key.header(), &claims);
    send(&org, &password(CLIENT), &[&bare]).await.is(400, "use_dpop_nonce");
    claims["nonce"] = json!(nonce);
    let same_id = key.sign(&key.header(), &claims);
    send(&org, &password(CLIENT), &[&same_id])
        .await
        .is(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_bad_proof_is_what_a_correct_client_never_sends() {
    let org = Org::start().await;
    send(&org, &password(CLIENT), &["x"])
        .await
        .is(400, "invalid_dpop_proof");
    let seen = org.unexpected();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].misuse, Misuse::BadProof);
    org.allow_unexpected(Misuse::BadProof);
}
