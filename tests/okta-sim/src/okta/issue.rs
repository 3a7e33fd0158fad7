//! Issues tokens.

use serde_json::json;

use crate::{
    account::Account,
    clock::seconds,
    errors, grant,
    grants_issued::{AccessToken, Grant, RefreshToken},
    ids,
    json_object::extend,
    okta::{
        call::Call,
        id_token::{self, LIFETIME_S},
    },
    reply::Reply,
};

const REFRESH_LIFETIME_S: i64 = 90 * 24 * 3600;

/// What a refresh means for the refresh token.
#[derive(Debug)]
pub(super) struct Refreshed {
    /// The presented token, when it stays valid; none when a new one takes its place.
    pub(super) keeps: Option<String>,
    pub(super) exp: i64,
}

/// The answer with the tokens. The lock is not held while signing.
pub(super) fn tokens(call: &Call<'_>, grant: Grant, refreshed: Option<Refreshed>) -> Reply {
    let now = seconds(call.now);
    let has_scope = |wanted: &str| grant.scope.split_whitespace().any(|scope| scope == wanted);
    let (key, account, switches) = {
        let state = call.world.lock();
        let account = state.account(&grant.login).cloned();
        (state.keys.current(), account, state.switches.clone())
    };
    let (Some(key), Some(account)) = (key, account) else {
        return errors::server_error();
    };
    let may_refresh = call.client.may(grant::GrantType::Refresh) && switches.issue_refresh_tokens;
    let wants_refresh = has_scope("offline_access") && may_refresh;
    let kept = refreshed.as_ref().and_then(|before| before.keeps.clone());
    let refresh = wants_refresh.then(|| kept.unwrap_or_else(|| ids::opaque(43)));
    let suffix = if refresh.is_some() { ".oarSIM" } else { "" };
    let jti = format!("AT.{}{suffix}", ids::opaque(43));
    let access = match call.server() {
        None => format!("sim-at.{}", ids::opaque(48)),
        Some(_) => id_token::access_jwt(call, &grant, &account, &jti, &key),
    };
    let mut body = json!({ "token_type": token_type(&grant), "expires_in": LIFETIME_S, "access_token": access, "scope": grant.scope });
    if has_scope("openid") {
        let id_token = id_token::sign(call, &grant, &account, &access, &key, &switches);
        call.world.lock().secret(&id_token);
        extend(&mut body, "id_token", json!(id_token));
    }
    if let Some(refresh) = &refresh {
        extend(&mut body, "refresh_token", json!(refresh));
    }
    let access_token = AccessToken {
        grant,
        jti,
        iat: now,
        exp: now + LIFETIME_S,
        is_revoked: false,
    };
    let refresh_exp = refreshed.map_or(now + REFRESH_LIFETIME_S, |refreshed| refreshed.exp);
    remember(call, access, access_token, refresh, refresh_exp);
    Reply::json(200, body)
        .header("Cache-Control", "no-cache, no-store")
        .header("Pragma", "no-cache")
}

/// The scheme of the access token.
pub(super) const fn token_type(grant: &Grant) -> &'static str {
    if grant.jkt.is_some() { "DPoP" } else { "Bearer" }
}

fn remember(call: &Call<'_>, token: String, access: AccessToken, refresh: Option<String>, refresh_exp: i64) {
    let now = seconds(call.now);
    let mut state = call.world.lock();
    state.secret(&token);
    if let Some(refresh) = refresh {
        state.secret(&refresh);
        let is_new = state.issued.refresh.get(&refresh).is_none();
        if is_new {
            let grant = access.grant.clone();
            let kept = RefreshToken {
                grant,
                exp: refresh_exp,
                replaced_at: None,
                is_revoked: false,
            };
            state.issued.add_refresh(refresh, kept, now);
        }
    }
    state.issued.add_access(token, access, now);
}

/// The claims of the granted scopes, as `/userinfo` gives them.
pub(super) fn profile(account: &Account, scope: &str) -> serde_json::Value {
    let has_scope = |wanted: &str| scope.split_whitespace().any(|scope| scope == wanted);
    let mut claims = json!({ "sub": account.id });
    if has_scope("profile") {
        extend(&mut claims, "name", json!(account.name()));
        extend(&mut claims, "given_name", json!(account.given_name));
        extend(&mut claims, "family_name", json!(account.family_name));
        extend(&mut claims, "preferred_username", json!(account.login));
        extend(&mut claims, "locale", json!("en-US"));
        extend(&mut claims, "zoneinfo", json!("Europe/London"));
        extend(&mut claims, "updated_at", json!(1_767_200_000));
    }
    if has_scope("email") {
        extend(&mut claims, "email", json!(account.login));
        extend(&mut claims, "email_verified", json!(true));
    }
    if has_scope("phone") {
        extend(&mut claims, "phone_number", json!(account.phone_number));
    }
    if has_scope("groups") {
        extend(&mut claims, "groups", json!(account.groups));
    }
    claims
}
