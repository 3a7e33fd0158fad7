//! `/revoke`: answers 200 to any token, known or not.

use crate::{okta::call::Call, reply::Reply};

pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Reply> {
    let token = call.form().require("token")?;
    let own = |client: &str, server: Option<&str>| client == call.client.id && server == call.server();
    let mut state = call.world.lock();
    let issued = &mut state.issued;
    let family = match (issued.access.get_mut(token), issued.refresh.get(token)) {
        (Some(access), _) if own(&access.grant.origin.client, access.grant.origin.server.as_deref()) => {
            access.is_revoked = true;
            None
        }
        (_, Some(refresh)) if own(&refresh.grant.origin.client, refresh.grant.origin.server.as_deref()) => {
            Some(refresh.grant.family.clone())
        }
        _ => None,
    };
    if let Some(family) = family {
        issued.revoke_family(&family);
    }
    Ok(Reply::empty(200))
}
