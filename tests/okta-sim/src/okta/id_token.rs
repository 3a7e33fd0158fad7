//! ID tokens, the JWT access tokens of custom servers, and the flaws that an ID token can be given.

use aws_lc_rs::{
    digest::{SHA256, digest},
    hmac,
};
use serde_json::{Value, json};

use crate::{
    account::Account,
    clock::seconds,
    grants_issued::Grant,
    ids::{self, b64},
    json_object::extend,
    okta::call::Call,
    signing::{SigningKey, UNPUBLISHED},
    switches::{Switches, TokenFlaw},
};

/// How long ID tokens and access tokens are valid.
pub(super) const LIFETIME_S: i64 = 3600;

const ORG_ID: &str = "00oSIMorg00000000001";

pub(super) fn sign(
    call: &Call<'_>,
    grant: &Grant,
    account: &Account,
    access_token: &str,
    key: &SigningKey,
    switches: &Switches,
) -> String {
    let flaw = switches.token_flaw;
    let mut claims = claims(call, grant, account, access_token);
    switches.bend(&mut claims);
    spoil(&mut claims, flaw, seconds(call.now));
    seal(&claims, None, key, flaw)
}

/// A compact JWS, wrong in header or signature as `flaw` says.
pub(crate) fn seal(claims: &Value, typ: Option<&str>, key: &SigningKey, flaw: TokenFlaw) -> String {
    let mut header = match flaw {
        TokenFlaw::AlgNone => json!({ "alg": "none" }),
        TokenFlaw::Hs256 => json!({ "kid": key.kid, "alg": "HS256" }),
        TokenFlaw::MissingKid => json!({ "alg": "RS256" }),
        _ => json!({ "kid": key.kid, "alg": "RS256" }),
    };
    if let Some(typ) = typ {
        extend(&mut header, "typ", json!(typ));
    }
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    let signature = match flaw {
        TokenFlaw::AlgNone => Vec::new(),
        TokenFlaw::Hs256 => {
            // The classic confusion of algorithms, here with the public key id as the shared secret.
            let key = hmac::Key::new(hmac::HMAC_SHA256, key.kid.as_bytes());
            hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
        }
        TokenFlaw::WrongKey => UNPUBLISHED
            .as_ref()
            .map(|key| key.sign(signed.as_bytes()))
            .unwrap_or_default(),
        _ => key.sign(signed.as_bytes()),
    };
    if flaw == TokenFlaw::CutShort {
        signed
    } else {
        format!("{signed}.{}", b64(signature))
    }
}

fn claims(call: &Call<'_>, grant: &Grant, account: &Account, access_token: &str) -> Value {
    let now = seconds(call.now);
    let mut claims = json!({
        "sub": account.id,
        "ver": 1,
        "iss": issuer(call),
        "aud": call.client.id,
        "iat": now,
        "exp": now + LIFETIME_S,
        "jti": format!("ID.{}", ids::opaque(43)),
        "amr": grant.amr,
        "idp": ORG_ID,
        "auth_time": grant.auth_time,
        "at_hash": at_hash(access_token),
    });
    let has_scope = |wanted: &str| grant.scope.split_whitespace().any(|scope| scope == wanted);
    if let Some(acr) = &grant.acr {
        extend(&mut claims, "acr", json!(acr));
    }
    if let Some(nonce) = &grant.nonce {
        extend(&mut claims, "nonce", json!(nonce));
    }
    // Beside an access token, the ID token holds only these few claims; the rest comes from /userinfo.
    if has_scope("profile") {
        extend(&mut claims, "name", json!(account.name()));
        extend(&mut claims, "preferred_username", json!(account.login));
    }
    if has_scope("email") {
        extend(&mut claims, "email", json!(account.login));
    }
    if has_scope("groups") {
        extend(&mut claims, "groups", json!(account.groups));
    }
    claims
}

fn issuer(call: &Call<'_>) -> String {
    let own = call.client.issuer.clone().filter(|_| call.server().is_none());
    own.unwrap_or_else(|| call.world.issuer(call.server()))
}

fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    b64(hash.as_ref().get(..16).unwrap_or_default())
}

/// Makes the claims wrong, if the flaw is one of claims.
pub(crate) fn spoil(claims: &mut Value, flaw: TokenFlaw, now: i64) {
    let (name, value) = match flaw {
        TokenFlaw::WrongIssuer => ("iss", json!("https://other.example.com")),
        TokenFlaw::WrongAudience => ("aud", json!("somebody-else")),
        TokenFlaw::Expired => {
            extend(claims, "iat", json!(now - 2 * LIFETIME_S));
            ("exp", json!(now - LIFETIME_S))
        }
        TokenFlaw::FutureIat => ("iat", json!(now + LIFETIME_S / 2)),
        TokenFlaw::WrongAtHash => ("at_hash", json!(at_hash("another token"))),
        TokenFlaw::EmptySub => ("sub", json!("")),
        TokenFlaw::Nonce => ("nonce", json!("never-asked-for")),
        _ => return,
    };
    extend(claims, name, value);
}

/// A custom server's access token.
pub(super) fn access_jwt(call: &Call<'_>, grant: &Grant, account: &Account, jti: &str, key: &SigningKey) -> String {
    let now = seconds(call.now);
    let scopes: Vec<_> = grant.scope.split_whitespace().collect();
    let mut claims = json!({
        "ver": 1,
        "jti": jti,
        "iss": call.world.issuer(call.server()),
        "aud": audience(call),
        "sub": account.login,
        "iat": now,
        "exp": now + LIFETIME_S,
        "cid": call.client.id,
        "uid": account.id,
        "scp": scopes,
        "auth_time": grant.auth_time,
    });
    if let Some(acr) = &grant.acr {
        extend(&mut claims, "acr", json!(acr));
    }
    if let Some(jkt) = &grant.jkt {
        extend(&mut claims, "cnf", json!({ "jkt": jkt }));
    }
    let header = json!({ "kid": key.kid, "alg": "RS256" });
    let signed = format!("{}.{}", b64(header.to_string()), b64(claims.to_string()));
    format!("{signed}.{}", b64(key.sign(signed.as_bytes())))
}

fn audience(call: &Call<'_>) -> String {
    call.server()
        .map_or_else(|| call.world.issuer(None), |server| format!("api://{server}"))
}
