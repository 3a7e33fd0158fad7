//! Tokens that must be refused, each one step away from one that is accepted.

use std::sync::LazyLock;

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Cause, ExpectedClaims, Jws, JwtType, Proof, TokenOrigin, claims::at_hash, examine};
use crate::{Claims, keys::KeySet, optional_claims::Dropped, transport::Facts};

pub(crate) const NOW: i64 = 1_767_225_600;
pub(crate) const ISSUER: &str = "https://idp.example.test";
pub(crate) const CLIENT: &str = "0oaSIMclient0001b5d7";
const ACCESS: &str = "sim-at.7f3Kq2.opaque-sample-0001";

pub(crate) static OURS: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
pub(crate) static THEIRS: LazyLock<RsaKeyPair> = LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// A 2048-bit public key in PKCS#1 has its modulus at a fixed position.
pub(crate) fn modulus(key: &RsaKeyPair) -> String {
    BASE64.encode(&key.public_key().as_ref()[9..265])
}

fn key_set(keys: &Value) -> KeySet {
    let facts = Facts {
        status: 200,
        is_json: true,
        ..Facts::default()
    };
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), &facts)
        .unwrap()
        .value
}

pub(crate) fn our_keys() -> KeySet {
    key_set(&json!([
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "ours", "e": "AQAB", "n": modulus(&OURS)},
        {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "enc", "e": "AQAB", "n": modulus(&OURS)},
        {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "spare", "e": "AQAB", "n": modulus(&THEIRS)},
    ]))
}

fn header() -> Value {
    json!({"kid": "ours", "alg": "RS256"})
}

fn payload() -> Value {
    json!({
        "sub": "00uSIMuser000001b5d7", "ver": 1, "iss": ISSUER, "aud": CLIENT, "iat": NOW, "exp": NOW + 3600,
        "jti": "ID.x", "amr": ["pwd", "otp", "mfa"], "auth_time": NOW - 1, "at_hash": at_hash(ACCESS),
        "name": "Robin", "email": "robin@example.test", "groups": ["a", "b"],
    })
}

fn sign(key: &RsaKeyPair, message: &str) -> String {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    BASE64.encode(signature)
}

pub(crate) fn raw_token(key: &RsaKeyPair, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
    let signature = sign(key, &message);
    format!("{message}.{signature}")
}

fn token(header: &Value, payload: &Value) -> String {
    raw_token(&OURS, &header.to_string(), &payload.to_string())
}

fn expected() -> ExpectedClaims<'static> {
    ExpectedClaims {
        issuer: ISSUER,
        client_id: CLIENT,
        access_token: Some(ACCESS),
        acr_values: &[],
        origin: TokenOrigin::Direct,
    }
}

fn verdict(token: &str, expected: &ExpectedClaims<'_>) -> Result<Claims, Cause> {
    examined(token, expected).map(|(claims, _)| claims)
}

fn examined(token: &str, expected: &ExpectedClaims<'_>) -> Result<(Claims, Dropped), Cause> {
    examine(&Jws::parse(token, JwtType::IdToken)?, &our_keys(), expected, NOW)
}

#[track_caller]
fn refused(name: &str, token: &str, cause: Cause) {
    assert_eq!(verdict(token, &expected()).unwrap_err(), cause, "{name}");
}

#[test]
fn the_good_token_passes() {
    let claims = verdict(&token(&header(), &payload()), &expected()).unwrap();
    assert_eq!(claims.sub, "00uSIMuser000001b5d7");
    assert_eq!(claims.groups, ["a", "b"]);
    assert!(!format!("{claims:?}").contains("robin@"));
}

#[test]
fn the_reference_token_passes_at_its_time() {
    let keys: Value = serde_json::from_str(include_str!("../../tests/data/keys.json")).unwrap();
    let body: Value = serde_json::from_str(include_str!("../../tests/data/tokens.json")).unwrap();
    let keys = key_set(&keys["keys"]);
    let token = body["id_token"].as_str().unwrap();
    let at = |now| examine(&Jws::parse(token, JwtType::IdToken)?, &keys, &expected(), now);
    let (claims, dropped) = at(NOW).unwrap();
    assert_eq!(dropped, Dropped::default());
    assert_eq!(claims.amr, ["pwd", "otp", "mfa"]);
    assert_eq!(at(NOW + 3600).unwrap_err(), "iat_too_old");
    assert_eq!(at(NOW + 3660).unwrap_err(), "exp_past");
    assert_eq!(at(NOW - 61).unwrap_err(), "iat_in_the_future");
}

