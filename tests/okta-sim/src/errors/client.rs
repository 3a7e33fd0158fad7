//! Refusals of clients and of too many requests, and `server_error`.

use crate::{misuse::Misuse, reply::Reply};

const RATE_LIMITED: &str = "API call exceeded rate limit due to too many requests.";

pub(crate) fn unknown_client() -> Reply {
    Reply::core(401, "invalid_client", "Invalid value for 'client_id' parameter.").misuse(Misuse::UnknownClient)
}

pub(crate) fn invalid_client(description: &str) -> Reply {
    Reply::oauth(401, "invalid_client", description)
}

pub(crate) fn several_credentials() -> Reply {
    let text = "Cannot supply multiple client credentials. Include credentials in either the header or in the POST body, but not both.";
    Reply::oauth(401, "invalid_request", text).misuse(Misuse::SeveralCredentials)
}

pub(crate) fn disallowed_zone() -> Reply {
    Reply::oauth(
        403,
        "access_denied",
        "The request is made from outside the client's permitted network zones.",
    )
}

pub(crate) fn no_matching_policy() -> Reply {
    let text = "Policy evaluation failed for this request, please check the policy configurations.";
    Reply::oauth(401, "access_denied", text)
}

pub(crate) fn user_rate_limited() -> Reply {
    Reply::oauth(429, "invalid_grant", RATE_LIMITED)
}

pub(crate) fn org_rate_limited() -> Reply {
    Reply::core(429, "E0000047", RATE_LIMITED)
}

pub(crate) fn message_too_soon(code: &str, summary: &str) -> Reply {
    Reply::core(429, code, summary)
}

pub(crate) fn server_error() -> Reply {
    let text =
        "The authorization server encountered an unexpected condition that prevented it from fulfilling the request.";
    Reply::oauth(500, "server_error", text)
}
