//! Scopes: which ones exist, and whether two requests ask for the same ones.

use std::collections::BTreeSet;

use crate::{errors, reply::Reply, world::World};

const ORG_SCOPES: [&str; 9] = [
    "openid",
    "email",
    "profile",
    "address",
    "phone",
    "offline_access",
    "groups",
    "device_sso",
    "okta.myAccount.password.manage",
];
/// Those of a custom authorization server, which it publishes too.
pub(super) const CUSTOM_SCOPES: [&str; 9] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
    "device_sso",
    "interclient_access",
    "groups",
];

/// The requested scopes, if all exist and `openid` is among them.
pub(super) fn scope(world: &World, server: Option<&str>, scope: Option<&str>) -> Result<String, Reply> {
    let scope = scope.ok_or_else(errors::no_scopes)?;
    let known = if server.is_some() { CUSTOM_SCOPES } else { ORG_SCOPES };
    let lacking = world.lock_switch(|on| on.missing_scopes.clone());
    let is_known = |scope: &str| known.contains(&scope) && !lacking.contains(scope);
    if !scope.split_whitespace().all(is_known) {
        return Err(errors::unknown_scope());
    }
    if !scope.split_whitespace().any(|scope| scope == "openid") {
        return Err(errors::openid_required());
    }
    Ok(scope.to_owned())
}

pub(super) fn is_same_scope(one: &str, other: &str) -> bool {
    let set = |scope: &str| scope.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    set(one) == set(other)
}
