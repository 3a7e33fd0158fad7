//! Discovery documents and the published keys.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use crate::{
    client::Client,
    json_object::extend,
    okta::{incoming::Incoming, known_client::find, route::Route, scope::CUSTOM_SCOPES},
    reply::Reply,
    world::World,
};

const AUTH_METHODS: [&str; 5] = [
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
];

/// Passkey grants are served but not listed, as in any org.
const GRANTS: [&str; 10] = [
    "authorization_code",
    "implicit",
    "refresh_token",
    "password",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:openid:params:grant-type:ciba",
    "urn:okta:params:oauth:grant-type:otp",
    "http://auth0.com/oauth/grant-type/mfa-otp",
    "urn:okta:params:oauth:grant-type:oob",
    "http://auth0.com/oauth/grant-type/mfa-oob",
];

const LISTED_ORG_SCOPES: [&str; 7] = [
    "openid",
    "email",
    "profile",
    "address",
    "phone",
    "offline_access",
    "groups",
];

const CLAIMS: [&str; 31] = [
    "iss",
    "ver",
    "sub",
    "aud",
    "iat",
    "exp",
    "jti",
    "auth_time",
    "amr",
    "idp",
    "nonce",
    "name",
    "nickname",
    "preferred_username",
    "given_name",
    "middle_name",
    "family_name",
    "email",
    "email_verified",
    "profile",
    "zoneinfo",
    "locale",
    "address",
    "phone_number",
    "picture",
    "website",
    "gender",
    "birthdate",
    "updated_at",
    "at_hash",
    "c_hash",
];

pub(super) fn document(world: &World, incoming: &Incoming, route: &Route) -> Result<Reply, Reply> {
    let client = client(world, incoming)?;
    let server = route.server.as_deref();
    let mut body = endpoints(world, server);
    if let Some(issuer) = client.and_then(|client| client.issuer.clone())
        && server.is_none()
    {
        extend(&mut body, "issuer", json!(issuer));
    }
    let (lacking, unlisted) = world.lock_switch(|on| (on.missing_scopes.clone(), on.unlisted_grants.clone()));
    for (name, value) in capabilities(server, &lacking, &unlisted)
        .as_object()
        .into_iter()
        .flatten()
    {
        extend(&mut body, name, value.clone());
    }
    Ok(Reply::json(200, body).header("Cache-Control", "max-age=86400, must-revalidate"))
}

pub(super) fn keys(world: &World, incoming: &Incoming) -> Result<Reply, Reply> {
    client(world, incoming)?;
    let is_empty = world.lock_switch(|on| on.publish_no_keys);
    let keys = if is_empty {
        json!({ "keys": [] })
    } else {
        world.lock().keys.published()
    };
    Ok(Reply::json(200, keys).header("Cache-Control", "max-age=3832304, must-revalidate"))
}

/// The client that the request names.
fn client(world: &World, incoming: &Incoming) -> Result<Option<Arc<Client>>, Reply> {
    let named = incoming.query.get("client_id");
    named.map(|id| find(world, id)).transpose()
}

fn endpoints(world: &World, server: Option<&str>) -> Value {
    let prefix = world.prefix(server);
    let at = |name: &str| format!("{prefix}/{name}");
    json!({
        "issuer": world.issuer(server),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "registration_endpoint": format!("{}/oauth2/v1/clients", world.base),
        "jwks_uri": at("keys"),
        "introspection_endpoint": at("introspect"),
        "revocation_endpoint": at("revoke"),
        "end_session_endpoint": at("logout"),
        "device_authorization_endpoint": at("device/authorize"),
        "pushed_authorization_request_endpoint": at("par"),
        "backchannel_authentication_endpoint": at("bc/authorize"),
    })
}

fn capabilities(server: Option<&str>, lacking: &BTreeSet<String>, unlisted: &BTreeSet<String>) -> Value {
    let scopes = match server {
        None => LISTED_ORG_SCOPES.as_slice(),
        Some(_) => CUSTOM_SCOPES.as_slice(),
    };
    let scopes: Vec<_> = scopes.iter().filter(|scope| !lacking.contains(**scope)).collect();
    let grants: Vec<_> = GRANTS.iter().filter(|grant| !unlisted.contains(**grant)).collect();
    json!({
        "backchannel_token_delivery_modes_supported": ["poll"],
        "response_types_supported":
            ["code", "id_token", "code id_token", "code token", "id_token token", "code id_token token"],
        "response_modes_supported": ["query", "fragment", "form_post", "okta_post_message"],
        "grant_types_supported": grants,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": scopes,
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "claims_supported": CLAIMS,
        "code_challenge_methods_supported": ["S256"],
        "request_parameter_supported": true,
        "request_object_signing_alg_values_supported":
            ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
        "dpop_signing_alg_values_supported": ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"],
    })
}
