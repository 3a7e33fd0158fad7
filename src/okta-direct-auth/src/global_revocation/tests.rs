//! Orders that must be refused, each one step away from one that is accepted (SEC-222).

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ExpectedOrder, GlobalTokenRevocation, examine};
use crate::id_token::{
    Cause, Jws, JwtType,
    tests::{CLIENT, ISSUER, NOW, OURS, THEIRS, modulus, our_keys, raw_token},
};

const ENDPOINT: &str = "https://signin.example.test/auth/global-token-revocation";

fn header() -> Value {
    json!({"typ": "global-token-revocation+jwt", "alg": "RS256", "kid": "ours"})
}

fn payload() -> Value {
    json!({
        "jti": "order-1", "iss": ISSUER, "sub": CLIENT, "aud": ENDPOINT, "iat": NOW, "exp": NOW + 300, "nbf": NOW - 300,
    })
}

fn token(header: &Value, payload: &Value) -> String {
    raw_token(&OURS, &header.to_string(), &payload.to_string())
}

fn verdict_at(token: &str, now: i64) -> Result<GlobalTokenRevocation, Cause> {
    let expected = ExpectedOrder {
        issuer: ISSUER,
        client_id: CLIENT,
        audience: ENDPOINT,
    };
    let jws = Jws::parse(token, JwtType::GlobalTokenRevocation)?;
    examine(&jws, &our_keys(), &expected, now)
}

fn verdict(token: &str) -> Result<GlobalTokenRevocation, Cause> {
    verdict_at(token, NOW)
}

#[test]
fn okta_s_order_passes_until_a_minute_after_its_end() {
    let token = token(&header(), &payload());
    let order = verdict(&token).unwrap();
    let expected = GlobalTokenRevocation {
        jti: "order-1".to_owned(),
        issuer: ISSUER.to_owned(),
        expires_at: UNIX_EPOCH + Duration::from_secs(NOW.unsigned_abs() + 300),
    };
    assert_eq!(order, expected);
    assert!(!format!("{order:?}").contains("order-1"));
    assert!(verdict_at(&token, NOW + 359).is_ok());
    assert_eq!(verdict_at(&token, NOW + 360).unwrap_err(), "exp_past");
    assert!(verdict_at(&token, NOW - 60).is_ok());
    assert_eq!(verdict_at(&token, NOW - 61).unwrap_err(), "iat_in_the_future");
}

#[test]
fn sec_222_a_bad_header_is_refused() {
    let rows = [
        ("alg", json!("none"), "alg_not_rs256"),
        ("alg", json!("HS256"), "alg_not_rs256"),
        ("alg", json!("PS256"), "alg_not_rs256"),
        ("alg", Value::Null, "alg_not_rs256"),
        ("typ", Value::Null, "typ_not_global_token_revocation"),
        ("typ", json!("JWT"), "typ_not_global_token_revocation"),
        (
            "typ",
            json!("Global-Token-Revocation+JWT"),
            "typ_not_global_token_revocation",
        ),
        (
            "typ",
            json!("application/global-token-revocation+jwt"),
            "typ_not_global_token_revocation",
        ),
        (
            "typ",
            json!(["global-token-revocation+jwt"]),
            "typ_not_global_token_revocation",
        ),
        ("kid", json!("none such"), "kid_unknown"),
        ("kid", json!("enc"), "kid_unknown"),
        ("kid", Value::Null, "kid_unknown"),
        ("crit", json!(["exp"]), "header_critical"),
    ];
    for (name, value, cause) in rows {
        let mut header = header();
        if value.is_null() {
            header.as_object_mut().unwrap().remove(name);
        } else {
            header[name] = value.clone();
        }
        let refused = verdict(&token(&header, &payload())).unwrap_err();
        assert_eq!(refused, cause, "{name} = {value}");
    }
}