#[test]
fn the_access_token_hash_is_okta_s() {
    assert_eq!(at_hash(ACCESS), "G6HvcBW4ZAmaW5-Oat6JpA");
}

#[test]
fn a_bad_header_is_refused() {
    let jwk = json!({"kty": "RSA", "kid": "mine", "e": "AQAB", "n": modulus(&THEIRS)});
    let rows = [
        ("none", json!({"kid": "ours", "alg": "none"}), "alg_not_rs256"),
        ("nOnE", json!({"kid": "ours", "alg": "nOnE"}), "alg_not_rs256"),
        ("rs512", json!({"kid": "ours", "alg": "RS512"}), "alg_not_rs256"),
        ("ps256", json!({"kid": "ours", "alg": "PS256"}), "alg_not_rs256"),
        ("es256", json!({"kid": "ours", "alg": "ES256"}), "alg_not_rs256"),
        ("no alg", json!({"kid": "ours"}), "alg_not_rs256"),
        (
            "crit",
            json!({"kid": "ours", "alg": "RS256", "crit": ["x"]}),
            "header_critical",
        ),
        (
            "b64",
            json!({"kid": "ours", "alg": "RS256", "b64": false}),
            "header_critical",
        ),
        (
            "access token",
            json!({"kid": "ours", "alg": "RS256", "typ": "at+jwt"}),
            "typ_not_jwt",
        ),
        (
            "universal logout",
            json!({"kid": "ours", "alg": "RS256", "typ": "global-token-revocation+jwt"}),
            "typ_not_jwt",
        ),
        (
            "unknown kid",
            json!({"kid": "none such", "alg": "RS256"}),
            "kid_unknown",
        ),
        ("path kid", json!({"kid": "../../x", "alg": "RS256"}), "kid_unknown"),
        ("encryption kid", json!({"kid": "enc", "alg": "RS256"}), "kid_unknown"),
        ("no kid, two keys", json!({"alg": "RS256"}), "kid_unknown"),
        ("empty kid", json!({"kid": "", "alg": "RS256"}), "kid_malformed"),
        ("number kid", json!({"kid": 1, "alg": "RS256"}), "kid_malformed"),
        ("not an object", json!(["RS256"]), "header_not_an_object"),
    ];
    for (name, header, cause) in rows {
        refused(name, &token(&header, &payload()), cause);
    }
    let own_key = json!({"kid": "ours", "alg": "RS256", "jwk": jwk, "x5c": ["MIIB"], "jku": "https://evil.test/k"});
    refused(
        "own key",
        &raw_token(&THEIRS, &own_key.to_string(), &payload().to_string()),
        "signature",
    );
    refused(
        "doubled alg",
        &raw_token(
            &OURS,
            r#"{"kid":"ours","alg":"none","alg":"RS256"}"#,
            &payload().to_string(),
        ),
        "header_not_an_object",
    );
}

#[test]
fn a_bad_signature_is_refused() {
    let good = token(&header(), &payload());
    let (message, signature) = good.rsplit_once('.').unwrap();
    refused("cut", &good[..good.len() - 2], "signature");
    refused("empty", &format!("{message}."), "signature");
    refused(
        "of another token",
        &format!("{message}.{}", sign(&OURS, "a.b")),
        "signature",
    );
    refused(
        "another key",
        &raw_token(&THEIRS, &header().to_string(), &payload().to_string()),
        "signature",
    );
    let mut edited = payload();
    edited["sub"] = json!("00uSIMuser000002b5d7");
    let parts = format!(
        "{}.{}.{signature}",
        BASE64.encode(header().to_string()),
        BASE64.encode(edited.to_string())
    );
    refused("edited", &parts, "signature");
    for secret in [modulus(&OURS), "direct-auth-fixture-secret-0123456789abcdef".to_owned()] {
        let header = json!({"kid": "ours", "alg": "HS256"}).to_string();
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload().to_string()));
        let tag = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            message.as_bytes(),
        );
        refused("hmac", &format!("{message}.{}", BASE64.encode(tag)), "alg_not_rs256");
    }
}

