//! The stored format, which must stay readable for as long as a stored state may be restored.

use std::{
    fmt::Debug,
    time::{Duration, UNIX_EPOCH},
};

use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{SavedCode, SavedHosted, SavedMfa, SavedPasskey, SavedPush, SavedTokens};
use crate::{Channel, Grant};

/// The private key 0x0707..07.
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

fn flow() -> Value {
    json!({"scope": "openid email", "acr_values": ["urn:okta:loa:2fa:any"], "rounds": 2, "dpop_key": KEY})
}

fn mfa() -> Value {
    json!({
        "flow": flow(), "mfa_token": "SECRET-mfa",
        "offers": "http://auth0.com/oauth/grant-type/mfa-oob http://auth0.com/oauth/grant-type/mfa-otp",
    })
}

fn code() -> Value {
    json!({
        "origin": {"primary": {"flow": flow(), "login": "robin@example.test"}}, "oob_code": "SECRET-oob",
        "channel": "sms", "expires_in_ms": 300_000, "issued_at_ms": 1_767_225_600_123_u64,
    })
}

fn push() -> Value {
    json!({
        "origin": {"mfa": mfa()}, "oob_code": "SECRET-oob", "number": "07",
        "interval_ms": 10_000, "expires_in_ms": 300_000, "issued_at_ms": 1_767_225_600_123_u64,
    })
}

fn passkey() -> Value {
    json!({
        "origin": {"primary": {"flow": flow(), "login": "robin@example.test"}},
        "options": r#"{"challenge":"SECRET-challenge"}"#, "rp_id": "example.test",
    })
}

fn hosted() -> Value {
    json!({
        "flow": flow(), "redirect_uri": "https://signin.example.test/callback", "state": "tab.SECRET-state",
        "nonce": "SECRET-nonce", "verifier": "SECRET-verifier", "not_before": 1_767_225_600,
    })
}

fn tokens() -> Value {
    json!({
        "access_token": "SECRET-access", "refresh_token": "SECRET-refresh", "id_token": "SECRET-id",
        "claims": {
            "sub": "00uSECRET-sub", "issuer": "https://idp.example.test",
            "issued_at_ms": 1_767_225_600_000_u64, "expires_at_ms": 1_767_229_200_000_u64,
            "auth_time_ms": 1_767_225_590_000_u64, "amr": ["pwd", "otp"], "acr": "urn:okta:loa:2fa:any",
            "name": "Robin SECRET", "preferred_username": "robin@example.test", "email": "robin@example.test",
            "email_verified": true, "groups": ["SECRET-group"],
        },
        "expires_in_ms": 3_600_000, "scope": "openid", "request_id": "req-1", "dpop_key": KEY,
    })
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_str(&value.to_string()).ok()
}

/// The JSON pointers of all members.
fn members(value: &Value, at: &str) -> Vec<String> {
    let Value::Object(object) = value else {
        return Vec::new();
    };
    let below = object.iter().flat_map(|(name, value)| {
        let at = format!("{at}/{name}");
        let mut found = members(value, &at);
        found.push(at);
        found
    });
    below.collect()
}

fn without(value: &Value, pointer: &str) -> Value {
    let mut value = value.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    parent.as_object_mut().unwrap().remove(name);
    value
}

/// Checks that the form is read and written back unchanged, and that only the named members may be missing.
fn check_form<T: Serialize + DeserializeOwned + Debug + Clone>(form: &Value, optional: &[&str]) {
    let saved: T = read(form).unwrap();
    assert_eq!(&serde_json::to_value(saved.clone()).unwrap(), form);

    // SEC-218, SEC-217: no secret is shown.
    let shown = format!("{saved:?} {saved:#?}");
    assert!(
        !["SECRET", "robin", "07", KEY].iter().any(|word| shown.contains(word)),
        "{shown}"
    );

    for at in members(form, "") {
        let less = without(form, &at);
        let may_go = optional.contains(&at.as_str());
        assert_eq!(read::<T>(&less).is_some(), may_go, "without {at}");
        if !may_go {
            continue;
        }
        let again = serde_json::to_value(read::<T>(&less).unwrap()).unwrap();
        assert_eq!(again, less, "{at} has a default that is left out again");
    }

    let mut more = form.clone();
    more["a_newer_member"] = json!({"x": [1]});
    assert!(read::<T>(&more).is_some(), "{more}");
}

