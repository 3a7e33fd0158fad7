//! `invalid_client`: Okta did not accept the app. Its text says what was wrong; the causes have Okta's own names.

use super::{refused::Refused, verdict::Verdict};
use crate::ErrorKind;

pub(super) fn verdict(refused: &Refused<'_>) -> Verdict {
    let cause = CAUSES.iter().find(|(words, _)| refused.says(words));
    // Okta has one text for a wrong method and for what it does not want to explain.
    Verdict::new(
        ErrorKind::Misconfigured,
        cause.map_or("invalid_client", |(_, cause)| cause),
    )
}

/// Words of Okta's texts, in lower case, and what they mean.
const CAUSES: [(&str, &str); 19] = [
    ("in the original request", "direct_auth_invalid_client_id"),
    ("'client_id' parameter", "invalid_client_id"),
    ("client secret supplied", "invalid_client_secret"),
    ("no client credentials", "missing_client_credentials"),
    ("not valid client credentials", "invalid_basic_auth_creds"),
    (
        "signature algorithm is invalid",
        "client_assertion_invalid_signature_algorithm",
    ),
    ("client_assertion signature", "client_assertion_invalid_signature"),
    ("client_assertion jwt kid", "client_assertion_invalid_kid"),
    ("not have a jwkset", "client_assertion_jwks_not_configured"),
    ("the client jwkset is invalid", "client_assertion_invalid_jwks"),
    ("not have a client secret", "client_assertion_invalid_no_secret"),
    ("too short to verify", "client_assertion_invalid_secret_length"),
    ("issuer claim", "client_assertion_invalid_issuer"),
    ("subject claim", "client_assertion_invalid_subject"),
    ("audience claim", "client_assertion_invalid_audience"),
    ("token is expired", "client_assertion_expired_token"),
    ("before the current time", "client_assertion_issued_at_in_future"),
    ("already been used", "client_assertion_already_used"),
    ("from jwks_uri", "jwks_uri_error"),
];