#[test]
fn a_bad_envelope_is_refused() {
    let good = token(&header(), &payload());
    let (message, _) = good.rsplit_once('.').unwrap();
    for (name, token, cause) in [
        ("two parts", message.to_owned(), "not_three_parts"),
        ("four parts", format!("{good}.x"), "not_three_parts"),
        ("encrypted", format!("{good}.x.y"), "not_three_parts"),
        ("one part", "abc".to_owned(), "not_three_parts"),
        ("empty", String::new(), "not_three_parts"),
        ("padding", format!("{good}="), "not_base64url"),
        ("blank", format!("{good} "), "not_base64url"),
        ("newline", format!("{good}\n"), "not_base64url"),
        ("leading blank", format!(" {good}"), "not_base64url"),
        ("65 KiB", format!("{good}{}", "A".repeat(65 * 1024)), "token_too_large"),
    ] {
        assert_eq!(verdict(&token, &expected()).unwrap_err(), cause, "{name}");
    }
    for body in ["not json", "[]", "7", "null", ""] {
        refused(
            body,
            &raw_token(&OURS, &header().to_string(), body),
            "payload_not_an_object",
        );
    }
    let doubled = payload().to_string().replacen('{', r#"{"sub":"someone else","#, 1);
    refused(
        "doubled sub",
        &raw_token(&OURS, &header().to_string(), &doubled),
        "payload_not_an_object",
    );
    let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000));
    refused(
        "deep",
        &raw_token(&OURS, &header().to_string(), &deep),
        "payload_not_an_object",
    );
}

#[test]
fn a_bad_claim_is_refused() {
    let missing = Value::Null;
    let rows = [
        ("iss", json!("https://idp.example.test/"), "iss"),
        ("iss", json!("https://IDP.example.test"), "iss"),
        ("iss", json!("https://other.example.test"), "iss"),
        ("iss", json!("https://idp.example.test/oauth2/default"), "iss"),
        ("iss", missing.clone(), "iss"),
        ("aud", json!("other"), "aud"),
        ("aud", json!(["other"]), "aud"),
        ("aud", json!([]), "aud"),
        ("aud", json!(""), "aud"),
        ("aud", json!([CLIENT, "other"]), "aud"),
        ("aud", missing.clone(), "aud"),
        ("azp", json!("other"), "azp"),
        ("exp", missing.clone(), "exp_missing"),
        ("exp", json!(NOW - 61), "exp_past"),
        ("exp", json!("1"), "number_malformed"),
        ("exp", json!(1.5), "exp_past"),
        ("exp", json!(-1), "exp_past"),
        ("exp", json!(1e99), "number_malformed"),
        ("nbf", json!(NOW + 61), "nbf_in_the_future"),
        ("nbf", json!("now"), "number_malformed"),
        ("iat", json!(NOW + 61), "iat_in_the_future"),
        ("iat", json!(NOW - 86400), "iat_too_old"),
        ("iat", missing.clone(), "iat_missing"),
        ("auth_time", json!(NOW + 61), "auth_time_in_the_future"),
        ("sub", missing.clone(), "sub_missing"),
        ("sub", json!(""), "sub_length"),
        ("sub", json!(7), "sub_missing"),
        ("sub", json!("x".repeat(300)), "sub_length"),
        ("at_hash", json!("G6HvcBW4ZAmaW5-Oat6JpB"), "at_hash"),
        ("at_hash", json!(7), "at_hash"),
        ("nonce", json!("n"), "nonce_unasked"),
        ("ver", json!(2), "ver"),
        ("ver", json!(2.0), "ver"),
    ];
    for (name, value, cause) in rows {
        let mut payload = payload();
        if value.is_null() {
            payload.as_object_mut().unwrap().remove(name);
        } else {
            payload[name] = value.clone();
        }
        refused(&format!("{name} = {value}"), &token(&header(), &payload), cause);
    }
}

/// A token that group names fill to this length, or to the nearest length that base64url can have.
fn token_of(length: usize) -> String {
    let with = |filler: usize| {
        let mut payload = payload();
        payload["groups"] = json!(["a", "x".repeat(filler)]);
        token(&header(), &payload)
    };
    let empty = with(0).len();
    with((length - empty) * 3 / 4)
}

