//! One call with everything its handler needs, and the checks that come before any handler.

use crate::{
    client::Client,
    clock::Millis,
    errors,
    fault::{Endpoint, FaultKind},
    form::Form,
    misuse::Misuse,
    okta::{
        SERVER_WITHOUT_POLICY, challenge, client_auth, discovery, hosted, incoming::Incoming, introspect, primary,
        revoke, route::Route, token, userinfo,
    },
    reply::Reply,
    transactions::Origin,
    world::World,
};

#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) incoming: &'a Incoming,
    pub(super) route: &'a Route,
    pub(super) client: &'a Client,
    pub(super) now: Millis,
    /// A fault wants what this call names to be expired.
    pub(super) expires_now: bool,
    /// No fault keeps the answer from the client.
    pub(super) answer_arrives: bool,
}

impl Call<'_> {
    pub(super) fn form(&self) -> &Form {
        &self.incoming.form
    }

    pub(super) fn server(&self) -> Option<&str> {
        self.route.server.as_deref()
    }

    pub(super) fn acr(&self) -> Option<&str> {
        self.form().get("acr_values")
    }

    /// What later calls of a flow that starts here must repeat.
    pub(super) fn origin(&self, scope: Option<&str>) -> Origin {
        Origin {
            client: self.client.id.clone(),
            server: self.route.server.clone(),
            acr: self.acr().map(str::to_owned),
            scope: scope.map(str::to_owned),
        }
    }
}

pub(super) fn dispatch(
    world: &World,
    incoming: &Incoming,
    route: &Route,
    fault: Option<&FaultKind>,
) -> Result<Reply, Reply> {
    check_method(incoming, route)?;
    match route.endpoint {
        Endpoint::Discovery => return discovery::document(world, incoming, route),
        Endpoint::Keys => return discovery::keys(world, incoming),
        Endpoint::Userinfo => return userinfo::answer(world, incoming, route),
        Endpoint::Authorize => return hosted::authorize(world, incoming, route),
        Endpoint::SignIn => return hosted::sign_in(world, incoming, fault),
        Endpoint::Logout => return hosted::logout(world, incoming, route),
        _ => check_form(world, incoming, route)?,
    }
    let client = client_auth::authenticate(world, incoming, route)?;
    let call = Call {
        world,
        incoming,
        route,
        client: &client,
        now: incoming.at,
        expires_now: matches!(fault, Some(FaultKind::ExpireNow)),
        answer_arrives: fault.is_none_or(FaultKind::answer_arrives),
    };
    match route.endpoint {
        Endpoint::Challenge => challenge::answer(&call),
        Endpoint::PrimaryAuthenticate => primary::answer(&call),
        Endpoint::Introspect => introspect::answer(&call),
        Endpoint::Revoke => revoke::answer(&call),
        _ => token::answer(&call),
    }
}

fn check_method(incoming: &Incoming, route: &Route) -> Result<(), Reply> {
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

fn check_form(world: &World, incoming: &Incoming, route: &Route) -> Result<(), Reply> {
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
    // A public client names itself in the query of /introspect.
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

/// Network zones, and whether the server has any policy.
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
