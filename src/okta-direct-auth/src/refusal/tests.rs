//! Every refusal that Okta is known to give, at every step where it can come.

use proptest::prelude::*;

use super::{Refusal, read};
use crate::{
    Action::{
        self, Backoff, Operator, Poll as KeepPolling, Rechallenge, Restart, Retype, Slow, Stop,
    },
    ErrorKind::{self as K},
    transport::{
        Facts,
        Purpose::{self as P},
    },
};

type Row = (
    &'static str,
    &'static [P],
    u16,
    &'static str,
    &'static str,
    K,
    Action,
);

const EVERY_STEP: &[P] = &[
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
];
const STARTS: &[P] = &[P::PrimaryStart, P::MfaStart];
const SECOND: &[P] = &[P::MfaOtp, P::MfaStart, P::MfaPasskeyStart];
const FIRST: &[P] = &[P::Password, P::PrimaryOtp, P::PrimaryStart];
const OOB: &[P] = &[P::Poll, P::SentCode];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // anywhere
    ("other client", EVERY_STEP, 401, "invalid_client", "The client_id 'a' does not match the client_id in the original request 'b'. Use the original client id and try again.", K::Misconfigured, Operator),
    ("no client", EVERY_STEP, 401, "invalid_client", "No client credentials found.", K::Misconfigured, Operator),
    ("two client auths", EVERY_STEP, 401, "invalid_request", "Cannot supply multiple client credentials. Use one.", K::Misconfigured, Operator),
    ("doubled parameter", EVERY_STEP, 400, "invalid_request", "The request contained multiple parameters with the same name.", K::Misconfigured, Operator),
    ("missing parameter", EVERY_STEP, 400, "invalid_request", "The required parameter 'mfa_token' is missing.", K::Misconfigured, Operator),
    ("no grant type", EVERY_STEP, 400, "invalid_request", "The token request must specify a 'grant_type'. Valid values: [password]", K::Misconfigured, Operator),
    ("other server", EVERY_STEP, 400, "invalid_request", "The authorization server id 'a' in the url_path parameter does not match the authorization server id in the original request 'b'. Use the original authorization server id and try again.", K::Misconfigured, Operator),
    ("acr changed", EVERY_STEP, 400, "invalid_request", "The acr_values 'a' do not match the acr_values requested in the original request 'b'. Use the originally requested acr_values and try again.", K::Misconfigured, Operator),
    ("unknown grant named", EVERY_STEP, 400, "invalid_request", "x is not supported as a 'grant_type'. Remove or replace the value and try again.", K::Misconfigured, Operator),
    ("app lacks grant", EVERY_STEP, 400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [password].", K::Misconfigured, Operator),
    ("server lacks grant", EVERY_STEP, 400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.", K::Misconfigured, Operator),
    ("network zone", EVERY_STEP, 403, "access_denied", "The request is made from outside the client's permitted network zones.", K::NetworkZoneDenied, Stop),
    ("plain denial", EVERY_STEP, 403, "access_denied", "The resource owner or authorization server denied the request.", K::Denied, Stop),
    ("feature off", EVERY_STEP, 403, "server_error", "The requested feature is not enabled in this environment.", K::Misconfigured, Operator),
    ("overloaded", EVERY_STEP, 400, "temporarily_unavailable", "The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server.", K::Unavailable, Backoff),
    ("server error", EVERY_STEP, 500, "server_error", "The authorization server encountered an unexpected condition that prevented it from fulfilling the request.", K::Unavailable, Stop),
    ("user rate limit", EVERY_STEP, 429, "invalid_grant", "API call exceeded rate limit due to too many requests.", K::RateLimited, Backoff),
    ("odd rate limit", EVERY_STEP, 429, "access_denied", "no", K::RateLimited, Backoff),
    ("dpop nonce", EVERY_STEP, 400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", K::Misconfigured, Operator),
    ("dpop proof", EVERY_STEP, 400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", K::Misconfigured, Operator),
    ("acr unmet", EVERY_STEP, 400, "unmet_authentication_requirements", "Unable to meet the authentication requirements imposed by 'acr_values' parameter.", K::AcrUnmet, Stop),
    ("policy", EVERY_STEP, 403, "access_denied", "User couldn't be signed-in through direct authentication because authentication policy wasn't satisfied.", K::PolicyDenied, Stop),
    ("nothing to ask", EVERY_STEP, 403, "access_denied", "The user is not challenged for any authenticators by the current policy.", K::PolicyDenied, Stop),
    ("no authenticators", EVERY_STEP, 403, "access_denied", "No supported authenticators are available.", K::NoSupportedFactor, Stop),
    ("grants too few", EVERY_STEP, 403, "access_denied", "The 'grant_types_supported' 'x' are not sufficient to satisfy the authentication policy. Configure additional grant types for the client or revise the authentication policy to allow the user to sign-in.", K::Misconfigured, Operator),
    ("grant disabled", EVERY_STEP, 403, "access_denied", "The grant types required to satisfy sign on policy are disabled for the client.", K::Misconfigured, Operator),
    ("password expired, 403", EVERY_STEP, 403, "access_denied", "The user's password is expired.", K::PasswordExpired, Stop),
    ("password expired, mixed", &[P::Password], 403, "access_denied", "Password has expired.", K::PasswordExpired, Stop),
    ("openid missing", EVERY_STEP, 403, "access_denied", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.", K::Misconfigured, Operator),
    ("not assigned", EVERY_STEP, 400, "access_denied", "User is not assigned to the client application.", K::NotAssigned, Stop),
    ("scope denied", EVERY_STEP, 400, "access_denied", "Some of the requested scopes were denied by the policy. Denied scopes: [groups].", K::Misconfigured, Operator),
    ("no policy", EVERY_STEP, 401, "access_denied", "Policy evaluation failed for this request, please check the policy configurations.", K::Misconfigured, Operator),
    ("mixed up", EVERY_STEP, 400, "invalid_request", "The 'oob_code' and the 'mfa_token' provided are not associated with each other. Review the values and try again.", K::FlowMixedUp, Restart),
    ("scope changed", EVERY_STEP, 400, "invalid_scope", "The requested scopes 'a' do not match the scopes requested in the original request 'b'. Use the originally requested scopes and try again.", K::Misconfigured, Operator),
    ("consent", EVERY_STEP, 400, "consent_required", "The client must not require consent.", K::ConsentRequired, Operator),
    ("code unheard of", EVERY_STEP, 400, "brand_new_code", "?", K::Misconfigured, Operator),
    ("code unheard of, 500", EVERY_STEP, 503, "brand_new_code", "?", K::Unavailable, Stop),
    // password
    ("wrong password", &[P::Password], 400, "invalid_grant", "The credentials provided were invalid.", K::WrongCredentials, Retype),
    ("text unheard of", &[P::Password], 400, "invalid_grant", "Nope.", K::WrongCredentials, Retype),
    ("no text", &[P::Password], 400, "invalid_grant", "", K::WrongCredentials, Retype),
    ("password expired", &[P::Password], 400, "invalid_grant", "Password has expired.", K::PasswordExpired, Stop),
    ("no password", &[P::Password], 400, "invalid_grant", "The user does not configure a password.", K::PasswordNotSet, Stop),
    ("two passwords", &[P::Password], 400, "invalid_grant", "The user has multiple passwords.", K::PasswordNotSet, Stop),
    ("password with mfa", &[P::Password], 400, "invalid_grant", "Resource owner password credentials cannot be used with MFA enabled.", K::Misconfigured, Operator),
    ("password by policy", &[P::Password], 400, "invalid_grant", "Resource owner password credentials authentication denied by sign on policy.", K::Misconfigured, Operator),
    // codes
    ("wrong code", &[P::PrimaryOtp, P::MfaOtp, P::SentCode], 400, "invalid_grant", "The 'otp' provided is either empty or incorrect. Use the correct OTP and try again.", K::WrongCode, Retype),
    ("wrong code, old name", &[P::PrimaryOtp, P::MfaOtp, P::SentCode], 400, "invalid_otp", "", K::WrongCode, Retype),
    ("login, otp", &[P::PrimaryOtp], 400, "invalid_grant", "The 'login_hint' does not uniquely identify a user.", K::UnknownLogin, Retype),
    ("login, start", &[P::PrimaryStart, P::PrimaryPasskeyStart], 400, "invalid_grant", "The 'login_hint' does not uniquely identify a user.", K::UnknownLogin, Stop),
    ("login missing", FIRST, 400, "invalid_request", "A 'login_hint' is required for the request.", K::Misconfigured, Operator),
    // starts
    ("channel", STARTS, 400, "invalid_request", "'fax' is not supported as a 'channel_hint'. Try again with another value.", K::ChannelUnsupported, Operator),
    ("challenge hint", STARTS, 400, "invalid_request", "'x' is not supported as a 'challenge_hint'. Try again with another value.", K::Misconfigured, Operator),
    ("challenge type", STARTS, 400, "invalid_request", "x is not supported as a 'challenge_type'. Try again with another value.", K::Misconfigured, Operator),
    ("scope on start", STARTS, 400, "invalid_scope", "The 'scope' parameter is unsupported on this endpoint. Try again without this parameter.", K::Misconfigured, Operator),
    ("delivery", STARTS, 500, "server_error", "Failed to initiate out-of-band authentication.", K::DeliveryFailed, Rechallenge),
    ("not enrolled, second", SECOND, 403, "access_denied", "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again.", K::NotEnrolled, Rechallenge),
    ("not enrolled, first", FIRST, 403, "access_denied", "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again.", K::NotEnrolled, Stop),
    ("not prompted, second", SECOND, 403, "access_denied", "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again.", K::FactorNotPrompted, Rechallenge),
    ("not prompted, first", FIRST, 403, "access_denied", "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again.", K::FactorNotPrompted, Stop),
    // expiry
    ("code expired", OOB, 403, "access_denied", "'ft0123' has expired. Use a new 'oob_code' and try again.", K::ChallengeExpired, Rechallenge),
    ("code expired, other words", OOB, 403, "access_denied", "Gone.", K::ChallengeExpired, Rechallenge),
    ("code expired, no words", OOB, 403, "access_denied", "", K::ChallengeExpired, Rechallenge),
    ("code expired, old name", OOB, 400, "expired_token", "", K::ChallengeExpired, Rechallenge),
    ("flow expired at the end", OOB, 403, "access_denied", "'q7Zt' has expired. Use a new 'mfa_token' and try again.", K::FlowExpired, Restart),
    ("flow expired", SECOND, 403, "access_denied", "'q7Zt' has expired. Use a new 'mfa_token' and try again.", K::FlowExpired, Restart),
    ("flow expired, no words", SECOND, 403, "access_denied", "", K::FlowExpired, Restart),
    ("flow unknown, 400", &[P::MfaStart, P::MfaPasskeyStart], 400, "invalid_grant", "?", K::FlowExpired, Restart),
    ("flow unknown, request", SECOND, 400, "invalid_request", "The 'mfa_token' is not valid.", K::FlowExpired, Restart),
    ("denied first factor", FIRST, 403, "access_denied", "", K::Denied, Stop),
    // polls
    ("pending", &[P::Poll], 400, "authorization_pending", "No user response received on the out-of-band authenticator yet. Continue polling to wait for a response.", K::Pending, KeepPolling),
    ("pending, old name", &[P::Poll], 400, "direct_auth_authorization_pending", "", K::Pending, KeepPolling),
    ("pending out of place", &[P::Password, P::SentCode], 400, "authorization_pending", "", K::Nonsense, Stop),
    ("slow down", &[P::Poll], 400, "slow_down", "Slow down the polling frequency. Please try again later.", K::SlowDown, Slow),
    ("rejected", &[P::Poll], 400, "invalid_grant", "User rejected out-of-band authentication prompt.", K::PushRejected, Rechallenge),
    ("rejected, old name", &[P::Poll], 400, "oob_rejected", "", K::PushRejected, Rechallenge),
    // passkeys
    ("no ceremony", &[P::Passkey], 400, "invalid_grant", "There is no pending WebAuthn challenge for the request.", K::WebauthnNoChallenge, Rechallenge),
    ("passkey refused", &[P::Passkey], 400, "invalid_grant", "None of the WebAuthn authenticators the user has enrolled for was able to validate the assertion", K::WebauthnRefused, Retype),
    ("passkey request", &[P::Passkey], 400, "invalid_request", "WebAuthn requests must contain 'authenticatorData', 'clientDataJSON', and 'signature'.", K::Misconfigured, Operator),
    // sessions
    ("refresh refused", &[P::Refresh], 400, "invalid_grant", "The refresh token is invalid or expired.", K::SessionOver, Restart),
    ("other client's", &[P::Refresh], 400, "invalid_grant", "The grant was issued to another client.", K::SessionOver, Restart),
    ("refresh denied", &[P::Refresh], 400, "access_denied", "", K::SessionOver, Restart),
    ("refresh unassigned", &[P::Refresh], 400, "access_denied", "User is not assigned to the client application.", K::SessionOver, Restart),
    ("userinfo", &[P::UserInfo], 401, "invalid_token", "The access token is invalid", K::SessionOver, Restart),
    ("userinfo scope", &[P::UserInfo], 403, "insufficient_scope", "", K::Misconfigured, Operator),
];

fn facts(status: u16, is_json: bool) -> Facts {
    Facts {
        status,
        is_json,
        ..Facts::default()
    }
}

fn refused(purpose: P, status: u16, body: &str) -> (K, Action) {
    match read(purpose, &facts(status, true), body.as_bytes()) {
        Refusal::Error(error) => (error.kind(), error.action()),
        Refusal::MoreWanted(_) => panic!("more factors wanted"),
    }
}

#[test]
fn every_known_refusal_is_told_apart() {
    for (name, purposes, status, code, text, kind, action) in ROWS {
        for purpose in *purposes {
            let body = serde_json::json!({"error": code, "error_description": text, "new": [1]});
            let verdict = refused(*purpose, *status, &body.to_string());
            assert_eq!(verdict, (*kind, *action), "{name} at {purpose:?}");
        }
    }
}

#[test]
fn core_and_hybrid_bodies_are_told_apart() {
    let rows: &[(P, u16, &str, K, Action)] = &[
        (P::Password, 429, "E0000047", K::RateLimited, Backoff),
        (P::MfaStart, 429, "E0000109", K::RateLimited, Backoff),
        (P::MfaStart, 403, "E0000133", K::RateLimited, Backoff),
        (P::MfaStart, 500, "E0000138", K::DeliveryFailed, Rechallenge),
        (
            P::Password,
            401,
            "invalid_client",
            K::Misconfigured,
            Operator,
        ),
        (P::Password, 500, "E0000009", K::Unavailable, Backoff),
        (P::Password, 503, "E0000010", K::Unavailable, Backoff),
        (P::Password, 403, "E0000119", K::WrongCredentials, Retype),
        (P::Password, 403, "E0000069", K::WrongCredentials, Retype),
        (P::Poll, 404, "E0000007", K::Misconfigured, Operator),
        (P::Password, 405, "E0000022", K::Misconfigured, Operator),
        (P::Password, 400, "E0000021", K::Misconfigured, Operator),
        (P::Password, 418, "E0009999", K::Misconfigured, Operator),
    ];
    for (purpose, status, code, kind, action) in rows {
        for causes in [r#","errorCauses":[]"#, ""] {
            let body = format!(r#"{{"errorCode":"{code}","errorSummary":"s"{causes}}}"#);
            assert_eq!(
                refused(*purpose, *status, &body),
                (*kind, *action),
                "{code} at {purpose:?}"
            );
        }
    }
}

#[test]
fn more_factors_are_wanted_under_any_status() {
    let body = r#"{"error":"mfa_required","mfa_token":"q7Zt","supported_challenge_types":"http://auth0.com/oauth/grant-type/mfa-oob new"}"#;
    for status in [400, 401, 403, 422] {
        let Refusal::MoreWanted(more) = read(P::Password, &facts(status, true), body.as_bytes())
        else {
            panic!("{status}");
        };
        assert_eq!(more.token.expose_secret(), "q7Zt");
        assert_eq!(
            more.offers.as_deref(),
            Some([crate::Grant::MfaOob].as_slice())
        );
    }
    for broken in [
        r#"{"error":"mfa_required"}"#,
        r#"{"error":"mfa_required","mfa_token":""}"#,
    ] {
        assert_eq!(refused(P::Password, 403, broken).0, K::Nonsense);
    }
}

#[test]
fn an_unreadable_refusal_is_trouble_or_nonsense() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        "null",
        r#"{"error":7}"#,
        r#"{"error":"#,
    ] {
        assert_eq!(refused(P::Password, 502, body).0, K::Unavailable, "{body}");
        assert_eq!(refused(P::Password, 400, body).0, K::Nonsense, "{body}");
        assert_eq!(refused(P::UserInfo, 401, body).0, K::SessionOver, "{body}");
    }
    let html = read(
        P::Password,
        &facts(400, false),
        br#"{"error":"invalid_grant"}"#,
    );
    assert!(
        matches!(html, Refusal::Error(error) if error.kind() == K::Nonsense && error.is_uncertain())
    );
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
