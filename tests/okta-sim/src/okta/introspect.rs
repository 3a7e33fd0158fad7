//! `/introspect`.

use serde_json::{Value, json};

use crate::{
    clock::seconds,
    grants_issued::{AccessToken, Grant},
    ids::unb64,
    json_object::extend,
    okta::{call::Call, issue::token_type},
    reply::Reply,
    state::State,
};

pub(super) fn answer(call: &Call<'_>) -> Result<Reply, Reply> {
    let token = call.form().require("token")?;
    let state = call.world.lock();
    let found = access(&state, call, token).or_else(|| refresh(&state, call, token));
    drop(state);
    let found = found.or_else(|| id_token(call, token));
    Ok(Reply::json(200, found.unwrap_or_else(|| json!({ "active": false }))))
}

/// Whether the token was issued to this client by this server.
fn is_own(grant: &Grant, call: &Call<'_>) -> bool {
    grant.origin.client == call.client.id && grant.origin.server.as_deref() == call.server()
}

fn shared(state: &State, grant: &Grant, exp: i64) -> Option<Value> {
    let account = state.account(&grant.login)?;
    Some(json!({
        "active": true,
        "scope": grant.scope,
        "client_id": grant.origin.client,
        "username": account.login,
        "sub": account.login,
        "uid": account.id,
        "exp": exp,
    }))
}

fn access(state: &State, call: &Call<'_>, token: &str) -> Option<Value> {
    let AccessToken {
        grant,
        jti,
        iat,
        exp,
        is_revoked,
        ..
    } = state.issued.access.get(token)?;
    if *is_revoked || *exp <= seconds(call.now) || !is_own(grant, call) {
        return None;
    }
    let mut body = shared(state, grant, *exp)?;
    let issuer = call.world.issuer(call.server());
    extend(&mut body, "token_type", json!(token_type(grant)));
    if let Some(jkt) = &grant.jkt {
        extend(&mut body, "cnf", json!({ "jkt": jkt }));
    }
    extend(&mut body, "iat", json!(iat));
    extend(
        &mut body,
        "aud",
        json!(
            call.server()
                .map_or_else(|| issuer.clone(), |server| format!("api://{server}"))
        ),
    );
    extend(&mut body, "iss", json!(issuer));
    extend(&mut body, "jti", json!(jti));
    Some(body)
}

fn refresh(state: &State, call: &Call<'_>, token: &str) -> Option<Value> {
    let kept = state.issued.refresh.get(token)?;
    let is_over = kept.is_revoked || kept.replaced_at.is_some() || kept.exp <= seconds(call.now);
    if is_over || !is_own(&kept.grant, call) {
        None
    } else {
        shared(state, &kept.grant, kept.exp)
    }
}

/// ID tokens are not kept: their own claims say whether they are still valid.
fn id_token(call: &Call<'_>, token: &str) -> Option<Value> {
    let key = call.world.lock().keys.current()?;
    let (signed, signature) = token.rsplit_once('.')?;
    if unb64(signature)? != key.sign(signed.as_bytes()) {
        return None;
    }
    let claims: Value = serde_json::from_slice(&unb64(signed.split_once('.')?.1)?).ok()?;
    let is_ours = claims.get("aud")?.as_str()? == call.client.id && claims.get("exp")?.as_i64()? > seconds(call.now);
    let mut body = claims;
    extend(&mut body, "active", json!(true));
    is_ours.then_some(body)
}
