//! The table: what Okta answers, to which call, and the outcome.

use super::At::{self, AppCode, FirstCode, FirstEmail, Passkey, PasskeyStart, Password, Poll, Refresh, Text, TextCode};
use super::Shows::{
    self, CodeExpired, Declined, Mismatch, NotAllowed, NotAnswering, NotEnrolled, OtherWay, PasskeyRefused,
    PasswordExpired, PushExpired, Sent, SignedOut, StartAgain, StillSignedIn, StillWaiting, Wait, WrongCode,
};

/// One refusal.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) status: u16,
    pub(super) body: Body,
    /// The call, what is shown then, and the `result` in the metrics; empty where it answers no try.
    pub(super) at: &'static [(At, Shows, &'static str)],
}

/// The format of the error.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// `error` and `error_description`.
    OAuth(&'static str, &'static str),
    /// `errorCode` and `errorSummary`.
    Core(&'static str, &'static str),
}

impl Body {
    pub(super) fn words(self) -> [&'static str; 2] {
        match self {
            Self::OAuth(error, text) => [error, text],
            Self::Core(code, summary) => [code, summary],
        }
    }
}

const fn row(
    name: &'static str,
    status: u16,
    (error, text): (&'static str, &'static str),
    at: &'static [(At, Shows, &'static str)],
) -> Row {
    Row {
        name,
        status,
        body: Body::OAuth(error, text),
        at,
    }
}

const fn core(
    name: &'static str,
    status: u16,
    (code, summary): (&'static str, &'static str),
    at: &'static [(At, Shows, &'static str)],
) -> Row {
    Row {
        name,
        status,
        body: Body::Core(code, summary),
        at,
    }
}

/// Only an operator can mend it; one row for each endpoint that a sign-in calls.
const MISCONFIGURED: &[(At, Shows, &str)] = &[
    (Password, NotAnswering, "misconfigured"),
    (Text, NotAnswering, "misconfigured"),
    (Poll, NotAnswering, "misconfigured"),
];
/// The same at every step.
const MISCONFIGURED_ANYWHERE: &[(At, Shows, &str)] = &[
    (Password, NotAnswering, "misconfigured"),
    (AppCode, NotAnswering, "misconfigured"),
    (Text, NotAnswering, "misconfigured"),
    (TextCode, NotAnswering, "misconfigured"),
    (Poll, NotAnswering, "misconfigured"),
    (PasskeyStart, NotAnswering, "misconfigured"),
    (Passkey, NotAnswering, "misconfigured"),
    (FirstEmail, NotAnswering, "misconfigured"),
    (FirstCode, NotAnswering, "misconfigured"),
    // A mistake between Okta and us signs nobody out.
    (Refresh, StillSignedIn, ""),
];
const REFUSED: &[(At, Shows, &str)] = &[
    (Password, NotAllowed, "refused"),
    (Text, NotAllowed, "refused"),
    (Poll, NotAllowed, "refused"),
    (Refresh, SignedOut, ""),
];
const REFUSED_ANYWHERE: &[(At, Shows, &str)] = &[
    (Password, NotAllowed, "refused"),
    (AppCode, NotAllowed, "refused"),
    (Text, NotAllowed, "refused"),
    (TextCode, NotAllowed, "refused"),
    (Poll, NotAllowed, "refused"),
    (PasskeyStart, NotAllowed, "refused"),
    (Passkey, NotAllowed, "refused"),
    (FirstEmail, NotAllowed, "refused"),
    (FirstCode, NotAllowed, "refused"),
];
const UNAVAILABLE: &[(At, Shows, &str)] = &[
    (Password, NotAnswering, "unavailable"),
    (Text, NotAnswering, "unavailable"),
    (TextCode, NotAnswering, "unavailable"),
    (Poll, StillWaiting, "unavailable"),
    (Refresh, StillSignedIn, ""),
];
const LIMITED: &[(At, Shows, &str)] = &[
    (Password, Wait, "okta_limited"),
    (Text, Wait, "okta_limited"),
    (AppCode, Wait, "okta_limited"),
    (Poll, StillWaiting, "okta_limited"),
    (Refresh, StillSignedIn, ""),
];

