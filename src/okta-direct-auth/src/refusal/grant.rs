//! `invalid_grant`: something that the user or the flow supplied was refused. What it was depends on the step.

use super::{refused::Refused, verdict::Verdict};
use crate::{Action, ErrorKind, transport::Purpose};

pub(super) fn verdict(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    match refused.purpose {
        Purpose::Password => password(refused),
        Purpose::PrimaryOtp if refused.says("'login_hint'") => {
            Verdict::but(K::UnknownLogin, "direct_auth_invalid_login_hint", Action::Retype)
        }
        Purpose::PrimaryOtp | Purpose::MfaOtp | Purpose::SentCode => {
            Verdict::new(K::WrongCode, "direct_auth_invalid_otp")
        }
        Purpose::Poll => Verdict::new(K::PushRejected, "direct_auth_oob_reject"),
        Purpose::PrimaryStart | Purpose::PrimaryPasskeyStart => {
            Verdict::new(K::UnknownLogin, "direct_auth_invalid_login_hint")
        }
        // Only the `mfa_token` can have been refused here.
        Purpose::MfaStart | Purpose::MfaPasskeyStart => Verdict::new(K::FlowExpired, "mfa_token_refused"),
        Purpose::Passkey if refused.says("no pending") => {
            Verdict::new(K::WebauthnNoChallenge, "direct_auth_no_pending_challenge")
        }
        Purpose::Passkey => Verdict::new(K::WebauthnRefused, "direct_auth_verification_failure"),
        Purpose::Refresh => Verdict::new(K::SessionOver, "refresh_token_refused"),
        Purpose::Redeem => Verdict::new(K::FlowExpired, "authorization_code_refused"),
        Purpose::Discovery | Purpose::Keys | Purpose::Revoke | Purpose::Introspect | Purpose::UserInfo => {
            Verdict::new(K::Misconfigured, "invalid_grant_out_of_place")
        }
    }
}

/// An unknown text is taken for a wrong password, because that is nearly always the cause.
fn password(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    if refused.says("expired") {
        return Verdict::new(K::PasswordExpired, "expired_password_credentials");
    }
    if refused.says("does not configure a password") {
        return Verdict::new(K::PasswordNotSet, "missing_password_enrollment");
    }
    if refused.says("multiple passwords") {
        return Verdict::new(K::PasswordNotSet, "multiple_password_enrollments");
    }
    if refused.says("with mfa enabled") {
        return Verdict::new(K::Misconfigured, "password_auth_denied_mfa");
    }
    if refused.says("denied by sign on policy") {
        return Verdict::new(K::Misconfigured, "password_auth_denied_policy");
    }
    Verdict::new(K::WrongCredentials, "invalid_password_credentials")
}
