//! The checks that run before an endpoint handles a request.

use crate::{
    errors,
    fault::Endpoint,
    misuse::Misuse,
    okta::{
        incoming::Incoming,
        route::{Route, SERVER_WITHOUT_POLICY},
    },
    reply::Reply,
    world::World,
};

pub(super) fn check_method(incoming: &Incoming, route: &Route) -> Result<(), Reply> {
    let is_right = match route.endpoint {
        Endpoint::Discovery | Endpoint::Keys => incoming.method == "GET",
        Endpoint::Userinfo | Endpoint::Authorize | Endpoint::SignIn | Endpoint::Logout => {
            ["GET", "POST"].contains(&incoming.method.as_str())
        }
        _ => incoming.method == "POST",
    };
    let summary = "The endpoint does not support the provided HTTP method";
    if is_right {
        Ok(())
    } else {
        Err(Reply::core(405, "E0000022", summary).misuse(Misuse::WrongMethod))
    }
}

pub(super) fn check_content_type(incoming: &Incoming) -> Result<(), Reply> {
    let summary = "Bad request.  Accept and/or Content-Type headers likely do not match supported values.";
    if incoming.has_form() {
        Ok(())
    } else {
        Err(Reply::core(400, "E0000021", summary).misuse(Misuse::WrongContentType))
    }
}

pub(super) fn check_form(world: &World, incoming: &Incoming, route: &Route) -> Result<(), Reply> {
    const SENSITIVE: [&str; 9] = [
        "client_id",
        "client_secret",
        "client_assertion",
        "username",
        "password",
        "otp",
        "oob_code",
        "mfa_token",
        "token",
    ];
    check_content_type(incoming)?;
    // A public client may name itself in the query of /introspect.
    let is_allowed = |name: &str| name == "client_id" && route.endpoint == Endpoint::Introspect;
    if SENSITIVE
        .iter()
        .any(|name| incoming.query.has(name) && !is_allowed(name))
    {
        return Err(errors::credentials_in_query());
    }
    if incoming.form.has_duplicates() {
        return Err(errors::duplicate_parameter());
    }
    if incoming.header("origin").is_some() {
        return Err(errors::browser_request());
    }
    check_admission(world, incoming, route)
}

/// Checks the network zone, and that the server has an access policy.
pub(super) fn check_admission(world: &World, incoming: &Incoming, route: &Route) -> Result<(), Reply> {
    if world
        .settings
        .denied_addresses
        .iter()
        .any(|denied| denied.to_string() == incoming.client_ip)
    {
        return Err(errors::disallowed_zone());
    }
    if route.server.as_deref() == Some(SERVER_WITHOUT_POLICY) {
        return Err(errors::no_matching_policy());
    }
    Ok(())
}
