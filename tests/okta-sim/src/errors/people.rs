//! Refusals of users who cannot sign in at all, or not in this way.

use crate::{misuse::Misuse, reply::Reply};

pub(crate) fn bad_credentials() -> Reply {
    Reply::oauth(400, "invalid_grant", "The credentials provided were invalid.")
}

pub(crate) fn no_password() -> Reply {
    Reply::oauth(400, "invalid_grant", "The user does not configure a password.")
}

pub(crate) fn password_expired_grant() -> Reply {
    Reply::oauth(400, "invalid_grant", "Password has expired.")
}

pub(crate) fn password_expired_access() -> Reply {
    Reply::oauth(403, "access_denied", "The user's password is expired.")
}

pub(crate) fn not_assigned() -> Reply {
    Reply::oauth(400, "access_denied", "User is not assigned to the client application.")
}

pub(crate) fn policy_denied() -> Reply {
    let text =
        "User couldn't be signed-in through direct authentication because authentication policy wasn't satisfied.";
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn enrollment_required() -> Reply {
    let text = "The required authenticator cannot be used. Check if it is required by policy and the user is enrolled in the authenticator and try again.";
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn not_challenged_for_type() -> Reply {
    let text = "Unable to prompt for the requested authenticators. Review the Authentication Policy’s requirements or request another authenticator and try again.";
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn grants_not_sufficient(supported: &str) -> Reply {
    let text = format!(
        "The 'grant_types_supported' '{supported}' are not sufficient to satisfy the authentication policy. Configure additional grant types for the client or revise the authentication policy to allow the user to sign-in."
    );
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn grants_disabled_for_client() -> Reply {
    let text = "The grant types required to satisfy sign on policy are disabled for the client.";
    Reply::oauth(403, "access_denied", text)
}

pub(crate) fn unknown_login() -> Reply {
    Reply::oauth(
        400,
        "invalid_grant",
        "The 'login_hint' does not uniquely identify a user.",
    )
}

pub(crate) fn missing_login_hint() -> Reply {
    Reply::oauth(400, "invalid_request", "A 'login_hint' is required for the request.").misuse(Misuse::BadParameter)
}