#[rustfmt::skip]
pub(super) const ANYWHERE: &[Row] = &[
    row("network zone", 403, ("access_denied", "The request is made from outside the client's permitted network zones."), REFUSED_ANYWHERE),
    row("plain denial", 403, ("access_denied", "The resource owner or authorization server denied the request."), REFUSED),
    row("overloaded", 400, ("temporarily_unavailable", "The authorization server is currently unable to handle the request due to a temporary overloading or maintenance of the server."), UNAVAILABLE),
    row("server error", 500, ("server_error", "The authorization server encountered an unexpected condition that prevented it from fulfilling the request."), UNAVAILABLE),
    row("user rate limit", 429, ("invalid_grant", "API call exceeded rate limit due to too many requests."), LIMITED),
    row("code unheard of", 400, ("brand_new_code", "A sentence from the year after next."), MISCONFIGURED),
    row("code unheard of, 500", 503, ("brand_new_code", "A sentence from the year after next."), UNAVAILABLE),
];

#[rustfmt::skip]
pub(super) const FACTORS: &[Row] = &[
    row("policy not satisfied", 403, ("access_denied", "User couldn't be signed-in through direct authentication because authentication policy wasn't satisfied."), REFUSED),
    row("factor not prompted", 403, ("access_denied", "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again."), &[(Text, OtherWay, "not_set_up"), (AppCode, OtherWay, "not_set_up"), (Password, NotEnrolled, "not_set_up")]),
    row("not enrolled", 403, ("access_denied", "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again."), &[(Text, OtherWay, "not_set_up"), (AppCode, OtherWay, "not_set_up"), (FirstEmail, Sent, "not_set_up"), (Password, NotEnrolled, "not_set_up")]),
    row("nothing to ask", 403, ("access_denied", "The user is not challenged for any authenticators by the current policy."), REFUSED),
    row("no supported authenticators", 403, ("access_denied", "No supported authenticators are available."), &[(Password, NotEnrolled, "not_set_up"), (Text, NotEnrolled, "not_set_up"), (AppCode, NotEnrolled, "not_set_up")]),
    row("expired oob_code", 403, ("access_denied", "'ftK2m8Qw_Xr4Zp0Yt6Bv1Nc9' has expired. Use a new 'oob_code' and try again."), &[(TextCode, CodeExpired, "expired"), (Poll, PushExpired, "expired")]),
    row("expired oob_code, no words", 403, ("access_denied", ""), &[(TextCode, CodeExpired, "expired"), (Poll, PushExpired, "expired")]),
    row("expired oob_code, old name", 400, ("expired_token", ""), &[(TextCode, CodeExpired, "expired"), (Poll, PushExpired, "expired")]),
    row("expired mfa_token", 403, ("access_denied", "'q7Zt_b2LxN0vR-8cJk3D' has expired. Use a new 'mfa_token' and try again."), &[(AppCode, StartAgain, "expired"), (Text, StartAgain, "expired"), (TextCode, StartAgain, "expired"), (Poll, StartAgain, "expired"), (PasskeyStart, StartAgain, "expired"), (Passkey, StartAgain, "expired")]),
    row("codes of two sign-ins", 400, ("invalid_request", "The 'oob_code' and the 'mfa_token' provided are not associated with each other. Review the values and try again."), &[(TextCode, StartAgain, "expired"), (Poll, StartAgain, "expired")]),
    row("acr unmet", 400, ("unmet_authentication_requirements", "Unable to meet the authentication requirements imposed by 'acr_values' parameter."), &[(Password, NotAllowed, "refused"), (AppCode, NotAllowed, "refused")]),
    row("wrong password", 400, ("invalid_grant", "The credentials provided were invalid."), &[(Password, Mismatch, "wrong")]),
    row("no password", 400, ("invalid_grant", "The user does not configure a password."), &[(Password, Mismatch, "wrong")]),
    row("two passwords", 400, ("invalid_grant", "The user has multiple passwords."), &[(Password, Mismatch, "wrong")]),
    row("password expired", 400, ("invalid_grant", "Password has expired."), &[(Password, PasswordExpired, "password_expired")]),
    row("password expired, 403", 403, ("access_denied", "The user's password is expired."), &[(Password, PasswordExpired, "password_expired")]),
    row("not assigned", 400, ("access_denied", "User is not assigned to the client application."), &[(Password, NotAllowed, "refused"), (TextCode, NotAllowed, "refused"), (Refresh, SignedOut, "")]),
    row("pending", 400, ("authorization_pending", "No user response received on the out-of-band authenticator yet. Continue polling to wait for a response."), &[(Poll, StillWaiting, "")]),
    row("pending, old name", 400, ("direct_auth_authorization_pending", ""), &[(Poll, StillWaiting, "")]),
    row("slow down", 400, ("slow_down", "Slow down the polling frequency. Please try again later."), &[(Poll, StillWaiting, "")]),
    row("wrong code", 400, ("invalid_grant", "The 'otp' provided is either empty or incorrect. Use the correct OTP and try again."), &[(AppCode, WrongCode, "wrong"), (TextCode, WrongCode, "wrong"), (FirstCode, WrongCode, "wrong")]),
    row("wrong code, old name", 400, ("invalid_otp", ""), &[(AppCode, WrongCode, "wrong"), (TextCode, WrongCode, "wrong"), (FirstCode, WrongCode, "wrong")]),
    row("rejected", 400, ("invalid_grant", "User rejected out-of-band authentication prompt."), &[(Poll, Declined, "declined")]),
    row("rejected, old name", 400, ("oob_rejected", ""), &[(Poll, Declined, "declined")]),
    // The page must not tell a stranger which names exist.
    row("unknown login", 400, ("invalid_grant", "The 'login_hint' does not uniquely identify a user."), &[(FirstEmail, Sent, "not_set_up"), (FirstCode, WrongCode, "wrong")]),
    row("message not sent", 500, ("server_error", "Failed to initiate out-of-band authentication."), &[(Text, NotAnswering, "unavailable"), (FirstEmail, Sent, "unavailable")]),
    row("no passkey ceremony", 400, ("invalid_grant", "There is no pending WebAuthn challenge for the request."), &[(Passkey, PasskeyRefused, "expired")]),
    row("passkey not verified", 400, ("invalid_grant", "None of the WebAuthn authenticators the user has enrolled for was able to validate the assertion"), &[(Passkey, PasskeyRefused, "wrong")]),
    row("refresh token refused", 400, ("invalid_grant", "The refresh token is invalid or expired."), &[(Refresh, SignedOut, "")]),
    row("refresh token of another client", 400, ("invalid_grant", "The grant was issued to another client. The 'client_id' must match the client the grant was issued to."), &[(Refresh, SignedOut, "")]),
];

