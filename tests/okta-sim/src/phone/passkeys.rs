//! Adds passkeys to accounts, and serves the shipped software passkeys.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::{
    account::Factor,
    accounts::full_login,
    ids::{b64, unb64},
    webauthn::{Passkey, PublicKey, attested, public_key_from},
    world::World,
};

/// In base64url: id and public key, or the attestation object of `navigator.credentials.create`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum New {
    Parts { credential_id: String, public_key: String },
    Attested { attestation_object: String },
}

pub(super) async fn add(world: web::Data<World>, login: web::Path<String>, body: web::Json<New>) -> HttpResponse {
    let Some((id, key)) = read(&body, &world.settings.rp_id) else {
        let problem = "this is not a passkey for this org: ES256 on P-256 or RS256";
        return HttpResponse::BadRequest().json(json!({ "problem": problem }));
    };
    let login = full_login(&login);
    let mut state = world.lock();
    let Some(account) = state.account_mut(&login) else {
        return HttpResponse::NotFound().json(json!({ "problem": "there is no such account" }));
    };
    account.factors.insert(Factor::Passkey);
    account.passkeys.retain(|known| known.id != id);
    account.passkeys.push(Passkey::new(id, key, "Passkey of this browser"));
    drop(state);
    world.changed(&login);
    HttpResponse::Created().finish()
}

fn read(new: &New, rp_id: &str) -> Option<(Vec<u8>, PublicKey)> {
    match new {
        New::Parts {
            credential_id,
            public_key,
        } => Some((unb64(credential_id)?, public_key_from(&unb64(public_key)?)?)),
        New::Attested { attestation_object } => attested(attestation_object, rp_id),
    }
}

/// For a virtual authenticator: the private key of the account's software passkey.
pub(super) async fn shipped(world: web::Data<World>, login: web::Path<String>) -> HttpResponse {
    let state = world.lock();
    let account = state.account(&login);
    let found = account.and_then(|account| {
        let passkey = account.passkeys.iter().find(|passkey| passkey.private.is_some())?;
        Some(json!({
            "credential_id": b64(&passkey.id),
            "rp_id": world.settings.rp_id,
            "user_handle": b64(&account.id),
            "private_key_pkcs8_b64url": b64(passkey.private?),
        }))
    });
    found.map_or_else(
        || HttpResponse::NotFound().json(json!({ "problem": "this account has no software passkey" })),
        |found| HttpResponse::Ok().json(found),
    )
}