#[test]
fn sec_222_a_token_of_64_kib_passes_and_a_longer_one_does_not() {
    let longest = token_of(64 * 1024);
    assert!((64 * 1024 - 2..=64 * 1024).contains(&longest.len()));
    let claims = verdict(&longest, &expected()).unwrap();
    assert!(claims.groups[1].len() > 48_000);
    refused("64 KiB and a few", &token_of(64 * 1024 + 4), "token_too_large");
    refused("65 KiB", &token_of(65 * 1024), "token_too_large");
    let order = token_of(17 * 1024);
    let order = Jws::parse(&order, JwtType::GlobalTokenRevocation);
    assert_eq!(order.err(), Some("token_too_large"), "anybody may send one");
}

#[test]
fn sec_222_claims_that_decide_nothing_may_have_any_form_and_never_grant() {
    let object = json!({"admin": ["admins"]});
    let forms = [
        json!("admins"),
        json!(""),
        Value::Null,
        json!(true),
        json!(7),
        json!(1.5),
        json!([]),
        json!(["admins"]),
        json!([["admins"]]),
        object.clone(),
        json!("x".repeat(1025)),
    ];
    for name in [
        "amr",
        "groups",
        "acr",
        "name",
        "preferred_username",
        "email",
        "email_verified",
        "auth_time",
    ] {
        for form in &forms {
            let mut payload = payload();
            payload[name] = form.clone();
            let token = token(&header(), &payload);
            let (claims, dropped) = examined(&token, &expected()).unwrap();
            let optional_claims = match name {
                "amr" => json!(claims.amr),
                "groups" => json!(claims.groups),
                "acr" => json!(claims.acr),
                "name" => json!(claims.name),
                "preferred_username" => json!(claims.preferred_username),
                "email" => json!(claims.email),
                "email_verified" => json!(claims.email_verified),
                _ => json!(claims.auth_time.is_some()),
            };
            let (is_right, absent) = match name {
                "amr" | "groups" => (form == &json!([]) || form == &json!(["admins"]), json!([])),
                "email_verified" => (form.is_boolean(), Value::Null),
                "auth_time" => (form.is_number(), json!(false)),
                _ => (form.as_str().is_some_and(|text| text.len() <= 1024), Value::Null),
            };
            let as_it_is = if name == "auth_time" { &json!(true) } else { form };
            let expected = if is_right { as_it_is } else { &absent };
            assert_eq!(&optional_claims, expected, "{name} = {form}");
            let names = if is_right { vec![] } else { vec![name] };
            assert_eq!(dropped, Dropped::of(&names), "{name} = {form}");
        }
    }
}

#[test]
fn sec_222_moments_may_have_fractions_and_a_version_any_form_but_another_number() {
    let mut payload = payload();
    payload["iat"] = json!(f64::from(u32::try_from(NOW).unwrap()) + 0.75);
    payload["exp"] = json!(f64::from(u32::try_from(NOW).unwrap()) + 60.5);
    payload["nbf"] = payload["iat"].clone();
    for (version, dropped) in [
        (json!(1.0), vec![]),
        (json!("1"), vec!["ver"]),
        (Value::Null, vec!["ver"]),
        (json!({"major": 2}), vec!["ver"]),
    ] {
        payload["ver"] = version.clone();
        let (claims, optional_claims) = examined(&token(&header(), &payload), &expected()).unwrap();
        assert_eq!(optional_claims, Dropped::of(&dropped), "{version}");
        let seconds = |moment: std::time::SystemTime| {
            let since = moment.duration_since(std::time::UNIX_EPOCH).unwrap();
            i64::try_from(since.as_secs()).unwrap()
        };
        let times = (seconds(claims.issued_at), seconds(claims.expires_at));
        assert_eq!(times, (NOW, NOW + 60));
    }
}

#[test]
fn of_a_list_the_names_are_taken_and_the_list_is_told_once() {
    let mut payload = payload();
    payload["groups"] = json!(["a", 1, null, ["c"], {"name": "d"}, "b"]);
    payload["amr"] = json!([{"method": "pwd"}, "otp"]);
    payload["email_verified"] = json!("true");
    let (claims, dropped) = examined(&token(&header(), &payload), &expected()).unwrap();
    assert_eq!(claims.groups, ["a", "b"]);
    assert_eq!(claims.amr, ["otp"]);
    assert_eq!(claims.email_verified, None);
    assert_eq!(dropped, Dropped::of(&["amr", "email_verified", "groups"]));
}

