//! `/userinfo`.

use crate::{
    clock::seconds,
    errors,
    grants_issued::AccessToken,
    okta::{dpop, incoming::Incoming, issue::profile, route::Route},
    reply::Reply,
    world::World,
};

pub(super) fn answer(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    let (scheme, token) =
        presented(incoming).ok_or_else(|| refused(401, "invalid_token", "The access token is missing."))?;
    let invalid = || refused(401, "invalid_token", "The access token is invalid.");
    let access = world.lock().issued.access.get(token).cloned();
    let AccessToken {
        grant, exp, is_revoked, ..
    } = access.ok_or_else(invalid)?;
    let is_over = is_revoked || exp <= seconds(incoming.at);
    if is_over || grant.origin.server != route.server {
        return Err(invalid());
    }
    match (scheme, grant.jkt.as_deref()) {
        (Scheme::Bearer, None) => {}
        (Scheme::Bearer, Some(_)) => return Err(errors::dpop_scheme_required()),
        (Scheme::Dpop, None) => {
            let text = "The access token is not bound to a key.";
            return Err(refused(401, "invalid_token", text));
        }
        (Scheme::Dpop, Some(jkt)) => dpop::check_bound(world, incoming, route, (token, jkt))?,
    }
    if !grant.scope.split_whitespace().any(|scope| scope == "openid") {
        return Err(refused(
            403,
            "insufficient_scope",
            "The access token must provide access to the 'openid' scope.",
        ));
    }
    let (account, switches) = {
        let state = world.lock();
        let account = state.account(&grant.login).cloned();
        (account.ok_or_else(invalid)?, state.switches.clone())
    };
    let mut claims = profile(&account, &grant.scope);
    switches.bend(&mut claims);
    Ok(Reply::json(200, claims))
}

enum Scheme {
    Bearer,
    Dpop,
}

fn presented(incoming: &Incoming) -> Option<(Scheme, &str)> {
    let (scheme, token) = incoming.header("authorization")?.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some((Scheme::Bearer, token)),
        "dpop" => Some((Scheme::Dpop, token)),
        _ => None,
    }
}

fn refused(status: u16, error: &str, description: &str) -> Reply {
    let challenge = format!(
        r#"Bearer authorization_uri="", realm="", scope="openid", error="{error}", error_description="{description}", resource="/oauth2/v1/userinfo""#
    );
    Reply::empty(status).header("WWW-Authenticate", challenge)
}
