//! Grant `refresh_token`, static or rotating with a grace period and reuse detection.

use crate::{
    account::AccountState,
    clock::{millis, seconds},
    errors,
    grants_issued::RefreshToken,
    okta::{
        call::Call,
        issue::{self, Refreshed},
    },
    reply::Reply,
    state::State,
    switches::RefreshMode,
};

pub(super) fn answer(call: &Call<'_>, jkt: Option<String>) -> Result<Reply, Reply> {
    let token = call.form().require("refresh_token")?;
    let mut state = call.world.lock();
    let presented = usable(&mut state, call, token)?;
    check_key(call, &presented, jkt.as_deref())?;
    let mut grant = presented.grant.clone();
    grant.jkt = jkt;
    grant.nonce = None;
    if let Some(scope) = call.form().get("scope") {
        grant.scope = narrowed(&grant.scope, scope)?;
    }
    let keeps = match state.switches.refresh {
        RefreshMode::Static => Some(token.to_owned()),
        RefreshMode::Rotate => {
            if let Some(kept) = state.issued.refresh.get_mut(token) {
                kept.replaced_at.get_or_insert(call.now);
            }
            None
        }
    };
    drop(state);
    // Rotation does not extend the overall lifetime.
    Ok(issue::tokens(
        call,
        grant,
        Some(Refreshed {
            keeps,
            exp: presented.exp,
        }),
    ))
}

fn usable(state: &mut State, call: &Call<'_>, token: &str) -> Result<RefreshToken, Reply> {
    let grace = millis(state.switches.refresh_grace_s);
    let found = state.issued.refresh.get(token).cloned();
    let presented = found.ok_or_else(errors::invalid_refresh_token)?;
    if presented.grant.origin.client != call.client.id {
        return Err(errors::mismatched_client());
    }
    if presented.grant.origin.server.as_deref() != call.server() {
        return Err(errors::invalid_refresh_token());
    }
    if presented.is_revoked || presented.exp <= seconds(call.now) {
        return Err(errors::invalid_refresh_token());
    }
    if presented.replaced_at.is_some_and(|at| call.now > at + grace) {
        state.issued.revoke_family(&presented.grant.family);
        return Err(errors::invalid_refresh_token());
    }
    let account = state.account(&presented.grant.login);
    if account.is_none_or(|account| matches!(account.state, AccountState::Unassigned | AccountState::Denied)) {
        return Err(errors::invalid_refresh_token());
    }
    Ok(presented)
}

/// Only the refresh tokens of public clients are bound; others are protected by client authentication (RFC 9449, 5).
fn check_key(call: &Call<'_>, presented: &RefreshToken, jkt: Option<&str>) -> Result<(), Reply> {
    let bound = presented.grant.jkt.as_deref();
    if call.client.is_public() && bound.is_some() && bound != jkt {
        return Err(errors::key_not_of_refresh_token());
    }
    Ok(())
}

/// The requested scope: nothing may be added. Without `offline_access` the answer has no refresh token.
fn narrowed(granted: &str, wanted: &str) -> Result<String, Reply> {
    let granted: Vec<_> = granted.split_whitespace().collect();
    let denied: Vec<_> = wanted
        .split_whitespace()
        .filter(|scope| !granted.contains(scope))
        .collect();
    if !denied.is_empty() {
        return Err(errors::refresh_scopes_denied(&denied.join(", ")));
    }
    Ok(wanted.to_owned())
}