#[test]
fn sec_222_a_bad_claim_is_refused() {
    let missing = Value::Null;
    let rows = [
        ("iss", json!("https://other.example.test"), "iss"),
        ("iss", json!("https://idp.example.test/"), "iss"),
        ("iss", missing.clone(), "iss"),
        ("sub", json!("0oaSIMclient0002b5d7"), "sub_not_this_client"),
        ("sub", json!("00uSIMuser000001b5d7"), "sub_not_this_client"),
        ("sub", missing.clone(), "sub_not_this_client"),
        ("aud", json!(CLIENT), "aud"),
        ("aud", json!(ISSUER), "aud"),
        ("aud", json!(format!("{ENDPOINT}/")), "aud"),
        ("aud", json!(format!("{ENDPOINT}?x=1")), "aud"),
        ("aud", json!([ENDPOINT, "https://other.example.test"]), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", missing.clone(), "aud"),
        ("exp", missing.clone(), "exp_missing"),
        ("exp", json!(NOW - 60), "exp_past"),
        ("exp", json!(NOW + 601), "lifetime"),
        ("exp", json!(NOW), "lifetime"),
        ("exp", json!(i64::MAX), "lifetime"),
        ("exp", json!("soon"), "number_malformed"),
        ("iat", missing.clone(), "iat_missing"),
        ("iat", json!(NOW + 61), "iat_in_the_future"),
        ("iat", json!(NOW - 301), "lifetime"),
        ("iat", json!(i64::MIN), "lifetime"),
        ("nbf", json!(NOW + 61), "nbf_in_the_future"),
        ("nbf", json!("now"), "number_malformed"),
        ("jti", missing.clone(), "jti_missing"),
        ("jti", json!(7), "jti_missing"),
        ("jti", json!(""), "jti_length"),
        ("jti", json!("x".repeat(256)), "jti_length"),
    ];
    for (name, value, cause) in rows {
        let mut payload = payload();
        if value.is_null() {
            payload.as_object_mut().unwrap().remove(name);
        } else {
            payload[name] = value.clone();
        }
        let refused = verdict(&token(&header(), &payload)).unwrap_err();
        assert_eq!(refused, cause, "{name} = {value}");
    }
}

#[test]
fn what_is_optional_may_be_missing_or_new() {
    let mut order = payload();
    order.as_object_mut().unwrap().remove("nbf");
    order["aud"] = json!([ENDPOINT]);
    order["jti"] = json!("x".repeat(255));
    order["exp"] = json!(NOW + 600);
    order["someday"] = json!({"new": true});
    assert!(verdict(&token(&header(), &order)).is_ok());
}

#[test]
fn sec_222_a_forged_or_broken_order_is_refused() {
    let good = token(&header(), &payload());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let hmac = |secret: &[u8]| {
        let header = json!({"typ": "global-token-revocation+jwt", "alg": "HS256", "kid": "ours"});
        let parts = [header.to_string(), payload().to_string()].map(|part| BASE64.encode(part));
        let message = parts.join(".");
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let tag = hmac::sign(&key, message.as_bytes());
        format!("{message}.{}", BASE64.encode(tag))
    };
    let mut other = payload();
    other["jti"] = json!("order-2");
    let edited = format!(
        "{}.{}.{signature}",
        BASE64.encode(header().to_string()),
        BASE64.encode(other.to_string())
    );
    let doubled = payload().to_string().replacen('{', r#"{"sub":"somebody","#, 1);
    let rows = [
        (
            "another key",
            raw_token(&THEIRS, &header().to_string(), &payload().to_string()),
            "signature",
        ),
        ("edited", edited, "signature"),
        ("no signature", format!("{message}."), "signature"),
        ("cut signature", good[..good.len() - 2].to_owned(), "signature"),
        ("public key as secret", hmac(modulus(&OURS).as_bytes()), "alg_not_rs256"),
        ("two parts", message.to_owned(), "not_three_parts"),
        ("nothing", String::new(), "not_three_parts"),
        ("cut in the header", good[..9].to_owned(), "not_three_parts"),
        ("17 KiB", format!("{good}{}", "A".repeat(17 * 1024)), "token_too_large"),
        (
            "no object",
            raw_token(&OURS, &header().to_string(), "[]"),
            "payload_not_an_object",
        ),
        (
            "doubled sub",
            raw_token(&OURS, &header().to_string(), &doubled),
            "payload_not_an_object",
        ),
    ];
    for (name, token, cause) in rows {
        assert_eq!(verdict(&token).unwrap_err(), cause, "{name}");
    }
}

/// An ID token is signed by the same key; only its type tells it apart.
#[test]
fn sec_223_an_id_token_is_no_order() {
    let mut claims = payload();
    claims["amr"] = json!(["pwd"]);
    for header in [
        json!({"kid": "ours", "alg": "RS256"}),
        json!({"kid": "ours", "alg": "RS256", "typ": "JWT"}),
    ] {
        let refused = verdict(&token(&header, &claims)).unwrap_err();
        assert_eq!(refused, "typ_not_global_token_revocation");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(token in "[ -~]{0,80}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        prop_assert!(verdict(&token).is_err());
        prop_assert!(verdict(&parts.join(".")).is_err());
    }
}
