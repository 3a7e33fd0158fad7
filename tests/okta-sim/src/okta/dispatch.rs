//! Passes a request on to its endpoint.

use crate::{
    fault::{Endpoint, FaultKind},
    okta::{
        admission::{check_form, check_method},
        call::Call,
        challenge, client_auth, discovery, hosted,
        incoming::Incoming,
        introspect, primary, revoke,
        route::Route,
        token, userinfo,
    },
    reply::Reply,
    world::World,
};

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
