//! Client assertions: `client_secret_jwt` and `private_key_jwt`.

use std::{str::FromStr, sync::Arc};

use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde_json::Value;

use crate::{
    client::{Client, ClientAuth, ClientKey},
    errors,
    form::Form,
    ids::unb64,
    misuse::Misuse,
    okta::{incoming::Incoming, known_client::find, route::Route},
    reply::Reply,
    world::World,
};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LONGEST_S: i64 = 3600;

pub(super) fn check_type(form: &Form) -> Result<(), Reply> {
    let text = format!("The 'client_assertion_type' is invalid. It must be '{TYPE}'.");
    let refused = || Reply::oauth(400, "invalid_request", text).misuse(Misuse::BadAssertion);
    if form.get("client_assertion_type") == Some(TYPE) {
        Ok(())
    } else {
        Err(refused())
    }
}

fn refused(text: &str) -> Reply {
    errors::invalid_client(text).misuse(Misuse::BadAssertion)
}

pub(super) fn verify(world: &World, incoming: &Incoming, route: &Route, jwt: &str) -> Result<Arc<Client>, Reply> {
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(unparsable)?;
    let (header, claims) = signed.split_once('.').ok_or_else(unparsable)?;
    let (header, claims) = (parse(header)?, parse(claims)?);
    let issuer = text(&claims, "iss")
        .ok_or_else(|| refused("The issuer claim for client_assertion is not a valid client_id."))?;
    let client = find(world, issuer)?;
    if incoming.form.get("client_id").is_some_and(|id| id != client.id) {
        return Err(refused(
            "The 'iss' value of the client_assertion does not match the 'client_id'.",
        ));
    }
    check_signature(&client, &header, signed.as_bytes(), signature)?;
    if text(&claims, "sub") != Some(&client.id) {
        return Err(refused(
            "The subject claim for client_assertion is not a valid client_id.",
        ));
    }
    let endpoint = format!("{}/{}", world.prefix(route.server.as_deref()), route.segment());
    if !is_for(&claims, &endpoint) {
        return Err(refused(
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        ));
    }
    check_times(&claims, world.now_s())?;
    check_replay(world, &client, &claims)?;
    Ok(client)
}

fn unparsable() -> Reply {
    refused("The parsing of the client_assertion failed.")
}

fn parse(part: &str) -> Result<Value, Reply> {
    let bytes = unb64(part).ok_or_else(unparsable)?;
    serde_json::from_slice(&bytes).map_err(|_| unparsable())
}

fn text<'a>(claims: &'a Value, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

fn is_for(claims: &Value, endpoint: &str) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audience == endpoint,
        Some(Value::Array(audiences)) => audiences.len() == 1 && audiences.first() == Some(&endpoint.into()),
        _ => false,
    }
}

fn check_signature(client: &Client, header: &Value, signed: &[u8], signature: &str) -> Result<(), Reply> {
    let wrong_algorithm = || refused("The client_assertion JWT signature algorithm is invalid.");
    let named = text(header, "alg").and_then(|name| Algorithm::from_str(name).ok());
    let algorithm = named.ok_or_else(wrong_algorithm)?;
    let registered = registered(client)?;
    if !registered.iter().any(|key| key.algorithms.contains(&algorithm)) {
        return Err(wrong_algorithm());
    }
    let kid = text(header, "kid");
    let is_meant = |key: &&Registered<'_>| kid.is_none() || key.kid.is_none() || key.kid == kid;
    let mut meant = registered.iter().filter(is_meant).peekable();
    if meant.peek().is_none() {
        return Err(refused("The client_assertion JWT kid is invalid."));
    }
    if meant.any(|key| crypto::verify(signature, signed, &key.key, algorithm).unwrap_or(false)) {
        Ok(())
    } else {
        Err(refused("The client_assertion signature is invalid."))
    }
}

fn no_keys() -> Reply {
    refused("The client does not have a JWKSet configured, but the client_assertion requires one.")
}

struct Registered<'a> {
    key: DecodingKey,
    algorithms: &'static [Algorithm],
    kid: Option<&'a str>,
}

fn registered(client: &Client) -> Result<Vec<Registered<'_>>, Reply> {
    use Algorithm::{ES256, HS256, HS384, HS512, RS256, RS384, RS512};
    match &client.auth {
        ClientAuth::SecretJwt => {
            let keys = client.secrets.iter().map(|secret| Registered {
                key: DecodingKey::from_secret(secret.as_bytes()),
                algorithms: &[HS256, HS384, HS512],
                kid: None,
            });
            Ok(keys.collect())
        }
        ClientAuth::PrivateKeyJwt(keys) => {
            let keys = keys.iter().map(|key| {
                let (read, algorithms): (_, &[Algorithm]) = match key {
                    ClientKey::Rsa { n, e, .. } => (DecodingKey::from_rsa_components(n, e), &[RS256, RS384, RS512]),
                    ClientKey::Ec { x, y, .. } => (DecodingKey::from_ec_components(x, y), &[ES256]),
                };
                Ok(Registered {
                    key: read.map_err(|_| no_keys())?,
                    algorithms,
                    kid: Some(key.kid()),
                })
            });
            keys.collect()
        }
        _ => Err(no_keys()),
    }
}

fn check_times(claims: &Value, now: i64) -> Result<(), Reply> {
    let exp = claims.get("exp").and_then(Value::as_i64);
    let exp =
        exp.ok_or_else(|| refused("The client_assertion must contain the 'exp' claim as seconds since epoch."))?;
    if exp <= now {
        return Err(refused("The client_assertion token is expired."));
    }
    if exp > now + LONGEST_S {
        return Err(refused(
            "The client_assertion token has an expiration too far into the future.",
        ));
    }
    if claims.get("iat").and_then(Value::as_i64).is_some_and(|iat| iat > now) {
        return Err(refused(
            "The client_assertion token must be issued before the current time.",
        ));
    }
    Ok(())
}

fn check_replay(world: &World, client: &Client, claims: &Value) -> Result<(), Reply> {
    let (Some(jti), Some(exp)) = (text(claims, "jti"), claims.get("exp").and_then(Value::as_i64)) else {
        return Ok(());
    };
    let key = format!("{} {jti}", client.id);
    let now = world.now_s();
    let mut state = world.lock();
    if state.assertions.get(&key).is_some() {
        return Err(refused("The client_assertion token has already been used."));
    }
    state.assertions.insert(key, exp, |exp| *exp > now);
    Ok(())
}
