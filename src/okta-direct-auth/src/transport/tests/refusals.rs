//! Refusals, from the catalogue of Okta's error codes and from what has been seen in the wild.

use super::{Purpose as P, Row, Verdict};
use crate::{
    Action::{self, Backoff, Operator, Poll as KeepPolling, Rechallenge, Restart, Retype, Slow, Stop},
    ErrorKind::{self as K},
};

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

/// Name, steps, status, `error` and `error_description`; then the expected verdict.
type OAuth = (
    &'static str,
    &'static [P],
    u16,
    &'static str,
    &'static str,
    K,
    Action,
    &'static str,
);

#[rustfmt::skip]
const OAUTH: &[OAuth] = &[
    // anywhere
    ("other client", EVERY_STEP, 401, "invalid_client", "The client_id 'a' does not match the client_id in the original request 'b'. Use the original client id and try again.", K::Misconfigured, Operator, "direct_auth_invalid_client_id"),
    ("no client", EVERY_STEP, 401, "invalid_client", "No client credentials found.", K::Misconfigured, Operator, "missing_client_credentials"),
    ("wrong secret", EVERY_STEP, 401, "invalid_client", "The client secret supplied for a confidential client is invalid.", K::Misconfigured, Operator, "invalid_client_secret"),
    ("wrong basic credentials", EVERY_STEP, 401, "invalid_client", "Found Authentication header but was not valid client credentials.", K::Misconfigured, Operator, "invalid_basic_auth_creds"),
    ("wrong method", EVERY_STEP, 401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid.", K::Misconfigured, Operator, "invalid_client"),
    ("unknown client", EVERY_STEP, 401, "invalid_client", "Invalid value for 'client_id' parameter.", K::Misconfigured, Operator, "invalid_client_id"),
    ("assertion: issuer", EVERY_STEP, 401, "invalid_client", "The issuer claim for client_assertion is not a valid client_id.", K::Misconfigured, Operator, "client_assertion_invalid_issuer"),
    ("assertion: subject", EVERY_STEP, 401, "invalid_client", "The subject claim for client_assertion is not a valid client_id.", K::Misconfigured, Operator, "client_assertion_invalid_subject"),
    ("assertion: no secret", EVERY_STEP, 401, "invalid_client", "The issuer and subject claim for client_assertion is invalid because the client does not have a client secret.", K::Misconfigured, Operator, "client_assertion_invalid_no_secret"),
    ("assertion: audience", EVERY_STEP, 401, "invalid_client", "The audience claim for client_assertion must be the endpoint invoked for the request.", K::Misconfigured, Operator, "client_assertion_invalid_audience"),
    ("assertion: expired", EVERY_STEP, 401, "invalid_client", "The client_assertion token is expired.", K::Misconfigured, Operator, "client_assertion_expired_token"),
    ("assertion: future", EVERY_STEP, 401, "invalid_client", "The client_assertion token must be issued before the current time.", K::Misconfigured, Operator, "client_assertion_issued_at_in_future"),
    ("assertion: used", EVERY_STEP, 401, "invalid_client", "The client_assertion token has already been used.", K::Misconfigured, Operator, "client_assertion_already_used"),
    ("assertion: signature", EVERY_STEP, 401, "invalid_client", "The client_assertion signature is invalid.", K::Misconfigured, Operator, "client_assertion_invalid_signature"),
    ("assertion: kid", EVERY_STEP, 401, "invalid_client", "The client_assertion JWT kid is invalid.", K::Misconfigured, Operator, "client_assertion_invalid_kid"),
    ("assertion: key set", EVERY_STEP, 401, "invalid_client", "The client JWKSet is invalid.", K::Misconfigured, Operator, "client_assertion_invalid_jwks"),
    ("assertion: algorithm", EVERY_STEP, 401, "invalid_client", "The client_assertion JWT signature algorithm is invalid.", K::Misconfigured, Operator, "client_assertion_invalid_signature_algorithm"),
    ("assertion: short secret", EVERY_STEP, 401, "invalid_client", "The client secret is too short to verify a JWT HMAC.", K::Misconfigured, Operator, "client_assertion_invalid_secret_length"),
    ("assertion: no key", EVERY_STEP, 401, "invalid_client", "The client does not have a JWKSet configured, but the client_assertion requires one.", K::Misconfigured, Operator, "client_assertion_jwks_not_configured"),
    ("assertion: key set elsewhere", EVERY_STEP, 401, "invalid_client", "Error retrieving the client JWKSet from jwks_uri.", K::Misconfigured, Operator, "jwks_uri_error"),
    ("two client auths", EVERY_STEP, 401, "invalid_request", "Cannot supply multiple client credentials. Use one.", K::Misconfigured, Operator, "multiple_client_credentials"),
    ("doubled parameter", EVERY_STEP, 400, "invalid_request", "The request contained multiple parameters with the same name.", K::Misconfigured, Operator, "duplicate_oauth_params"),
    ("missing parameter", EVERY_STEP, 400, "invalid_request", "The required parameter 'mfa_token' is missing.", K::Misconfigured, Operator, "missing_token_request_parameter"),
    ("no grant type", EVERY_STEP, 400, "invalid_request", "The token request must specify a 'grant_type'. Valid values: [password]", K::Misconfigured, Operator, "token_request_missing_grant_type"),
    ("other server", EVERY_STEP, 400, "invalid_request", "The authorization server id 'a' in the url_path parameter does not match the authorization server id in the original request 'b'. Use the original authorization server id and try again.", K::Misconfigured, Operator, "direct_auth_invalid_as_id"),
    ("acr changed", EVERY_STEP, 400, "invalid_request", "The acr_values 'a' do not match the acr_values requested in the original request 'b'. Use the originally requested acr_values and try again.", K::Misconfigured, Operator, "direct_auth_acr_values_changed"),
    ("unknown grant named", EVERY_STEP, 400, "invalid_request", "x is not supported as a 'grant_type'. Remove or replace the value and try again.", K::Misconfigured, Operator, "direct_auth_invalid_grant_type_supported"),
    ("app lacks grant", EVERY_STEP, 400, "unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [password].", K::Misconfigured, Operator, "unauthorized_client"),
    ("server lacks grant", EVERY_STEP, 400, "unsupported_grant_type", "The authorization grant type is not supported by the authorization server.", K::Misconfigured, Operator, "unsupported_grant_type"),
    ("network zone", EVERY_STEP, 403, "access_denied", "The request is made from outside the client's permitted network zones.", K::NetworkZoneDenied, Operator, "disallowed_network_zone"),
    ("plain denial", EVERY_STEP, 403, "access_denied", "The resource owner or authorization server denied the request.", K::Denied, Stop, "access_denied"),
    ("feature off", EVERY_STEP, 403, "server_error", "The requested feature is not enabled in this environment.", K::Misconfigured, Operator, "feature_not_enabled"),
    ("feature off, as denial", EVERY_STEP, 400, "access_denied", "The requested feature is not enabled in this environment.", K::Misconfigured, Operator, "feature_not_enabled"),
    ("overloaded", EVERY_STEP, 400, "temporarily_unavailable", "The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server.", K::Unavailable, Backoff, "temporarily_unavailable"),
    ("server error", EVERY_STEP, 500, "server_error", "The authorization server encountered an unexpected condition that prevented it from fulfilling the request.", K::Unavailable, Stop, "server_error"),
    ("user rate limit", EVERY_STEP, 429, "invalid_grant", "API call exceeded rate limit due to too many requests.", K::RateLimited, Backoff, "user_rate_limited"),
    ("odd rate limit", EVERY_STEP, 429, "access_denied", "no", K::RateLimited, Backoff, "user_rate_limited"),
    ("dpop nonce", EVERY_STEP, 400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", K::Misconfigured, Operator, "use_dpop_nonce"),
    ("dpop proof", EVERY_STEP, 400, "invalid_dpop_proof", "The DPoP proof JWT header is missing.", K::Misconfigured, Operator, "invalid_dpop_proof"),
    ("acr unmet", EVERY_STEP, 400, "unmet_authentication_requirements", "Unable to meet the authentication requirements imposed by 'acr_values' parameter.", K::AcrUnmet, Stop, "unmet_authentication_requirements"),
    ("policy", EVERY_STEP, 403, "access_denied", "User couldn't be signed-in through direct authentication because authentication policy wasn't satisfied.", K::PolicyDenied, Stop, "direct_auth_policy_denied"),
    ("nothing to ask", EVERY_STEP, 403, "access_denied", "The user is not challenged for any authenticators by the current policy.", K::PolicyDenied, Stop, "direct_auth_requirements_not_challenged"),
    ("no authenticators", EVERY_STEP, 403, "access_denied", "No supported authenticators are available.", K::NoSupportedFactor, Stop, "direct_auth_requirements_no_supported_authenticators"),
    ("grants too few", EVERY_STEP, 403, "access_denied", "The 'grant_types_supported' 'x' are not sufficient to satisfy the authentication policy. Configure additional grant types for the client or revise the authentication policy to allow the user to sign-in.", K::Misconfigured, Operator, "direct_auth_grant_types_supported_not_prompted"),
    ("grant disabled", EVERY_STEP, 403, "access_denied", "The grant types required to satisfy sign on policy are disabled for the client.", K::Misconfigured, Operator, "direct_auth_prompted_grant_type_disabled_for_client"),
    ("password expired, 403", EVERY_STEP, 403, "access_denied", "The user's password is expired.", K::PasswordExpired, Stop, "password_expired"),
    ("password expired, mixed", &[P::Password], 403, "access_denied", "Password has expired.", K::PasswordExpired, Stop, "password_expired"),
    ("openid missing", EVERY_STEP, 403, "access_denied", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.", K::Misconfigured, Operator, "openid_scope_required_access_token"),
    ("openid missing, as scope", EVERY_STEP, 400, "invalid_scope", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.", K::Misconfigured, Operator, "openid_scope_required"),
    ("no scopes", EVERY_STEP, 400, "invalid_scope", "No scopes were requested.", K::Misconfigured, Operator, "missing_scopes"),
    ("unknown scope", EVERY_STEP, 400, "invalid_scope", "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.", K::Misconfigured, Operator, "invalid_scope"),
    ("scope not of this server", EVERY_STEP, 400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.", K::Misconfigured, Operator, "no_matching_scope"),
    ("not assigned", EVERY_STEP, 400, "access_denied", "User is not assigned to the client application.", K::NotAssigned, Stop, "user_not_assigned"),
    ("scope denied", EVERY_STEP, 400, "access_denied", "Some of the requested scopes were denied by the policy. Denied scopes: [groups].", K::Misconfigured, Operator, "scope_denied"),
    ("no scope left", EVERY_STEP, 400, "access_denied", "Policy evaluation succeeded, but all the requested scopes were rejected.", K::Misconfigured, Operator, "no_scope_allowed"),
    ("no policy", EVERY_STEP, 401, "access_denied", "Policy evaluation failed for this request, please check the policy configurations.", K::Misconfigured, Operator, "no_matching_policy"),
    ("mixed up", EVERY_STEP, 400, "invalid_request", "The 'oob_code' and the 'mfa_token' provided are not associated with each other. Review the values and try again.", K::FlowMixedUp, Restart, "direct_auth_oob_code_not_for_mfa_token"),
    ("passkey mixed up", &[P::Passkey], 400, "invalid_request", "The WebAuthn challenge and the 'mfa_token' provided are not associated with each other. Review the values and try again.", K::FlowMixedUp, Restart, "direct_auth_oob_code_not_for_mfa_token"),
    ("scope changed", EVERY_STEP, 400, "invalid_scope", "The requested scopes 'a' do not match the scopes requested in the original request 'b'. Use the originally requested scopes and try again.", K::Misconfigured, Operator, "direct_auth_invalid_scope"),
    ("consent", EVERY_STEP, 400, "consent_required", "The client must not require consent.", K::ConsentRequired, Operator, "consent_required"),
    ("code unheard of", EVERY_STEP, 400, "brand_new_code", "?", K::Misconfigured, Operator, "unknown_error_code"),
    ("code unheard of, 500", EVERY_STEP, 503, "brand_new_code", "?", K::Unavailable, Stop, "unknown_server_error"),
    // password
    ("wrong password", &[P::Password], 400, "invalid_grant", "The credentials provided were invalid.", K::WrongCredentials, Retype, "invalid_password_credentials"),
    ("text unheard of", &[P::Password], 400, "invalid_grant", "Nope.", K::WrongCredentials, Retype, "invalid_password_credentials"),
    ("no text", &[P::Password], 400, "invalid_grant", "", K::WrongCredentials, Retype, "invalid_password_credentials"),
    ("password expired", &[P::Password], 400, "invalid_grant", "Password has expired.", K::PasswordExpired, Stop, "expired_password_credentials"),
    ("no password", &[P::Password], 400, "invalid_grant", "The user does not configure a password.", K::PasswordNotSet, Stop, "missing_password_enrollment"),
    ("two passwords", &[P::Password], 400, "invalid_grant", "The user has multiple passwords.", K::PasswordNotSet, Stop, "multiple_password_enrollments"),
    ("password with mfa", &[P::Password], 400, "invalid_grant", "Resource owner password credentials cannot be used with MFA enabled.", K::Misconfigured, Operator, "password_auth_denied_mfa"),
    ("password by policy", &[P::Password], 400, "invalid_grant", "Resource owner password credentials authentication denied by sign on policy.", K::Misconfigured, Operator, "password_auth_denied_policy"),
    // codes
    ("wrong code", &[P::PrimaryOtp, P::MfaOtp, P::SentCode], 400, "invalid_grant", "The 'otp' provided is either empty or incorrect. Use the correct OTP and try again.", K::WrongCode, Retype, "direct_auth_invalid_otp"),
    ("wrong code, old name", &[P::PrimaryOtp, P::MfaOtp, P::SentCode], 400, "invalid_otp", "", K::WrongCode, Retype, "direct_auth_invalid_otp"),
    ("login, otp", &[P::PrimaryOtp], 400, "invalid_grant", "The 'login_hint' does not uniquely identify a user.", K::UnknownLogin, Retype, "direct_auth_invalid_login_hint"),
    ("login, start", &[P::PrimaryStart, P::PrimaryPasskeyStart], 400, "invalid_grant", "The 'login_hint' does not uniquely identify a user.", K::UnknownLogin, Stop, "direct_auth_invalid_login_hint"),
    ("login missing", FIRST, 400, "invalid_request", "A 'login_hint' is required for the request.", K::Misconfigured, Operator, "direct_auth_missing_login_hint"),
    // starts
    ("channel", STARTS, 400, "invalid_request", "'fax' is not supported as a 'channel_hint'. Try again with another value.", K::ChannelUnsupported, Operator, "direct_auth_invalid_channel_hint"),
    ("challenge hint", STARTS, 400, "invalid_request", "'x' is not supported as a 'challenge_hint'. Try again with another value.", K::Misconfigured, Operator, "direct_auth_invalid_challenge_hint"),
    ("challenge type", STARTS, 400, "invalid_request", "x is not supported as a 'challenge_type'. Try again with another value.", K::Misconfigured, Operator, "direct_auth_invalid_challenge_type"),
    ("challenge type, old name", STARTS, 400, "invalid_challenge_types_supported", "", K::Misconfigured, Operator, "invalid_challenge_types_supported"),
    ("scope on start", STARTS, 400, "invalid_scope", "The 'scope' parameter is unsupported on this endpoint. Try again without this parameter.", K::Misconfigured, Operator, "direct_auth_scope_not_allowed"),
    ("delivery", STARTS, 500, "server_error", "Failed to initiate out-of-band authentication.", K::DeliveryFailed, Rechallenge, "direct_auth_oob_failure"),
    ("not enrolled, second", SECOND, 403, "access_denied", "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again.", K::NotEnrolled, Rechallenge, "direct_auth_factor_enrollment_required"),
    ("not enrolled, first", FIRST, 403, "access_denied", "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again.", K::NotEnrolled, Stop, "direct_auth_factor_enrollment_required"),
    ("not prompted, second", SECOND, 403, "access_denied", "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again.", K::FactorNotPrompted, Rechallenge, "direct_auth_not_challenged_for_required_factor_type"),
    ("not prompted, first", FIRST, 403, "access_denied", "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again.", K::FactorNotPrompted, Stop, "direct_auth_not_challenged_for_required_factor_type"),
    // expiry
    ("code expired", OOB, 403, "access_denied", "'ft0123' has expired. Use a new 'oob_code' and try again.", K::ChallengeExpired, Rechallenge, "direct_auth_expired_token"),
    ("code expired, other words", OOB, 403, "access_denied", "Gone.", K::ChallengeExpired, Rechallenge, "access_denied_unexplained"),
    ("code expired, no words", OOB, 403, "access_denied", "", K::ChallengeExpired, Rechallenge, "access_denied_unexplained"),
    ("code expired, old name", OOB, 400, "expired_token", "", K::ChallengeExpired, Rechallenge, "direct_auth_expired_token"),
    ("flow expired at the end", OOB, 403, "access_denied", "'q7Zt' has expired. Use a new 'mfa_token' and try again.", K::FlowExpired, Restart, "direct_auth_expired_token"),
    ("flow expired", SECOND, 403, "access_denied", "'q7Zt' has expired. Use a new 'mfa_token' and try again.", K::FlowExpired, Restart, "direct_auth_expired_token"),
    ("flow expired, no words", SECOND, 403, "access_denied", "", K::FlowExpired, Restart, "access_denied_unexplained"),
    ("flow unknown, 400", &[P::MfaStart, P::MfaPasskeyStart], 400, "invalid_grant", "?", K::FlowExpired, Restart, "mfa_token_refused"),
    ("flow unknown, request", SECOND, 400, "invalid_request", "The 'mfa_token' is not valid.", K::FlowExpired, Restart, "mfa_token_refused"),
    ("denied first factor", FIRST, 403, "access_denied", "", K::Denied, Stop, "access_denied_unexplained"),
    // polls
    ("pending", &[P::Poll], 400, "authorization_pending", "No user response received on the out-of-band authenticator yet. Continue polling to wait for a response.", K::Pending, KeepPolling, "authorization_pending"),
    ("pending, old name", &[P::Poll], 400, "direct_auth_authorization_pending", "", K::Pending, KeepPolling, "authorization_pending"),
    ("pending out of place", &[P::Password, P::SentCode], 400, "authorization_pending", "", K::Nonsense, Stop, "pending_out_of_place"),
    ("slow down", &[P::Poll], 400, "slow_down", "Slow down the polling frequency. Please try again later.", K::SlowDown, Slow, "slow_down"),
    ("rejected", &[P::Poll], 400, "invalid_grant", "User rejected out-of-band authentication prompt.", K::PushRejected, Rechallenge, "direct_auth_oob_reject"),
    ("rejected, old name", &[P::Poll], 400, "oob_rejected", "", K::PushRejected, Rechallenge, "direct_auth_oob_reject"),
    // passkeys
    ("no ceremony", &[P::Passkey], 400, "invalid_grant", "There is no pending WebAuthn challenge for the request.", K::WebauthnNoChallenge, Rechallenge, "direct_auth_no_pending_challenge"),
    ("passkey refused", &[P::Passkey], 400, "invalid_grant", "None of the WebAuthn authenticators the user has enrolled for was able to validate the assertion", K::WebauthnRefused, Retype, "direct_auth_verification_failure"),
    ("passkey request", &[P::Passkey], 400, "invalid_request", "WebAuthn requests must contain 'authenticatorData', 'clientDataJSON', and 'signature'.", K::Misconfigured, Operator, "direct_auth_invalid_webauthn_request"),
    // sessions
    ("code refused", &[P::Redeem], 400, "invalid_grant", "The authorization code is invalid or has expired.", K::FlowExpired, Restart, "authorization_code_refused"),
    ("verifier refused", &[P::Redeem], 400, "invalid_grant", "PKCE verification failed.", K::FlowExpired, Restart, "authorization_code_refused"),
    ("page timed out", &[P::Redeem], 400, "login_required", "Request expired, please start over and try again.", K::FlowExpired, Restart, "login_required"),
    ("refresh refused", &[P::Refresh], 400, "invalid_grant", "The refresh token is invalid or expired.", K::SessionOver, Restart, "refresh_token_refused"),
    ("other client's", &[P::Refresh], 400, "invalid_grant", "The grant was issued to another client.", K::SessionOver, Restart, "refresh_token_refused"),
    ("refresh denied", &[P::Refresh], 400, "access_denied", "", K::SessionOver, Restart, "access_denied_unexplained"),
    ("refresh unassigned", &[P::Refresh], 400, "access_denied", "User is not assigned to the client application.", K::SessionOver, Restart, "user_not_assigned"),
    ("userinfo", &[P::UserInfo], 401, "invalid_token", "The access token is invalid", K::SessionOver, Restart, "access_token_refused"),
    ("userinfo scope", &[P::UserInfo], 403, "insufficient_scope", "", K::Misconfigured, Operator, "insufficient_scope"),
];

/// Name, steps, status and `errorCode`; then the expected verdict.
type Core = (&'static str, &'static [P], u16, &'static str, K, Action, &'static str);

#[rustfmt::skip]
const CORE: &[Core] = &[
    ("text sent just now", STARTS, 429, "E0000109", K::RateLimited, Backoff, "sms_recently_sent"),
    ("call made just now", STARTS, 403, "E0000133", K::RateLimited, Backoff, "call_recently_made"),
    ("email sent just now", STARTS, 429, "E0000118", K::RateLimited, Backoff, "email_recently_sent"),
    ("call provider failed", STARTS, 500, "E0000138", K::DeliveryFailed, Rechallenge, "call_provider_failed"),
    ("limit with another status", EVERY_STEP, 403, "E0000047", K::RateLimited, Backoff, "org_rate_limited"),
    ("internal error", EVERY_STEP, 500, "E0000009", K::Unavailable, Backoff, "okta_internal_error"),
    ("read only", EVERY_STEP, 503, "E0000010", K::Unavailable, Backoff, "okta_read_only"),
    ("locked, asked for a password", &[P::Password], 403, "E0000119", K::WrongCredentials, Retype, "account_refused"),
    ("locked, other number", &[P::Password], 403, "E0000069", K::WrongCredentials, Retype, "account_refused"),
    ("not authenticated, asked for a password", &[P::Password], 401, "E0000004", K::WrongCredentials, Retype, "account_refused"),
    ("locked, asked for a code", &[P::MfaOtp, P::SentCode], 403, "E0000119", K::Denied, Stop, "account_refused"),
    ("no permission", EVERY_STEP, 403, "E0000006", K::Denied, Stop, "account_refused"),
    ("validation failed", EVERY_STEP, 400, "E0000001", K::Misconfigured, Operator, "api_validation_failed"),
    ("not well-formed", EVERY_STEP, 400, "E0000003", K::Misconfigured, Operator, "body_not_well_formed"),
    ("no such path", EVERY_STEP, 404, "E0000007", K::Misconfigured, Operator, "endpoint_not_found"),
    ("other media type", EVERY_STEP, 400, "E0000021", K::Misconfigured, Operator, "media_type_refused"),
    ("other method", EVERY_STEP, 405, "E0000022", K::Misconfigured, Operator, "method_refused"),
    ("access token refused", &[P::UserInfo], 401, "E0000011", K::SessionOver, Restart, "access_token_refused"),
    ("number unheard of", EVERY_STEP, 418, "E0009999", K::Misconfigured, Operator, "unknown_core_error"),
    ("number unheard of, 500", EVERY_STEP, 502, "E0009999", K::Unavailable, Backoff, "unknown_server_error"),
];

/// Bodies that cannot be read as a refusal.
const NOISE: [&str; 8] = [
    "",
    "<html>",
    "[]",
    "{}",
    "null",
    r#"{"error":7}"#,
    r#"{"error":"#,
    r#"{"mfa_token":"q7Zt"}"#,
];

const MORE_WITHOUT_TOKEN: [&str; 2] = [
    r#"{"error":"mfa_required"}"#,
    r#"{"error":"mfa_required","mfa_token":""}"#,
];

pub(super) fn rows() -> impl Iterator<Item = Row> {
    let oauth = OAUTH.iter().map(|(name, at, status, code, text, kind, action, cause)| {
        let body = serde_json::json!({ "error": code, "error_description": text });
        row((name, at, *status), body.to_string(), (*kind, *action, cause))
    });
    let core = CORE.iter().map(|(name, at, status, code, kind, action, cause)| {
        let body = serde_json::json!({
            "errorCode": code, "errorSummary": "s", "errorLink": code, "errorId": "oae", "errorCauses": [],
        });
        row((name, at, *status), body.to_string(), (*kind, *action, cause))
    });
    let no_token = MORE_WITHOUT_TOKEN.iter().map(|body| {
        let verdict = (K::Nonsense, Stop, "mfa_token_missing");
        row((body, EVERY_STEP, 403), (*body).to_owned(), verdict)
    });
    oauth.chain(core).chain(no_token).chain(noise())
}

fn noise() -> impl Iterator<Item = Row> {
    NOISE.iter().flat_map(|body| {
        [
            (502, K::Unavailable, Backoff, "server_error_unreadable"),
            (400, K::Nonsense, Stop, "refusal_unreadable"),
            (302, K::Nonsense, Stop, "redirect"),
        ]
        .map(|(status, kind, action, cause)| row((body, EVERY_STEP, status), (*body).to_owned(), (kind, action, cause)))
    })
}

fn row(
    (name, at, status): (&'static str, &'static [P], u16),
    body: String,
    (kind, action, cause): (K, Action, &'static str),
) -> Row {
    Row {
        name,
        at,
        status,
        headers: &[],
        body,
        verdict: Verdict::refused(kind, action, cause),
    }
}
