//! Verdicts by OAuth error code.

use super::{client, denied, grant, refused::Refused, verdict::Verdict};
use crate::{Action, ErrorKind, transport::Purpose};

pub(super) fn verdict(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    match refused.code {
        // The longer name is that of early 2023 servers.
        "authorization_pending" | "direct_auth_authorization_pending" => pending(refused),
        "slow_down" if refused.purpose == Purpose::Poll => Verdict::new(K::SlowDown, "slow_down"),
        "slow_down" => Verdict::new(K::RateLimited, "slow_down"),
        "invalid_otp" => Verdict::new(K::WrongCode, "direct_auth_invalid_otp"),
        "oob_rejected" => Verdict::new(K::PushRejected, "direct_auth_oob_reject"),
        "expired_token" => denied::expired(refused),
        "invalid_client" => client::verdict(refused),
        "invalid_grant" => grant::verdict(refused),
        "access_denied" => denied::verdict(refused),
        "invalid_request" => request(refused),
        "invalid_scope" => scope(refused),
        "temporarily_unavailable" => Verdict::new(K::Unavailable, "temporarily_unavailable"),
        "server_error" => server(refused),
        "unmet_authentication_requirements" => Verdict::new(K::AcrUnmet, "unmet_authentication_requirements"),
        // Okta's hosted page wanted to ask the user something, or the user was too slow there.
        "login_required" | "interaction_required" | "account_selection_required" => {
            Verdict::new(K::FlowExpired, "login_required")
        }
        "consent_required" => Verdict::new(K::ConsentRequired, "consent_required"),
        // The tokens are bound to another key, so they can never be refreshed here.
        "invalid_dpop_proof" if refused.purpose == Purpose::Refresh && refused.says("binding") => {
            Verdict::new(K::SessionOver, "dpop_key_binding")
        }
        "invalid_token" => Verdict::new(K::SessionOver, "access_token_refused"),
        code => misconfigured(code).unwrap_or_else(|| unknown(refused.status)),
    }
}

fn pending(refused: &Refused<'_>) -> Verdict {
    if refused.purpose == Purpose::Poll {
        Verdict::new(ErrorKind::Pending, "authorization_pending")
    } else {
        Verdict::new(ErrorKind::Nonsense, "pending_out_of_place")
    }
}

fn request(refused: &Refused<'_>) -> Verdict {
    use ErrorKind as K;
    if refused.says("not associated") || refused.says("not for the mfa_token") {
        return Verdict::new(K::FlowMixedUp, "direct_auth_oob_code_not_for_mfa_token");
    }
    if refused.says("'channel_hint'") && refused.says("not supported") {
        return Verdict::new(K::ChannelUnsupported, "direct_auth_invalid_channel_hint");
    }
    // Okta does not document its answer to an unknown `mfa_token`.
    if refused.says("'mfa_token'") && !refused.says("required parameter") {
        return Verdict::new(K::FlowExpired, "mfa_token_refused");
    }
    let cause = REQUEST_CAUSES.iter().find(|(words, _)| refused.says(words));
    Verdict::new(K::Misconfigured, cause.map_or("invalid_request", |(_, cause)| cause))
}

const REQUEST_CAUSES: [(&str, &str); 11] = [
    ("acr_values", "direct_auth_acr_values_changed"),
    ("authorization server id", "direct_auth_invalid_as_id"),
    ("as a 'grant_type'", "direct_auth_invalid_grant_type_supported"),
    ("'challenge_hint'", "direct_auth_invalid_challenge_hint"),
    ("'challenge_type'", "direct_auth_invalid_challenge_type"),
    ("a 'login_hint' is required", "direct_auth_missing_login_hint"),
    ("same name", "duplicate_oauth_params"),
    ("multiple client credentials", "multiple_client_credentials"),
    ("'grant_type'", "token_request_missing_grant_type"),
    ("required parameter", "missing_token_request_parameter"),
    ("webauthn", "direct_auth_invalid_webauthn_request"),
];

fn scope(refused: &Refused<'_>) -> Verdict {
    let cause = SCOPE_CAUSES.iter().find(|(words, _)| refused.says(words));
    Verdict::new(
        ErrorKind::Misconfigured,
        cause.map_or("invalid_scope", |(_, cause)| cause),
    )
}

const SCOPE_CAUSES: [(&str, &str); 5] = [
    ("do not match the scopes requested", "direct_auth_invalid_scope"),
    ("unsupported on this endpoint", "direct_auth_scope_not_allowed"),
    ("no scopes were requested", "missing_scopes"),
    ("'openid' scope", "openid_scope_required"),
    ("are not configured", "no_matching_scope"),
];

fn server(refused: &Refused<'_>) -> Verdict {
    if refused.says("out-of-band") {
        return Verdict::new(ErrorKind::DeliveryFailed, "direct_auth_oob_failure");
    }
    if refused.status < 500 {
        return Verdict::new(ErrorKind::Misconfigured, "feature_not_enabled");
    }
    Verdict::but(ErrorKind::Unavailable, "server_error", Action::Stop)
}

fn misconfigured(code: &str) -> Option<Verdict> {
    let cause = MISCONFIGURED.into_iter().find(|known| *known == code)?;
    Some(Verdict::new(ErrorKind::Misconfigured, cause))
}

const MISCONFIGURED: [&str; 9] = [
    "unauthorized_client",
    "unsupported_grant_type",
    "insufficient_scope",
    "insufficient_user_authentication",
    "invalid_challenge_types_supported",
    "invalid_dpop_proof",
    "use_dpop_nonce",
    "unsupported_token_type",
    "invalid_resource",
];

fn unknown(status: u16) -> Verdict {
    if status >= 500 {
        Verdict::but(ErrorKind::Unavailable, "unknown_server_error", Action::Stop)
    } else {
        Verdict::new(ErrorKind::Misconfigured, "unknown_error_code")
    }
}
