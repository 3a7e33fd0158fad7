//! `/userinfo`.

use crate::{
    clock::seconds,
    okta::{incoming::Incoming, issue::profile, route::Route},
    reply::Reply,
    world::World,
};

pub(super) fn answer(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    let header = incoming
        .header("authorization")
        .and_then(|value| value.split_once(' '));
    let bearer = header.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, token) =
        bearer.ok_or_else(|| refused(401, "invalid_token", "The access token is missing."))?;
    let invalid = || refused(401, "invalid_token", "The access token is invalid.");
    let state = world.lock();
    let access = state.issued.access.get(token).ok_or_else(invalid)?;
    let is_over = access.is_revoked || access.exp <= seconds(incoming.at);
    if is_over || access.grant.origin.server != route.server {
        return Err(invalid());
    }
    if !access
        .grant
        .scope
        .split_whitespace()
        .any(|scope| scope == "openid")
    {
        return Err(refused(
            403,
            "insufficient_scope",
            "The access token must provide access to the 'openid' scope.",
        ));
    }
    let account = state.account(&access.grant.login).ok_or_else(invalid)?;
    Ok(Reply::json(200, profile(account, &access.grant.scope)))
}

fn refused(status: u16, error: &str, description: &str) -> Reply {
    let challenge = format!(
        r#"Bearer authorization_uri="", realm="", scope="openid", error="{error}", error_description="{description}", resource="/oauth2/v1/userinfo""#
    );
    Reply::empty(status).header("WWW-Authenticate", challenge)
}