#[rustfmt::skip]
pub(super) const OPERATOR: &[Row] = &[
    row("no client credentials", 401, ("invalid_client", "No client credentials found."), MISCONFIGURED_ANYWHERE),
    row("another client", 401, ("invalid_client", "The client_id 'a' does not match the client_id in the original request 'b'. Use the original client id and try again."), MISCONFIGURED),
    row("two client credentials", 401, ("invalid_request", "Cannot supply multiple client credentials. Include credentials in either the header or in the POST body, but not both."), MISCONFIGURED),
    row("doubled parameter", 400, ("invalid_request", "The request contained multiple parameters with the same name."), MISCONFIGURED),
    row("missing parameter", 400, ("invalid_request", "The required parameter 'mfa_token' is missing."), MISCONFIGURED),
    row("no grant type", 400, ("invalid_request", "The token request must specify a 'grant_type'. Valid values: [password]"), MISCONFIGURED),
    row("another authorization server", 400, ("invalid_request", "The authorization server id 'a' in the url_path parameter does not match the authorization server id in the original request 'b'. Use the original authorization server id and try again."), MISCONFIGURED),
    row("acr_values changed", 400, ("invalid_request", "The acr_values 'a' do not match the acr_values requested in the original request 'b'. Use the originally requested acr_values and try again."), MISCONFIGURED),
    row("grant unheard of", 400, ("invalid_request", "x is not supported as a 'grant_type'. Remove or replace the value and try again."), MISCONFIGURED),
    row("grant not given to the app", 400, ("unauthorized_client", "The client is not authorized to use the provided grant type. Configured grant types: [password]."), MISCONFIGURED),
    row("grant not of this server", 400, ("unsupported_grant_type", "The authorization grant type is not supported by the authorization server. Configured grant types: [password]."), MISCONFIGURED),
    row("feature off", 403, ("server_error", "The requested feature is not enabled in this environment."), MISCONFIGURED),
    row("nonce for a proof", 400, ("use_dpop_nonce", "Authorization server requires nonce in DPoP proof."), MISCONFIGURED),
    row("no good proof", 400, ("invalid_dpop_proof", "The DPoP proof JWT header is missing."), MISCONFIGURED),
    row("too few grants", 403, ("access_denied", "The 'grant_types_supported' 'x' are not sufficient to satisfy the authentication policy. Configure additional grant types for the client or revise the authentication policy to allow the user to sign-in."), MISCONFIGURED),
    row("grant disabled", 403, ("access_denied", "The grant types required to satisfy sign on policy are disabled for the client."), MISCONFIGURED),
    row("no openid, 403", 403, ("access_denied", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope."), MISCONFIGURED),
    row("no openid", 400, ("invalid_scope", "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope."), MISCONFIGURED),
    row("no scope left", 400, ("access_denied", "Policy evaluation succeeded, but all the requested scopes were rejected."), MISCONFIGURED),
    row("scope denied", 400, ("access_denied", "Some of the requested scopes were denied by the policy. Denied scopes: [groups]."), MISCONFIGURED),
    row("no policy", 401, ("access_denied", "Policy evaluation failed for this request, please check the policy configurations."), MISCONFIGURED),
    row("no scopes", 400, ("invalid_scope", "No scopes were requested."), MISCONFIGURED),
    row("unknown scope", 400, ("invalid_scope", "One or more scopes are not configured for the authorization server resource."), MISCONFIGURED),
    row("scope changed", 400, ("invalid_scope", "The requested scopes 'a' do not match the scopes requested in the original request 'b'. Use the originally requested scopes and try again."), &[(AppCode, NotAnswering, "misconfigured"), (Poll, NotAnswering, "misconfigured")]),
    row("scope on a challenge", 400, ("invalid_scope", "The 'scope' parameter is unsupported on this endpoint. Try again without this parameter."), &[(Text, NotAnswering, "misconfigured"), (FirstEmail, NotAnswering, "misconfigured")]),
    row("password by mfa", 400, ("invalid_grant", "Resource owner password credentials cannot be used with MFA enabled."), &[(Password, NotAnswering, "misconfigured")]),
    row("password by policy", 400, ("invalid_grant", "Resource owner password credentials authentication denied by sign on policy."), &[(Password, NotAnswering, "misconfigured")]),
    // Other channels may work.
    row("channel", 400, ("invalid_request", "'sms' is not supported as a 'channel_hint'. Try again with another value."), &[(Text, OtherWay, "not_set_up")]),
    row("challenge hint", 400, ("invalid_request", "'x' is not supported as a 'challenge_hint'. Try again with another value."), &[(FirstEmail, NotAnswering, "misconfigured")]),
    row("challenge type", 400, ("invalid_request", "x is not supported as a 'challenge_type'. Try again with another value."), &[(Text, NotAnswering, "misconfigured")]),
    row("challenge type, old name", 400, ("invalid_challenge_types_supported", ""), &[(Text, NotAnswering, "misconfigured")]),
    row("no login hint", 400, ("invalid_request", "A 'login_hint' is required for the request."), &[(FirstEmail, NotAnswering, "misconfigured")]),
    row("incomplete passkey", 400, ("invalid_request", "WebAuthn requests must contain 'authenticatorData', 'clientDataJSON', and 'signature'."), &[(Passkey, NotAnswering, "misconfigured")]),
    row("consent", 400, ("consent_required", "The client must not require consent."), MISCONFIGURED),
];

#[rustfmt::skip]
pub(super) const CORE: &[Row] = &[
    core("unknown client", 401, ("invalid_client", "Invalid value for 'client_id' parameter."), MISCONFIGURED),
    core("bucket empty", 429, ("E0000047", "API call exceeded rate limit due to too many requests."), LIMITED),
    core("text sent just now", 429, ("E0000109", "An SMS message was recently sent. Please wait 30 seconds before trying again."), &[(Text, Wait, "okta_limited")]),
    core("email sent just now", 429, ("E0000118", "An email was recently sent. Please wait 5 seconds before trying again."), &[(FirstEmail, Sent, "okta_limited")]),
    core("call provider failed", 500, ("E0000138", "There was an internal error with call provider(s)."), &[(Text, NotAnswering, "unavailable")]),
    core("locked", 403, ("E0000119", "Your account is locked. Please contact your administrator."), &[(Password, Mismatch, "wrong")]),
    core("locked, other number", 403, ("E0000069", "User Locked"), &[(Password, Mismatch, "wrong")]),
    core("no permission", 403, ("E0000006", "You do not have permission to perform the requested action"), &[(Password, NotAllowed, "refused")]),
    core("no such path", 404, ("E0000007", "Not found: Resource not found: /oauth2/v1/token (Endpoint)"), MISCONFIGURED),
    core("other method", 405, ("E0000022", "The endpoint does not support the provided HTTP method"), MISCONFIGURED),
    core("other media type", 400, ("E0000021", "Bad request.  Accept and/or Content-Type headers likely do not match supported values."), MISCONFIGURED),
    core("internal error", 500, ("E0000009", "Internal Server Error"), UNAVAILABLE),
    core("read only", 503, ("E0000010", "Service is in read only mode"), UNAVAILABLE),
];
