//! Refusals in the middle of a flow: values that changed, and codes, passkeys and tokens that are not valid.

use crate::{misuse::Misuse, reply::Reply, switches::Switches};

pub(crate) fn scope_changed(now: &str, first: &str) -> Reply {
    let text = format!(
        "The requested scopes '{now}' do not match the scopes requested in the original request '{first}'. Use the originally requested scopes and try again."
    );
    Reply::oauth(400, "invalid_scope", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn client_changed(now: &str, first: &str) -> Reply {
    let text = format!(
        "The client_id '{now}' does not match the client_id in the original request '{first}'. Use the original client id and try again."
    );
    Reply::oauth(401, "invalid_client", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn server_changed(now: &str, first: &str) -> Reply {
    let text = format!(
        "The authorization server id '{now}' in the url_path parameter does not match the authorization server id in the original request '{first}'. Use the original authorization server id and try again."
    );
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn acr_changed(now: &str, first: &str) -> Reply {
    let text = format!(
        "The acr_values '{now}' do not match the acr_values requested in the original request '{first}'. Use the originally requested acr_values and try again."
    );
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn codes_not_associated() -> Reply {
    let text = "The 'oob_code' and the 'mfa_token' provided are not associated with each other. Review the values and try again.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::ChangedMidFlow)
}

fn renamed(switches: &Switches, now: &'static str, before: &'static str) -> &'static str {
    if switches.legacy_error_names { before } else { now }
}

pub(crate) fn pending(switches: &Switches) -> Reply {
    let text =
        "No user response received on the out-of-band authenticator yet. Continue polling to wait for a response.";
    Reply::oauth(
        400,
        renamed(switches, "authorization_pending", "direct_auth_authorization_pending"),
        text,
    )
}

pub(crate) fn slow_down() -> Reply {
    Reply::oauth(
        400,
        "slow_down",
        "Slow down the polling frequency. Please try again later.",
    )
}

pub(crate) fn invalid_otp(switches: &Switches) -> Reply {
    let text = "The 'otp' provided is either empty or incorrect. Use the correct OTP and try again.";
    Reply::oauth(400, renamed(switches, "invalid_grant", "invalid_otp"), text)
}

pub(crate) fn rejected(switches: &Switches) -> Reply {
    let text = "User rejected out-of-band authentication prompt.";
    Reply::oauth(400, renamed(switches, "invalid_grant", "oob_rejected"), text)
}

pub(crate) fn expired(switches: &Switches, value: &str, name: &str) -> Reply {
    let text = format!("'{value}' has expired. Use a new '{name}' and try again.");
    if switches.legacy_error_names {
        return Reply::oauth(400, "expired_token", text);
    }
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn invalid_grant() -> Reply {
    Reply::oauth(400, "invalid_grant", "The grant is invalid.")
}

pub(crate) fn oob_failure() -> Reply {
    Reply::oauth(500, "server_error", "Failed to initiate out-of-band authentication.")
}

pub(crate) fn no_pending_challenge() -> Reply {
    Reply::oauth(
        400,
        "invalid_grant",
        "There is no pending WebAuthn challenge for the request.",
    )
}

pub(crate) fn passkey_not_verified() -> Reply {
    let text = "None of the WebAuthn authenticators the user has enrolled for was able to validate the assertion";
    Reply::oauth(400, "invalid_grant", text)
}

pub(crate) fn incomplete_assertion() -> Reply {
    let text = "WebAuthn requests must contain 'authenticatorData', 'clientDataJSON', and 'signature'.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::BadParameter)
}

pub(crate) fn challenge_not_for_mfa_token() -> Reply {
    let text = "The WebAuthn challenge and the 'mfa_token' provided are not associated with each other. Review the values and try again.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn invalid_refresh_token() -> Reply {
    Reply::oauth(400, "invalid_grant", "The refresh token is invalid or expired.")
}

pub(crate) fn mismatched_client() -> Reply {
    let text = "The grant was issued to another client. The 'client_id' must match the client the grant was issued to.";
    Reply::oauth(400, "invalid_grant", text).misuse(Misuse::ChangedMidFlow)
}
