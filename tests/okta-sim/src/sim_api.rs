//! `/sim/*`: does over HTTP what tests in the same process do with [`crate::Simulator`].

use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    account_patch::AccountPatch, accounts::full_login, client_patch::ClientPatch, clock::timestamp, error::Error,
    fault::Fault, world::World,
};

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/sim/clock", web::get().to(clock))
        .route("/sim/clock", web::post().to(advance))
        .route("/sim/faults", web::get().to(faults))
        .route("/sim/faults", web::post().to(push_faults))
        .route("/sim/faults", web::delete().to(clear_faults))
        .route("/sim/requests", web::get().to(requests))
        .route("/sim/unexpected", web::get().to(unexpected))
        .route("/sim/secrets", web::get().to(secrets))
        .route("/sim/settings", web::get().to(settings))
        .route("/sim/settings", web::post().to(change_settings))
        .route("/sim/accounts/{login}", web::post().to(change_account))
        .route("/sim/clients/{id}", web::post().to(change_client))
        .route("/sim/keys/rotate", web::post().to(rotate_keys))
        .route("/sim/reset", web::post().to(reset));
}

type Org = web::Data<World>;

#[derive(Deserialize)]
struct Advance {
    advance_s: u64,
}

async fn clock(org: Org) -> HttpResponse {
    HttpResponse::Ok().json(json!({ "now": timestamp(org.now()).to_string() }))
}

async fn advance(org: Org, body: web::Json<Advance>) -> HttpResponse {
    org.advance(Duration::from_secs(body.advance_s));
    clock(org).await
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(Fault),
    More(Vec<Fault>),
}

async fn faults(org: Org) -> HttpResponse {
    HttpResponse::Ok().json(org.lock().faults.waiting())
}

async fn push_faults(org: Org, body: web::Json<OneOrMore>) -> HttpResponse {
    let pushed = match body.into_inner() {
        OneOrMore::One(fault) => vec![fault],
        OneOrMore::More(faults) => faults,
    };
    let mut state = org.lock();
    for fault in pushed {
        state.faults.push(fault);
    }
    HttpResponse::NoContent().finish()
}

async fn clear_faults(org: Org) -> HttpResponse {
    org.lock().faults.clear();
    HttpResponse::NoContent().finish()
}

async fn requests(org: Org) -> HttpResponse {
    let all = org.lock().log.all();
    HttpResponse::Ok().json(all)
}

async fn unexpected(org: Org) -> HttpResponse {
    let unexpected = org.lock().expectations.unexpected();
    HttpResponse::Ok().json(unexpected)
}

async fn secrets(org: Org) -> HttpResponse {
    let secrets = org.lock().secrets();
    HttpResponse::Ok().json(secrets)
}

async fn settings(org: Org) -> HttpResponse {
    let state = org.lock();
    HttpResponse::Ok().json(json!({ "switches": state.switches, "limits": state.limits }))
}

/// Takes `{"switches": {…}, "limits": {…}}` with only the members to change.
async fn change_settings(org: Org, body: web::Json<Value>) -> HttpResponse {
    let mut state = org.lock();
    let switches = merged(&state.switches, body.get("switches"));
    let limits = merged(&state.limits, body.get("limits"));
    match (switches, limits) {
        (Ok(switches), Ok(limits)) => {
            state.switches = switches;
            state.limits = limits;
            HttpResponse::Ok().json(json!({ "switches": state.switches, "limits": state.limits }))
        }
        (Err(error), _) | (_, Err(error)) => HttpResponse::BadRequest().json(json!({ "problem": error.to_string() })),
    }
}

fn merged<T: serde::Serialize + serde::de::DeserializeOwned>(
    current: &T,
    change: Option<&Value>,
) -> Result<T, serde_json::Error> {
    let mut all = serde_json::to_value(current)?;
    if let (Value::Object(all), Some(Value::Object(change))) = (&mut all, change) {
        all.extend(change.clone());
    }
    serde_json::from_value(all)
}

async fn change_account(org: Org, login: web::Path<String>, patch: web::Json<AccountPatch>) -> HttpResponse {
    patch.into_inner().apply(&mut org.lock(), &login);
    org.changed(&full_login(&login));
    HttpResponse::NoContent().finish()
}

async fn change_client(org: Org, id: web::Path<String>, patch: web::Json<ClientPatch>) -> HttpResponse {
    let problem = |error: Error| json!({ "problem": error.to_string() });
    match org.register(&id, patch.into_inner()) {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(Error::NoSuchClient) => HttpResponse::NotFound().json(problem(Error::NoSuchClient)),
        Err(error) => HttpResponse::BadRequest().json(problem(error)),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rotate {
    withdraw: bool,
}

async fn rotate_keys(org: Org, body: Option<web::Json<Rotate>>) -> HttpResponse {
    let withdraw = body.is_some_and(|body| body.withdraw);
    done(org.rotate_keys(withdraw).is_ok())
}

async fn reset(org: Org) -> HttpResponse {
    done(org.reset().is_ok())
}

fn done(is_done: bool) -> HttpResponse {
    if is_done {
        HttpResponse::NoContent().finish()
    } else {
        HttpResponse::InternalServerError().finish()
    }
}
