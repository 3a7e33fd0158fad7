//! Whole replies, including their heads.

use super::{Purpose as P, Row, Verdict};
use crate::{Action, ErrorKind as K};

const TOKEN: &[P] = &[
    P::Password,
    P::PrimaryOtp,
    P::MfaOtp,
    P::Poll,
    P::SentCode,
    P::Passkey,
    P::Refresh,
];
const FACTOR: &[P] = &[P::Password, P::PrimaryOtp, P::MfaOtp, P::Poll, P::SentCode, P::Passkey];
const STARTS: &[P] = &[P::PrimaryStart, P::MfaStart];
const PASSKEY_STARTS: &[P] = &[P::PrimaryPasskeyStart, P::MfaPasskeyStart];
const ANY: &[P] = &[
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
];

const NOT_STORED: Headers = &[("cache-control", "no-cache, no-store"), ("pragma", "no-cache")];
const FOR_WEEKS: Headers = &[("cache-control", "max-age=3832304, must-revalidate")];
const BUCKET_EMPTY: Headers = &[
    ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("x-rate-limit-limit", "300"),
    ("x-rate-limit-remaining", "0"),
    ("x-rate-limit-reset", "1767225660"),
];
const TOO_MANY_AT_ONCE: Headers = &[
    ("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ("x-rate-limit-limit", "0"),
    ("x-rate-limit-remaining", "0"),
    ("x-rate-limit-reset", "1767225601"),
];
const A_MINUTE: Headers = &[("retry-after", "60")];
const NEW_NONCE: Headers = &[("dpop-nonce", "7b1xQw0sTnE3uKzV")];

type Headers = &'static [(&'static str, &'static str)];

type Good = (&'static str, &'static [P], Headers, &'static str, &'static str);

#[rustfmt::skip]
const GOOD: &[Good] = &[
    ("A.1, discovery", &[P::Discovery], &[], include_str!("../../../tests/data/discovery.json"), "endpoints of https://idp.example.test: https://idp.example.test/oauth2/v1/challenge"),
    ("A.2, keys", &[P::Keys], FOR_WEEKS, include_str!("../../../tests/data/keys.json"), "one key: true, for 3600 s"),
    ("A.2, keys without a word on how long", &[P::Keys], &[], include_str!("../../../tests/data/keys.json"), "one key: true, for 3600 s"),
    ("A.2, keys for a moment", &[P::Keys], &[("cache-control", "max-age=5")], include_str!("../../../tests/data/keys.json"), "one key: true, for 60 s"),
    ("A.3, tokens", TOKEN, NOT_STORED, include_str!("../../../tests/data/tokens.json"), "access+id, for 3600 s"),
    ("A.4, tokens to refresh", TOKEN, NOT_STORED, r#"{"token_type": "Bearer", "expires_in": 3600, "access_token": "sim-at.9mXw1c.opaque-sample-0002", "scope": "offline_access openid email profile", "refresh_token": "Zx3vK1q8sT0uLr5n9bYdWc2EfGhJkMpA4i6oQwRtU7s", "id_token": "e30.e30.AA"}"#, "access+refresh+id, for 3600 s"),
    ("A.4, tokens bound to a key", TOKEN, NOT_STORED, r#"{"token_type": "DPoP", "expires_in": 3600, "access_token": "sim-at.9mXw1c.opaque-sample-0002", "scope": "openid", "refresh_token": "Zx3vK1q8sT0uLr5n9bYdWc2EfGhJkMpA4i6oQwRtU7s", "id_token": "e30.e30.AA"}"#, "access+refresh+id, for 3600 s"),
    ("A.5, attestation", TOKEN, NOT_STORED, r#"{"token_type": "Bearer", "expires_in": 0, "access_token": null, "scope": "openid", "id_token": "e30.e30.AA"}"#, "id, for 0 s"),
    ("A.7, push", STARTS, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": "ftK2m8Qw_Xr4Zp0Yt6Bv1Nc9Ld3Hs7GfJ5", "expires_in": 300, "interval": 5, "channel": "push", "binding_method": "none"}"#, "Push: wait, every 5 s, for 300 s"),
    ("A.7, push with a number", STARTS, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": "ftT5u1Ix-Ae9Wb3Rk7Om0Ps4Gd8Jy2HnC6", "expires_in": 300, "interval": 5, "channel": "push", "binding_method": "transfer", "binding_code": "07"}"#, "Push: tap 07, every 5 s, for 300 s"),
    ("A.7, text", STARTS, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": "ftB8r0Vn2Kq6Xs4Mw1Jf9Zt5Yd7Lh3GcP_", "expires_in": 300, "channel": "sms", "binding_method": "prompt"}"#, "Sms: type the code, every 5 s, for 300 s"),
    ("A.7, call", STARTS, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": "ftE4a9Dk7Hu1Nz5Tq3Cx8Vp0Rm2Bw6SjL-", "expires_in": 300, "channel": "voice", "binding_method": "prompt"}"#, "Voice: type the code, every 5 s, for 300 s"),
    ("A.7, email", STARTS, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-oob", "oob_code": "ftG6y3Fo1Lb8Qe5Uv9Ih2Xk7Zs0Nt4WmD_", "expires_in": 300, "channel": "email", "binding_method": "prompt"}"#, "Email: type the code, every 5 s, for 300 s"),
    ("A.7, push as a first factor", STARTS, &[], r#"{"oob_code": "ftK2m8Qw_Xr4Zp0Yt6Bv1Nc9Ld3Hs7GfJ5", "expires_in": 120, "interval": 1, "channel": "push", "binding_method": "none"}"#, "Push: wait, every 1 s, for 120 s"),
    ("A.9, passkey", PASSKEY_STARTS, &[], include_str!("../../../tests/data/passkey.json"), r#"passkey of idp.example.test: "3m0JvYh1Q2aLr8TzWk5Xc7Bn9Pd4Gs6U""#),
    ("A.14, active", &[P::Introspect], &[], include_str!("../../../tests/data/introspection.json"), r#"active: true, uid Some("00uSIMuser000001b5d7")"#),
    ("A.14, inactive", &[P::Introspect], &[], r#"{"active": false}"#, "active: false, uid None"),
    ("A.14, user info", &[P::UserInfo], &[], include_str!("../../../tests/data/userinfo.json"), r#"00uSIMuser000001b5d7: Some("Robin Example")"#),
    ("revoked", &[P::Revoke], &[], "", "revoked"),
];

type No = (
    &'static str,
    &'static [P],
    u16,
    Headers,
    &'static str,
    (K, Action, &'static str, Option<u64>),
);

#[rustfmt::skip]
const NO: &[No] = &[
    // Nothing was sent and there is nothing to type: this client asks for a channel, so this is no valid reply.
    ("A.8, a prompt alone", STARTS, 200, &[], r#"{"challenge_type": "http://auth0.com/oauth/grant-type/mfa-otp"}"#, (K::Nonsense, Action::Stop, "unexpected_shape", None)),
    ("A.10, pending", &[P::Poll], 400, &[], r#"{"error": "authorization_pending", "error_description": "No user response received on the out-of-band authenticator yet. Continue polling to wait for a response."}"#, (K::Pending, Action::Poll, "authorization_pending", None)),
    ("A.10, slow down", &[P::Poll], 400, &[], r#"{"error": "slow_down", "error_description": "Slow down the polling frequency. Please try again later."}"#, (K::SlowDown, Action::Slow, "slow_down", None)),
    ("A.10, rejected", &[P::Poll], 400, &[], r#"{"error": "invalid_grant", "error_description": "User rejected out-of-band authentication prompt."}"#, (K::PushRejected, Action::Rechallenge, "direct_auth_oob_reject", None)),
    ("A.10, wrong code", &[P::PrimaryOtp, P::MfaOtp, P::SentCode], 400, &[], r#"{"error": "invalid_grant", "error_description": "The 'otp' provided is either empty or incorrect. Use the correct OTP and try again."}"#, (K::WrongCode, Action::Retype, "direct_auth_invalid_otp", None)),
    ("A.10, bad password", &[P::Password], 400, &[], r#"{"error": "invalid_grant", "error_description": "The credentials provided were invalid."}"#, (K::WrongCredentials, Action::Retype, "invalid_password_credentials", None)),
    ("A.11, expired code", &[P::Poll, P::SentCode], 403, &[], r#"{"error": "access_denied", "error_description": "'ftK2m8Qw_Xr4Zp0Yt6Bv1Nc9Ld3Hs7GfJ5' has expired. Use a new 'oob_code' and try again."}"#, (K::ChallengeExpired, Action::Rechallenge, "direct_auth_expired_token", None)),
    ("A.11, user limited", ANY, 429, &[], r#"{"error": "invalid_grant", "error_description": "API call exceeded rate limit due to too many requests."}"#, (K::RateLimited, Action::Backoff, "user_rate_limited", None)),
    ("A.11, user limited for a minute", ANY, 429, A_MINUTE, r#"{"error": "invalid_grant", "error_description": "API call exceeded rate limit due to too many requests."}"#, (K::RateLimited, Action::Backoff, "user_rate_limited", Some(60))),
    ("A.11, not enrolled", &[P::MfaStart, P::MfaOtp, P::MfaPasskeyStart], 403, &[], r#"{"error": "access_denied", "error_description": "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again."}"#, (K::NotEnrolled, Action::Rechallenge, "direct_auth_factor_enrollment_required", None)),
    ("A.11, provider failure", STARTS, 500, &[], r#"{"error": "server_error", "error_description": "Failed to initiate out-of-band authentication."}"#, (K::DeliveryFailed, Action::Rechallenge, "direct_auth_oob_failure", None)),
    ("A.12, bucket empty", ANY, 429, BUCKET_EMPTY, r#"{"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests.", "errorLink": "E0000047", "errorId": "oaeSIM3kQvR8TnyB0c2d1e4f5", "errorCauses": []}"#, (K::RateLimited, Action::Backoff, "org_rate_limited", Some(60))),
    ("A.12, too many at once", ANY, 429, TOO_MANY_AT_ONCE, r#"{"errorCode": "E0000047", "errorSummary": "API call exceeded rate limit due to too many requests.", "errorLink": "E0000047", "errorId": "oaeSIM3kQvR8TnyB0c2d1e4f5"}"#, (K::RateLimited, Action::Backoff, "org_rate_limited", Some(1))),
    ("A.12, unknown client", ANY, 401, &[], r#"{"errorCode": "invalid_client", "errorSummary": "Invalid value for 'client_id' parameter.", "errorLink": "invalid_client", "errorId": "oaeSIM7hWxL2ZpqA9b3c6d8e0", "errorCauses": []}"#, (K::Misconfigured, Action::Operator, "invalid_client_id", None)),
    ("A.13, nonce wanted", ANY, 400, NEW_NONCE, r#"{"error": "use_dpop_nonce", "error_description": "Authorization server requires nonce in DPoP proof."}"#, (K::Misconfigured, Action::Operator, "use_dpop_nonce", None)),
    ("user info, a header alone", &[P::UserInfo], 401, &[], "", (K::SessionOver, Action::Restart, "access_token_refused", None)),
    ("user info, a header alone about scopes", &[P::UserInfo], 403, &[], "", (K::Misconfigured, Action::Operator, "insufficient_scope", None)),
];

type More = (&'static str, u16, &'static str, Option<&'static [&'static str]>);

const OOB_AND_OTP: &[&str] = &[
    "http://auth0.com/oauth/grant-type/mfa-oob",
    "http://auth0.com/oauth/grant-type/mfa-otp",
];

#[rustfmt::skip]
const MORE: &[More] = &[
    ("A.6, more wanted", 403, r#"{"error": "mfa_required", "error_description": "Verify with an additional authenticator to complete the sign-in process.", "mfa_token": "q7Zt_b2LxN0vR-8cJk3D"}"#, None),
    ("A.6, more wanted of a list", 403, r#"{"error": "mfa_required", "error_description": "Verify with an additional authenticator to complete the sign-in process.", "mfa_token": "q7Zt_b2LxN0vR-8cJk3D", "supported_challenge_types": "http://auth0.com/oauth/grant-type/mfa-oob http://auth0.com/oauth/grant-type/mfa-otp unheard-of"}"#, Some(OOB_AND_OTP)),
    ("A.6, more wanted as 400", 400, r#"{"error": "mfa_required", "mfa_token": "q7Zt_b2LxN0vR-8cJk3D"}"#, None),
    ("A.6, more wanted as 401", 401, r#"{"error": "mfa_required", "mfa_token": "q7Zt_b2LxN0vR-8cJk3D"}"#, None),
    ("A.6, more wanted as 422", 422, r#"{"error": "mfa_required", "mfa_token": "q7Zt_b2LxN0vR-8cJk3D"}"#, None),
];

pub(super) fn rows() -> impl Iterator<Item = Row> {
    let good = GOOD.iter().map(|(name, at, headers, body, in_hand)| Row {
        name,
        at,
        status: 200,
        headers,
        body: (*body).to_owned(),
        verdict: Verdict::Good((*in_hand).to_owned()),
    });
    let no = NO.iter().map(|(name, at, status, headers, body, verdict)| {
        let (kind, action, cause, wait_s) = *verdict;
        Row {
            name,
            at,
            status: *status,
            headers,
            body: (*body).to_owned(),
            verdict: Verdict::Refused {
                kind,
                action,
                cause,
                wait_s,
            },
        }
    });
    let more = MORE.iter().map(|(name, status, body, offers)| Row {
        name,
        at: FACTOR,
        status: *status,
        headers: &[],
        body: (*body).to_owned(),
        verdict: Verdict::MoreWanted {
            mfa_token: "q7Zt_b2LxN0vR-8cJk3D".to_owned(),
            offers: offers.map(<[_]>::to_vec),
        },
    });
    good.chain(no).chain(more)
}
