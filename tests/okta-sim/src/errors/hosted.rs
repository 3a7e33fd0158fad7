//! Refusals of `/authorize`, the exchange of its code and `/logout`, worded as in the catalogue except where noted.

use crate::{misuse::Misuse, reply::Reply};

fn invalid_request(description: impl Into<String>) -> Reply {
    Reply::oauth(400, "invalid_request", description).misuse(Misuse::BadParameter)
}

pub(crate) fn unknown_client_on_page() -> Reply {
    let text = "Invalid value for 'client_id' parameter.";
    Reply::oauth(400, "invalid_client", text).misuse(Misuse::UnknownClient)
}

pub(crate) fn illegal_redirect_uri() -> Reply {
    invalid_request("The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
}

pub(crate) fn illegal_post_logout_redirect_uri() -> Reply {
    invalid_request(
        "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.",
    )
}

pub(crate) fn invalid_state() -> Reply {
    invalid_request("The authentication request has an invalid 'state' parameter.")
}

pub(crate) fn unsupported_response_type() -> Reply {
    let text = "The response type is not supported by the authorization server. Configured response types: [code].";
    Reply::oauth(400, "unsupported_response_type", text).misuse(Misuse::BadParameter)
}

pub(crate) fn unsupported_response_mode() -> Reply {
    let text = "The response mode is not supported by the authorization server. Valid response modes: [query, fragment, form_post, okta_post_message].";
    Reply::oauth(400, "unsupported_response_mode", text).misuse(Misuse::BadParameter)
}

pub(crate) fn post_message_with_code() -> Reply {
    let text = "'okta_post_message' response mode cannot be used with the 'code' response type.";
    Reply::oauth(400, "unsupported_response_mode", text).misuse(Misuse::BadParameter)
}

pub(crate) fn request_not_supported() -> Reply {
    let text = "The authorize request object is not supported by this client.";
    Reply::oauth(400, "request_not_supported", text).misuse(Misuse::BadParameter)
}

pub(crate) fn request_uri_not_supported() -> Reply {
    let text = "The authorize request uri is not supported by this client.";
    Reply::oauth(400, "request_uri_not_supported", text).misuse(Misuse::BadParameter)
}

pub(crate) fn missing_challenge(is_public: bool) -> Reply {
    invalid_request(if is_public {
        "PKCE code challenge is required when the token endpoint authentication method is 'NONE'."
    } else {
        // Not in our copy of the catalogue; seen in reports from real orgs.
        "PKCE code challenge is required by the application."
    })
}

pub(crate) fn unsupported_challenge_method() -> Reply {
    invalid_request("PKCE code challenge method is not supported. Valid values: [S256]")
}

pub(crate) fn invalid_challenge() -> Reply {
    invalid_request("PKCE code challenge contains illegal characters.")
}

pub(crate) fn invalid_prompt() -> Reply {
    invalid_request("Invalid value for 'prompt' parameter. Supported values: [none, consent, login, consent login]")
}

/// The catalogue gives the range; the beginning of the sentence is from general knowledge.
pub(crate) fn invalid_max_age() -> Reply {
    invalid_request("Invalid value for 'max_age' parameter. It must be within range 0 - 2^31-1.")
}

pub(crate) fn no_existing_session() -> Reply {
    let text = "A 'prompt' value of 'none' requires an existing session to successfully authorize.";
    Reply::oauth(400, "login_required", text)
}

pub(crate) fn sign_on_required() -> Reply {
    let text = "The client specified not to prompt, but the client app requires re-authentication or MFA.";
    Reply::oauth(400, "login_required", text)
}

pub(crate) fn request_expired() -> Reply {
    let text = "Request expired, please start over and try again.";
    Reply::oauth(400, "login_required", text)
}

pub(crate) fn denied() -> Reply {
    let text = "The resource owner or authorization server denied the request.";
    Reply::oauth(400, "access_denied", text)
}

pub(crate) fn unmet_requirements() -> Reply {
    let text = "Unable to meet the authentication requirements imposed by 'acr_values' parameter.";
    Reply::oauth(400, "unmet_authentication_requirements", text)
}

pub(crate) fn invalid_authorization_code() -> Reply {
    let text = "The authorization code is invalid or has expired.";
    Reply::oauth(400, "invalid_grant", text)
}

pub(crate) fn mismatched_server() -> Reply {
    let text = "The grant was issued for another authorization server.";
    Reply::oauth(400, "invalid_request", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn mismatched_redirect_uri() -> Reply {
    let text = "The 'redirect_uri' does not match the redirection URI used in the authorization request.";
    Reply::oauth(400, "invalid_grant", text).misuse(Misuse::ChangedMidFlow)
}

pub(crate) fn missing_verifier() -> Reply {
    invalid_request("PKCE code verifier is required when the token endpoint authentication method is 'NONE'.")
}

pub(crate) fn wrong_verifier() -> Reply {
    Reply::oauth(400, "invalid_grant", "PKCE verification failed.")
}

pub(crate) fn invalid_id_token_hint() -> Reply {
    Reply::oauth(400, "invalid_token", "The id token is invalid.").misuse(Misuse::BadParameter)
}

/// Not misuse: another user may have signed in at the org in the meantime.
pub(crate) fn hint_of_another_user() -> Reply {
    let text = "The ID token subject does not match the current session's user.";
    Reply::oauth(400, "id_token_does_not_match_session", text)
}
