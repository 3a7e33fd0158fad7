//! Okta's text may hold live codes, and a refusal may be any bytes. What each refusal means is in the table of
//! [`crate::transport`]'s tests.

use proptest::prelude::*;

use super::{Refusal, read};
use crate::transport::{
    Facts,
    Purpose::{self as P},
};

fn facts(status: u16, is_json: bool) -> Facts {
    Facts {
        status,
        is_json,
        ..Facts::default()
    }
}

#[test]
fn a_page_of_a_proxy_is_no_refusal_even_if_it_looks_like_one() {
    let body = br#"{"error":"invalid_grant"}"#;
    let Refusal::Error(error) = read(P::Password, &facts(400, false), body) else {
        panic!()
    };
    assert_eq!(error.cause(), "refusal_unreadable");
    assert!(error.is_uncertain());
}

#[test]
fn text_from_okta_never_reaches_an_error() {
    let body = r#"{"error":"access_denied","error_description":"'ftSECRET' has expired. Use a new 'oob_code'"}"#;
    let Refusal::Error(error) = read(P::Poll, &facts(403, true), body.as_bytes()) else {
        panic!()
    };
    assert!(!format!("{error:?} {error}").contains("SECRET"));
}

const EVERY_PURPOSE: &[P] = &[
    P::Discovery,
    P::Keys,
    P::Password,
    P::PrimaryOtp,
    P::PrimaryStart,
    P::PrimaryPasskeyStart,
    P::MfaOtp,
    P::MfaStart,
    P::MfaPasskeyStart,
    P::Poll,
    P::SentCode,
    P::Passkey,
    P::Refresh,
    P::Revoke,
    P::Introspect,
    P::UserInfo,
];

proptest! {
    #[test]
    fn no_refusal_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200), status in 300_u16..600) {
        for purpose in EVERY_PURPOSE {
            let _read = read(*purpose, &facts(status, true), &body);
        }
    }

    #[test]
    fn nothing_okta_writes_is_shown(secret in "[A-Z0-9]{12,20}", code in "[a-z_]{3,12}", status in 400_u16..600) {
        let codes = [code.as_str(), "invalid_grant", "access_denied", "invalid_request", "mfa_required", "server_error"];
        for (purpose, code) in EVERY_PURPOSE.iter().flat_map(|purpose| codes.map(|code| (purpose, code))) {
            let body = serde_json::json!({
                "error": code, "error_description": format!("'{secret}' has expired"), "mfa_token": secret,
            });
            let refusal = read(*purpose, &facts(status, true), body.to_string().as_bytes());
            let shown = match refusal {
                Refusal::Error(error) => format!("{error} {error:?}"),
                Refusal::MoreWanted(more) => format!("{more:?}"),
            };
            prop_assert!(!shown.contains(&secret));
        }
    }
}