#[test]
fn what_is_optional_may_be_missing() {
    for name in ["at_hash", "auth_time", "amr", "ver", "name", "groups"] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name);
        assert!(verdict(&token(&header(), &payload), &expected()).is_ok(), "{name}");
    }
    let mut payload = payload();
    payload["aud"] = json!([CLIENT]);
    payload["azp"] = json!(CLIENT);
    payload["exp"] = json!(NOW - 59);
    payload["iat"] = json!(NOW + 60);
    payload["someday"] = json!({"new": true});
    let typed = json!({"kid": "ours", "alg": "RS256", "typ": "JWT"});
    assert!(verdict(&token(&typed, &payload), &expected()).is_ok());
}

#[test]
fn another_user_or_another_access_token_is_refused() {
    let token = token(&header(), &payload());
    let other_user = ExpectedClaims {
        origin: TokenOrigin::Refresh("00uSIMuser000002b5d7"),
        ..expected()
    };
    assert_eq!(verdict(&token, &other_user).unwrap_err(), "sub_of_someone_else");
    let other_access = ExpectedClaims {
        access_token: Some("other"),
        ..expected()
    };
    assert_eq!(verdict(&token, &other_access).unwrap_err(), "at_hash");
    let no_access = ExpectedClaims {
        access_token: None,
        ..expected()
    };
    assert_eq!(verdict(&token, &no_access).unwrap_err(), "at_hash");
}

#[test]
fn a_short_key_is_no_key() {
    let facts = Facts {
        status: 200,
        is_json: true,
        ..Facts::default()
    };
    let short = json!({"keys": [{"kty": "RSA", "kid": "ours", "e": "AQAB", "n": BASE64.encode([0xC5; 128])}]});
    assert_eq!(
        KeySet::read(short.to_string().as_bytes(), &facts)
            .err()
            .unwrap()
            .cause(),
        "no_usable_key"
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(token in "[ -~]{0,80}", parts in proptest::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        prop_assert!(verdict(&token, &expected()).is_err());
        prop_assert!(verdict(&parts.join("."), &expected()).is_err());
    }
}

#[test]
fn a_token_from_oktas_page_must_answer_the_very_request() {
    let with = |nonce: Value, auth_time: Value| {
        let mut payload = payload();
        payload["nonce"] = nonce;
        payload["auth_time"] = auth_time;
        payload.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        token(&header(), &payload)
    };
    let of_page = |not_before| ExpectedClaims {
        origin: TokenOrigin::Hosted(Proof {
            nonce: "ours",
            not_before,
        }),
        ..expected()
    };
    let (now, null) = (json!(NOW - 1), Value::Null);
    let rows = [
        (json!("ours"), now.clone(), None, Ok(())),
        (null.clone(), now.clone(), None, Err("nonce_missing")),
        (json!("theirs"), now.clone(), None, Err("nonce_differs")),
        (json!(["ours"]), now.clone(), None, Err("nonce_differs")),
        (json!("ours"), json!(NOW - 60), Some(NOW), Ok(())),
        (json!("ours"), json!(NOW - 61), Some(NOW), Err("auth_time_too_old")),
        (json!("ours"), null.clone(), Some(NOW), Err("auth_time_missing")),
        (json!("ours"), null, None, Ok(())),
        // A malformed `auth_time` proves nothing.
        (
            json!("ours"),
            json!(NOW.to_string()),
            Some(NOW),
            Err("number_malformed"),
        ),
    ];
    for (nonce, auth_time, not_before, expected) in rows {
        let token = with(nonce.clone(), auth_time.clone());
        let judged = verdict(&token, &of_page(not_before)).map(drop);
        assert_eq!(judged, expected, "{nonce} {auth_time} {not_before:?}");
    }
    // A refresh may repeat the nonce of the sign-in.
    let repeated = ExpectedClaims {
        origin: TokenOrigin::Refresh("00uSIMuser000001b5d7"),
        ..expected()
    };
    assert!(verdict(&with(json!("ours"), now), &repeated).is_ok());
}