#[test]
fn the_stored_form_stays_readable() {
    check_form::<SavedMfa>(&mfa(), &["/offers", "/flow/dpop_key"]);
    check_form::<SavedCode>(&code(), &["/origin/primary/login", "/origin/primary/flow/dpop_key"]);
    check_form::<SavedPush>(&push(), &["/origin/mfa/offers", "/origin/mfa/flow/dpop_key", "/number"]);
    check_form::<SavedPasskey>(&passkey(), &["/origin/primary/login", "/origin/primary/flow/dpop_key"]);
    check_form::<SavedHosted>(&hosted(), &["/flow/dpop_key", "/not_before"]);
    let optional = [
        "/access_token",
        "/refresh_token",
        "/request_id",
        "/dpop_key",
        "/claims/auth_time_ms",
        "/claims/amr",
        "/claims/acr",
        "/claims/name",
        "/claims/preferred_username",
        "/claims/email",
        "/claims/email_verified",
        "/claims/groups",
    ];
    check_form::<SavedTokens>(&tokens(), &optional);
}

#[test]
fn what_was_stored_comes_back() {
    let restored = read::<SavedMfa>(&mfa()).unwrap().restore();
    assert_eq!(
        (&*restored.flow.scope, &*restored.flow.acr_values, restored.flow.rounds),
        ("openid email", &["urn:okta:loa:2fa:any".to_owned()][..], 2_u8)
    );
    assert_eq!(restored.token.expose_secret(), "SECRET-mfa");
    assert_eq!(restored.offers(), Some(&[Grant::MfaOob, Grant::MfaOtp][..]));

    let restored = read::<SavedPush>(&push()).unwrap().restore();
    assert_eq!(restored.number(), Some("07"));
    assert_eq!(restored.interval(), Duration::from_secs(10));
    assert_eq!(
        restored.expires_at(),
        UNIX_EPOCH + Duration::from_millis(1_767_225_900_123)
    );
    assert_eq!(restored.mfa().unwrap().flow.rounds, 2);

    let restored = read::<SavedCode>(&code()).unwrap().restore();
    assert_eq!(restored.channel(), Channel::Sms);
    assert!(restored.mfa().is_none());

    let restored = read::<SavedTokens>(&tokens()).unwrap().restore();
    assert_eq!(restored.claims.sub, "00uSECRET-sub");
    assert_eq!(restored.id_token.expose_secret(), "SECRET-id");
}

#[test]
fn what_nobody_could_have_stored_is_refused() {
    let mut bad = code();
    bad["channel"] = json!("pigeon");
    assert!(read::<SavedCode>(&bad).is_none());
    bad = code();
    bad["issued_at_ms"] = json!(-1);
    assert!(read::<SavedCode>(&bad).is_none());
    bad = code();
    bad["origin"]["primary"]["flow"]["dpop_key"] = json!("AA");
    assert!(read::<SavedCode>(&bad).is_none());
    bad = code();
    bad["origin"] = json!({"elsewhere": {}});
    assert!(read::<SavedCode>(&bad).is_none());
}

proptest! {
    #[test]
    fn any_text_and_any_moment_survive(text in ".*", issued in any::<u64>(), life in any::<u64>()) {
        let mut form = push();
        form["oob_code"] = json!(text);
        form["number"] = json!(text);
        form["issued_at_ms"] = json!(issued);
        form["expires_in_ms"] = json!(life);
        form["origin"]["mfa"]["mfa_token"] = json!(text);
        let restored = read::<SavedPush>(&form).unwrap().restore();
        prop_assert!(restored.expires_at() >= UNIX_EPOCH);
        prop_assert_eq!(serde_json::to_value(restored.save()).unwrap(), form);
    }
}
