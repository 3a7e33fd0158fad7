//! Success bodies that Okta should never send, and noise. Those it is known to send are in the table of the tests of
//! [`crate::transport`].

use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;

use super::{IntrospectBody, OobBody, PasskeyBody, TokenBody, TokenType, UserInfoBody};
use crate::{Error, ErrorKind, keys::KeySet, transport::Facts};

const TOKENS: &str = include_str!("../../tests/data/tokens.json");
const CHALLENGE: &str = r#"{"oob_code": "ft", "expires_in": 120, "interval": 5, "channel": "push", "binding_method": "transfer", "binding_code": "07"}"#;
const PASSKEY: &str = include_str!("../../tests/data/passkey.json");
const KEYS: &str = include_str!("../../tests/data/keys.json");
const INTROSPECTION: &str = include_str!("../../tests/data/introspection.json");
const USERINFO: &str = include_str!("../../tests/data/userinfo.json");

fn ok() -> Facts {
    Facts {
        status: 200,
        is_json: true,
        ..Facts::default()
    }
}

fn oob(body: &Value) -> Result<OobBody, Error> {
    OobBody::read(body.to_string().as_bytes(), &ok())
}

#[test]
fn a_challenge_that_cannot_be_carried_out_is_nonsense() {
    let good = json!({"oob_code": "ft", "expires_in": 120, "channel": "push", "binding_method": "none"});
    assert_eq!(oob(&good).unwrap().interval, Duration::from_secs(5));
    assert_eq!(oob(&good).unwrap().expires_in, Duration::from_mins(2));
    let changes = [
        ("channel", json!("pigeon")),
        ("channel", json!("sms")),
        ("binding_method", json!("telepathy")),
        ("binding_method", json!("transfer")),
        ("binding_method", json!("prompt")),
        ("oob_code", json!("")),
        ("oob_code", json!(7)),
        ("oob_code", Value::Null),
        ("expires_in", json!("300")),
        ("expires_in", json!(-1)),
        ("interval", json!("5")),
    ];
    for (name, value) in changes {
        let mut body = good.clone();
        body[name] = value;
        let error = oob(&body).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_uncertain()),
            (ErrorKind::Nonsense, true),
            "{body}"
        );
    }
}

#[test]
fn a_token_type_is_read_in_any_letters_and_half_a_reply_is_not() {
    let body = TokenBody::read(TOKENS.as_bytes(), &ok()).unwrap();
    let bound = TOKENS.replace("Bearer", "dpop");
    let bound = TokenBody::read(bound.as_bytes(), &ok()).unwrap();
    assert_eq!(
        (body.token_type, bound.token_type),
        (TokenType::Bearer, TokenType::Dpop)
    );
    for broken in [
        "",
        "{}",
        "[]",
        "null",
        "<html>",
        r#"{"token_type":"Bearer"}"#,
        &TOKENS[..80],
        &TOKENS.replace("Bearer", "MAC"),
    ] {
        let error = TokenBody::read(broken.as_bytes(), &ok()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Nonsense, "{broken}");
    }
    let html = Facts { is_json: false, ..ok() };
    assert_eq!(
        TokenBody::read(TOKENS.as_bytes(), &html).unwrap_err().cause(),
        "not_json"
    );
}

#[test]
fn the_relying_party_is_always_known() {
    let org = Url::parse("https://idp.example.test").unwrap();
    let rp_id = |body: &str| PasskeyBody::read(body.as_bytes(), &ok()).map(|body| body.into_options(&org));
    let (options, named) = rp_id(PASSKEY).unwrap();
    assert_eq!(named, "idp.example.test");
    assert!(options.contains(r#""userVerification":"preferred""#));
    let (options, of_app) =
        rp_id(r#"{"publicKey":{"challenge":"c","extensions":{"appid":"https://app.test/x"}}}"#).unwrap();
    assert_eq!(of_app, "app.test");
    assert!(options.contains(r#""rpId":"app.test""#));
    assert_eq!(
        rp_id(r#"{"publicKey":{"challenge":"c"}}"#).unwrap().1,
        "idp.example.test"
    );
    assert!(rp_id(r#"{"publicKey":{}}"#).is_err());
    assert!(rp_id(r#"{"challengeType":"x"}"#).is_err());
}

#[test]
fn a_key_set_has_limits() {
    let read = |body: &str| KeySet::read(body.as_bytes(), &ok()).map(|set| set.value);
    let kid = "yz4PkS571vY_0h9GggYh-KPpjzKyMKLl71kLl2HqR1Q";
    assert!(read(KEYS).unwrap().find(Some(kid)).is_some());
    assert!(read(KEYS).unwrap().find(None).is_some());
    let set: Value = serde_json::from_str(KEYS).unwrap();
    let with = |name: &str, value: Value| {
        let mut set = set.clone();
        set["keys"][0][name] = value;
        read(&set.to_string())
    };
    for (name, value) in [
        ("use", json!("enc")),
        ("kty", json!("EC")),
        ("alg", json!("RS512")),
        ("n", json!("1dMd")),
        ("e", json!("")),
    ] {
        assert_eq!(with(name, value).unwrap_err().cause(), "no_usable_key", "{name}");
    }
    let many = json!({"keys": vec![set["keys"][0].clone(); 51]});
    assert_eq!(read(&many.to_string()).unwrap_err().cause(), "too_many_keys");
    let padded = KEYS.replace("\"keys\"", &format!("\"pad\":\"{}\",\"keys\"", "x".repeat(66_000)));
    assert_eq!(read(&padded).unwrap_err().cause(), "key_set_too_large");
    let two = json!({"keys": [set["keys"][0], set["keys"][0]]});
    assert!(read(&two.to_string()).unwrap().find(None).is_none());
}

fn read_all(body: &[u8]) {
    let facts = ok();
    let _read = (
        TokenBody::read(body, &facts).is_ok(),
        OobBody::read(body, &facts).is_ok(),
        PasskeyBody::read(body, &facts).is_ok(),
        IntrospectBody::read(body, &facts).is_ok(),
        UserInfoBody::read(body, &facts).is_ok(),
        KeySet::read(body, &facts).is_ok(),
    );
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&body);
    }

    #[test]
    fn a_cut_or_edited_body_makes_no_reader_panic(cut in 0_usize..2000, place in 0_usize..2000, byte in any::<u8>()) {
        for body in [TOKENS, CHALLENGE, PASSKEY, KEYS, INTROSPECTION, USERINFO] {
            let mut body = body.as_bytes().to_vec();
            if let Some(old) = body.get_mut(place) {
                *old = byte;
            }
            body.truncate(cut);
            read_all(&body);
        }
    }

    #[test]
    fn unknown_members_are_ignored(name in "x_[a-z]{1,8}", value in "[ -~]{0,20}") {
        let add = |body: &str| {
            let mut body: Value = serde_json::from_str(body).unwrap();
            body[&name] = json!([value, {"deep": value}]);
            body.to_string()
        };
        prop_assert!(TokenBody::read(add(TOKENS).as_bytes(), &ok()).is_ok());
        prop_assert!(OobBody::read(add(CHALLENGE).as_bytes(), &ok()).is_ok());
        prop_assert!(PasskeyBody::read(add(PASSKEY).as_bytes(), &ok()).is_ok());
        prop_assert!(IntrospectBody::read(add(INTROSPECTION).as_bytes(), &ok()).is_ok());
        prop_assert!(UserInfoBody::read(add(USERINFO).as_bytes(), &ok()).is_ok());
        prop_assert!(KeySet::read(add(KEYS).as_bytes(), &ok()).is_ok());
    }
}
