//! `/logout`: ends the browser's session with the org. Tokens stay valid.

use serde_json::Value;
use url::form_urlencoded;

use crate::{
    errors,
    form::Form,
    ids::unb64,
    okta::{
        admission::check_content_type,
        hosted::{page, returning::redirect, session},
        incoming::Incoming,
        route::Route,
    },
    reply::Reply,
    signing::KeyRing,
    world::World,
};

pub(in crate::okta) fn answer(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    if incoming.method == "POST" {
        check_content_type(incoming)?;
    }
    let reply = ended(world, incoming, route).map_err(|refusal| page::error(&refusal))?;
    Ok(session::set_cookie(world, reply, ""))
}

/// Ends the session, unless the request has a flaw.
fn ended(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    let form = incoming.parameters();
    if form.has_duplicates() {
        return Err(errors::duplicate_parameter());
    }
    let hint = form.require("id_token_hint")?;
    let keys = world.lock().keys.clone();
    let issuer = world.issuer(route.server.as_deref());
    let claims = claims(&keys, hint, &issuer).ok_or_else(errors::invalid_id_token_hint)?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    let client = claim("aud").and_then(|id| world.client(id));
    let client = client.ok_or_else(errors::invalid_id_token_hint)?;
    if form.get("client_id").is_some_and(|id| id != client.id) {
        return Err(errors::unknown_client_on_page());
    }
    let to = destination(form, &client.post_logout_redirect_uris)?;
    let mut state = world.lock();
    if let Some((_, session)) = session::of(&state, incoming) {
        let user = state.account(&session.login).map(|account| &*account.id);
        if user != claim("sub") {
            return Err(errors::hint_of_another_user());
        }
    }
    session::end(&mut state, incoming);
    Ok(to.map_or_else(page::signed_out, |to| redirect(302, to)))
}

/// The claims of a token of this server, which may have expired. Only an ID token has a client as its audience.
fn claims(keys: &KeyRing, token: &str, issuer: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    if !keys.signed(signed.as_bytes(), &unb64(signature)?) {
        return None;
    }
    let claims: Value = serde_json::from_slice(&unb64(signed.split_once('.')?.1)?).ok()?;
    let is_own = claims.get("iss")?.as_str()? == issuer;
    is_own.then_some(claims)
}

fn destination(form: &Form, registered: &[String]) -> Result<Option<String>, Reply> {
    let Some(uri) = form.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    if !registered.iter().any(|known| known == uri) {
        return Err(errors::illegal_post_logout_redirect_uri());
    }
    let Some(state) = form.get("state") else {
        return Ok(Some(uri.to_owned()));
    };
    let separator = if uri.contains('?') { '&' } else { '?' };
    let state = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state)
        .finish();
    Ok(Some(format!("{uri}{separator}{state}")))
}
