//! Reads an authorization request. Client and redirect URI are checked first: the browser is sent nowhere until both
//! are known to be good.

use std::sync::Arc;

use crate::{
    browsers::{Asked, ResponseMode, Return},
    client::Client,
    errors,
    form::Form,
    grant::GrantType,
    okta::{acr, admission::check_admission, hosted::page, incoming::Incoming, route::Route, scope::scope},
    reply::Reply,
    world::World,
};

/// Length of a SHA-256 hash in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// A refusal is ready to be sent: an error page, or the return to the application.
pub(super) fn read(world: &World, incoming: &Incoming, route: &Route) -> Result<Asked, Reply> {
    let form = incoming.parameters();
    let (client, redirect_uri) = registered(world, form).map_err(|refusal| page::error(&refusal))?;
    let back = Return {
        redirect_uri,
        mode: ResponseMode::Query,
        state: form.get("state").map(str::to_owned),
    };
    let mode = mode(form).map_err(|refusal| back.refuse(&refusal))?;
    let back = Return { mode, ..back };
    check_admission(world, incoming, route)
        .and_then(|()| checked(world, form, &client, route, back.clone()))
        .map_err(|refusal| back.refuse(&refusal))
}

/// The client, and the one of its redirect URIs that the request names.
fn registered(world: &World, form: &Form) -> Result<(Arc<Client>, String), Reply> {
    let is_once = |name: &str| form.fields().filter(|(known, _)| *known == name).count() == 1;
    let client = form.get("client_id").and_then(|id| world.client(id));
    let client = client
        .filter(|_| is_once("client_id"))
        .ok_or_else(errors::unknown_client_on_page)?;
    let asked = form.get("redirect_uri").filter(|_| is_once("redirect_uri"));
    let uri = client
        .redirect_uris
        .iter()
        .find(|uri| Some(uri.as_str()) == asked)
        .cloned();
    let uri = uri.ok_or_else(errors::illegal_redirect_uri)?;
    Ok((client, uri))
}

fn mode(form: &Form) -> Result<ResponseMode, Reply> {
    match form.get("response_mode") {
        None | Some("query") => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some("okta_post_message") => Err(errors::post_message_with_code()),
        Some(_) => Err(errors::unsupported_response_mode()),
    }
}

fn checked(world: &World, form: &Form, client: &Client, route: &Route, back: Return) -> Result<Asked, Reply> {
    if form.has_duplicates() {
        return Err(errors::duplicate_parameter());
    }
    if form.has("request") {
        return Err(errors::request_not_supported());
    }
    if form.has("request_uri") {
        return Err(errors::request_uri_not_supported());
    }
    match form.get("response_type") {
        None => return Err(errors::missing_parameter("response_type")),
        Some("code") => {}
        Some(_) => return Err(errors::unsupported_response_type()),
    }
    if !client.may(GrantType::AuthorizationCode) {
        return Err(errors::unauthorized_client(&client.grants));
    }
    let server = route.server.clone();
    let scope = scope(world, server.as_deref(), form.get("scope"))?;
    if back.state.is_none() {
        return Err(errors::invalid_state());
    }
    let challenge = challenge(form, client)?;
    let (may_prompt, must_prompt) = prompt(form)?;
    let acr = acr::first_known(form.get("acr_values"));
    if acr::is_attestation(acr) {
        return Err(errors::mfa_attestation_not_supported());
    }
    Ok(Asked {
        client: client.id.clone(),
        server,
        back,
        scope,
        nonce: form.get("nonce").map(str::to_owned),
        challenge,
        acr,
        login_hint: form.get("login_hint").map(str::to_owned),
        may_prompt,
        must_prompt,
        max_age: max_age(form)?,
    })
}

fn challenge(form: &Form, client: &Client) -> Result<Option<String>, Reply> {
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let Some(challenge) = form.get("code_challenge") else {
        return if client.is_public() || client.require_pkce {
            Err(errors::missing_challenge(client.is_public()))
        } else {
            Ok(None)
        };
    };
    // Without a method it would be "plain" (RFC 7636, 4.3).
    if form.get("code_challenge_method") != Some("S256") {
        return Err(errors::unsupported_challenge_method());
    }
    if challenge.len() != CHALLENGE_LENGTH || !challenge.bytes().all(is_base64url) {
        return Err(errors::invalid_challenge());
    }
    Ok(Some(challenge.to_owned()))
}

/// Whether the page may be shown, and whether it must be. There is nothing to consent to.
fn prompt(form: &Form) -> Result<(bool, bool), Reply> {
    match form.get("prompt") {
        None | Some("consent") => Ok((true, false)),
        Some("login" | "consent login" | "login consent") => Ok((true, true)),
        Some("none") => Ok((false, false)),
        Some(_) => Err(errors::invalid_prompt()),
    }
}

fn max_age(form: &Form) -> Result<Option<i64>, Reply> {
    let Some(text) = form.get("max_age") else {
        return Ok(None);
    };
    let seconds = text.parse::<i32>().ok().filter(|seconds| *seconds >= 0);
    let seconds = seconds.ok_or_else(errors::invalid_max_age)?;
    Ok(Some(i64::from(seconds)))
}
