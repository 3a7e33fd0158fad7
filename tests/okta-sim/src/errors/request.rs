//! Refusals of malformed requests, and of requests for something that is not allowed.

use crate::{
    grant::{GrantType, listed},
    misuse::Misuse,
    reply::Reply,
};

pub(crate) fn duplicate_parameter() -> Reply {
    Reply::oauth(
        400,
        "invalid_request",
        "The request contained multiple parameters with the same name.",
    )
    .misuse(Misuse::DuplicateParameter)
}

pub(crate) fn missing_parameter(name: &str) -> Reply {
    Reply::oauth(
        400,
        "invalid_request",
        format!("The required parameter '{name}' is missing."),
    )
    .misuse(Misuse::BadParameter)
}

pub(crate) fn missing_grant_type() -> Reply {
    let text = format!(
        "The token request must specify a 'grant_type'. Valid values: {}",
        listed(&GrantType::ALL)
    );
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::BadParameter)
}

pub(crate) fn credentials_in_query() -> Reply {
    let text = "Client credentials must not be included in the query string of the request.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::CredentialsInQuery)
}

pub(crate) fn unsupported_value(value: &str, name: &str) -> Reply {
    let text = format!("'{value}' is not supported as a '{name}'. Try again with another value.");
    Reply::oauth(400, "invalid_request", text)
}

pub(crate) fn unsupported_challenge_type(value: &str) -> Reply {
    let text = format!("{value} is not supported as a 'challenge_type'. Try again with another value.");
    Reply::oauth(400, "invalid_request", text)
}

pub(crate) fn unknown_grant_supported(value: &str) -> Reply {
    let text = format!("{value} is not supported as a 'grant_type'. Remove or replace the value and try again.");
    Reply::oauth(400, "invalid_request", text)
}

pub(crate) fn unsupported_grant_type() -> Reply {
    let text = format!(
        "The authorization grant type is not supported by the authorization server. Configured grant types: {}.",
        listed(&GrantType::ALL)
    );
    Reply::oauth(400, "unsupported_grant_type", text).misuse(Misuse::BadParameter)
}

pub(crate) fn unauthorized_client(configured: &[GrantType]) -> Reply {
    let text = format!(
        "The client is not authorized to use the provided grant type. Configured grant types: {}.",
        listed(configured)
    );
    Reply::oauth(400, "unauthorized_client", text)
}

pub(crate) fn ignored_parameter(name: &str) -> Reply {
    Reply::oauth(
        400,
        "invalid_request",
        format!("The '{name}' parameter is not supported for this request."),
    )
}

pub(crate) fn browser_request() -> Reply {
    let text = "Browser requests to the token endpoint must use Proof Key for Code Exchange.";
    Reply::oauth(400, "unsupported_grant_type", text).misuse(Misuse::BrowserRequest)
}

pub(crate) fn no_scopes() -> Reply {
    Reply::oauth(400, "invalid_scope", "No scopes were requested.").misuse(Misuse::BadParameter)
}

pub(crate) fn openid_required() -> Reply {
    let text = "Requests for ID tokens or access tokens with OpenID scopes require the 'openid' scope.";
    Reply::oauth(400, "invalid_scope", text)
}

pub(crate) fn unknown_scope() -> Reply {
    let text = "One or more scopes are not configured for the authorization server resource.";
    Reply::oauth(400, "invalid_scope", text)
}

pub(crate) fn scope_not_allowed() -> Reply {
    let text = "The 'scope' parameter is unsupported on this endpoint. Try again without this parameter.";
    Reply::oauth(400, "invalid_scope", text).misuse(Misuse::ScopeNotAllowed)
}

pub(crate) fn mfa_attestation_not_supported() -> Reply {
    let text = "MFA attestation is not supported for this request.";
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn refresh_scopes_denied(denied: &str) -> Reply {
    let text = format!("Some of the requested scopes were denied by the policy. Denied scopes: [{denied}].");
    Reply::oauth(400, "access_denied", text)
}
