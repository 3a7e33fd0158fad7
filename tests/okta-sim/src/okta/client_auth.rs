//! Client authentication: exactly one method, and the one that is registered for the client.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use url::form_urlencoded;

use crate::{
    client::{Client, ClientAuth},
    errors,
    okta::{assertion, incoming::Incoming, known_client::find, route::Route},
    reply::Reply,
    world::World,
};

const FAILED: &str = "Client authentication failed. Either the client or the client credentials are invalid.";

#[derive(Debug)]
pub(super) enum Credentials {
    None { id: String },
    Basic { id: String, secret: String },
    Post { id: String, secret: String },
    Assertion { jwt: String },
}

pub(super) fn authenticate(world: &World, incoming: &Incoming, route: &Route) -> Result<Arc<Client>, Reply> {
    match credentials(incoming, route)? {
        Credentials::None { id } => {
            let client = find(world, &id)?;
            if client.is_public() {
                Ok(client)
            } else {
                Err(errors::invalid_client(FAILED))
            }
        }
        Credentials::Basic { id, secret } => {
            let client = find(world, &id)?;
            let is_registered = matches!(client.auth, ClientAuth::Basic);
            with_secret(client, &secret, is_registered)
        }
        Credentials::Post { id, secret } => {
            let client = find(world, &id)?;
            let is_registered = matches!(client.auth, ClientAuth::Post);
            with_secret(client, &secret, is_registered)
        }
        Credentials::Assertion { jwt } => assertion::verify(world, incoming, route, &jwt),
    }
}

fn with_secret(client: Arc<Client>, secret: &str, is_registered: bool) -> Result<Arc<Client>, Reply> {
    if !is_registered {
        return Err(errors::invalid_client(FAILED));
    }
    if !client.has_secret(secret) {
        return Err(errors::invalid_client(
            "The client secret supplied for a confidential client is invalid.",
        ));
    }
    Ok(client)
}

fn credentials(incoming: &Incoming, route: &Route) -> Result<Credentials, Reply> {
    let form = &incoming.form;
    let basic = incoming.header("authorization");
    let secret = form.get("client_secret");
    let assertion = form.get("client_assertion");
    let in_query = incoming
        .query
        .get("client_id")
        .filter(|_| route.segment() == "introspect");
    let id = form.get("client_id").or(in_query).map(str::to_owned);
    match (basic, secret, assertion) {
        (Some(basic), None, None) => {
            let (basic_id, secret) = parse_basic(basic)?;
            if id.is_some_and(|id| id != basic_id) {
                return Err(errors::several_credentials());
            }
            Ok(Credentials::Basic { id: basic_id, secret })
        }
        (None, Some(secret), None) => {
            let id = id.ok_or_else(missing)?;
            Ok(Credentials::Post {
                id,
                secret: secret.to_owned(),
            })
        }
        (None, None, Some(jwt)) => {
            assertion::check_type(form)?;
            Ok(Credentials::Assertion { jwt: jwt.to_owned() })
        }
        (None, None, None) => Ok(Credentials::None {
            id: id.ok_or_else(missing)?,
        }),
        _ => Err(errors::several_credentials()),
    }
}

fn missing() -> Reply {
    errors::invalid_client("No client credentials found.")
}

fn parse_basic(header: &str) -> Result<(String, String), Reply> {
    let invalid = || errors::invalid_client("Found Authentication header but was not valid client credentials.");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(invalid)?;
    let decoded = STANDARD.decode(encoded.trim()).map_err(|_| invalid())?;
    let decoded = String::from_utf8(decoded).map_err(|_| invalid())?;
    let (id, secret) = decoded.split_once(':').ok_or_else(invalid)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(invalid());
    }
    Ok((unescaped(id), unescaped(secret)))
}

/// Both halves are form-encoded before they are joined (RFC 6749, 2.3.1).
fn unescaped(text: &str) -> String {
    let decoded = form_urlencoded::parse(text.as_bytes()).next();
    decoded.map(|(name, _)| name.into_owned()).unwrap_or_default()
}
