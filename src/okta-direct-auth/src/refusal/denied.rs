//! `access_denied`: covers anything from a code that is a minute too old to an app without a policy.

use super::{refused::Refused, verdict::Verdict};
use crate::{Action, ErrorKind, transport::Purpose};

pub(super) fn verdict(refused: &Refused<'_>) -> Verdict {
    let is_about_password = refused.purpose == Purpose::Password && refused.says("password");
    if refused.says("password is expired") || is_about_password && refused.says("expired") {
        return Verdict::new(ErrorKind::PasswordExpired, "password_expired");
    }
    if refused.says("has expired") {
        return expired(refused);
    }
    if let Some((_, kind, cause)) = TEXTS.iter().find(|(words, ..)| refused.says(words)) {
        return in_context(refused.purpose, *kind, cause);
    }
    unknown(refused)
}

type Text = (&'static str, ErrorKind, &'static str);

const TEXTS: [Text; 17] = [
    ("network zone", ErrorKind::NetworkZoneDenied, "disallowed_network_zone"),
    (
        "grant_types_supported",
        ErrorKind::Misconfigured,
        "direct_auth_grant_types_supported_not_prompted",
    ),
    (
        "disabled for the client",
        ErrorKind::Misconfigured,
        "direct_auth_prompted_grant_type_disabled_for_client",
    ),
    ("policy wasn", ErrorKind::PolicyDenied, "direct_auth_policy_denied"),
    (
        "unable to prompt",
        ErrorKind::FactorNotPrompted,
        "direct_auth_not_challenged_for_required_factor_type",
    ),
    (
        "required authenticator cannot be used",
        ErrorKind::NotEnrolled,
        "direct_auth_factor_enrollment_required",
    ),
    (
        "not challenged for any",
        ErrorKind::PolicyDenied,
        "direct_auth_requirements_not_challenged",
    ),
    (
        "no supported authenticators",
        ErrorKind::NoSupportedFactor,
        "direct_auth_requirements_no_supported_authenticators",
    ),
    ("not assigned to", ErrorKind::NotAssigned, "user_not_assigned"),
    (
        "policy evaluation failed",
        ErrorKind::Misconfigured,
        "no_matching_policy",
    ),
    (
        "'openid' scope",
        ErrorKind::Misconfigured,
        "openid_scope_required_access_token",
    ),
    ("scopes were denied", ErrorKind::Misconfigured, "scope_denied"),
    (
        "all the requested scopes were rejected",
        ErrorKind::Misconfigured,
        "no_scope_allowed",
    ),
    (
        "feature is not enabled",
        ErrorKind::Misconfigured,
        "feature_not_enabled",
    ),
    ("attestation", ErrorKind::Misconfigured, "mfa_attestation_refused"),
    ("recovery", ErrorKind::Denied, "recovery_refused"),
    (
        "resource owner or authorization server denied",
        ErrorKind::Denied,
        "access_denied",
    ),
];

/// After a passed first factor, a factor that is not available leaves the others. A refresh that is denied ends the
/// session, whatever the reason.
fn in_context(purpose: Purpose, kind: ErrorKind, cause: &'static str) -> Verdict {
    let is_second = matches!(purpose, Purpose::MfaStart | Purpose::MfaPasskeyStart | Purpose::MfaOtp);
    match kind {
        ErrorKind::NotEnrolled | ErrorKind::FactorNotPrompted if is_second => {
            Verdict::but(kind, cause, Action::Rechallenge)
        }
        ErrorKind::NotAssigned | ErrorKind::Denied | ErrorKind::Misconfigured | ErrorKind::PolicyDenied
            if purpose == Purpose::Refresh =>
        {
            Verdict::new(ErrorKind::SessionOver, cause)
        }
        _ => Verdict::new(kind, cause),
    }
}

/// An expired or used code, or an expired `mfa_token`. The text names the parameter in its second half.
pub(super) fn expired(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    let is_flow = refused.says("'mfa_token'");
    match refused.purpose {
        Purpose::Poll | Purpose::SentCode | Purpose::Passkey if !is_flow => {
            Verdict::new(K::ChallengeExpired, "direct_auth_expired_token")
        }
        Purpose::Refresh => Verdict::new(K::SessionOver, "direct_auth_expired_token"),
        _ => Verdict::new(K::FlowExpired, "direct_auth_expired_token"),
    }
}

/// No text, or an unknown one. Where a code or a token was sent, its expiry is the likeliest cause and the one from
/// which the user can go on.
fn unknown(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    match (refused.status, refused.purpose) {
        (401, _) => Verdict::new(K::Misconfigured, "access_denied_unexplained"),
        (_, Purpose::Refresh) => Verdict::new(K::SessionOver, "access_denied_unexplained"),
        (403, Purpose::Poll | Purpose::SentCode | Purpose::Passkey) => {
            Verdict::new(K::ChallengeExpired, "access_denied_unexplained")
        }
        (403, Purpose::MfaOtp | Purpose::MfaStart | Purpose::MfaPasskeyStart) => {
            Verdict::new(K::FlowExpired, "access_denied_unexplained")
        }
        _ => Verdict::new(K::Denied, "access_denied_unexplained"),
    }
}
