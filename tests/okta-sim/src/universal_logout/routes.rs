//! Universal Logout over HTTP: for scripts below `/sim`, for people on the phone's page.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use serde::Deserialize;
use serde_json::json;

use crate::{
    accounts::full_login,
    error::Error,
    universal_logout::{LogoutAnswer, LogoutOrder, SubjectFormat, UniversalLogout},
    world::World,
};

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/sim/universal-logout", web::get().to(target))
        .route("/sim/universal-logout", web::post().to(register))
        .route("/sim/accounts/{login}/end-sessions", web::post().to(end_sessions))
        .route("/phone/{login}/end-sessions", web::post().to(press));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wish {
    format: SubjectFormat,
}

async fn target(world: web::Data<World>) -> HttpResponse {
    HttpResponse::Ok().json(&world.lock().universal_logout)
}

async fn register(world: web::Data<World>, target: web::Json<UniversalLogout>) -> HttpResponse {
    world.lock().universal_logout = Some(target.into_inner());
    HttpResponse::NoContent().finish()
}

async fn end_sessions(world: web::Data<World>, login: web::Path<String>, wish: web::Json<Wish>) -> HttpResponse {
    match ordered(&world.into_inner(), &login, wish.format).await {
        Ok(answer) => HttpResponse::Ok().json(json!({ "status": answer.status })),
        Err(Error::NoSuchAccount) => problem(HttpResponse::NotFound(), &Error::NoSuchAccount),
        Err(Error::NoEndpoint) => problem(HttpResponse::Conflict(), &Error::NoEndpoint),
        Err(error) => problem(HttpResponse::BadGateway(), &error),
    }
}

/// The button on the phone's page, which shows the outcome.
async fn press(world: web::Data<World>, login: web::Path<String>, wish: web::Form<Wish>) -> HttpResponse {
    match ordered(&world.into_inner(), &login, wish.format).await {
        Err(Error::NoSuchAccount) => problem(HttpResponse::NotFound(), &Error::NoSuchAccount),
        Err(Error::NoEndpoint) => problem(HttpResponse::Conflict(), &Error::NoEndpoint),
        Ok(_) | Err(_) => HttpResponse::SeeOther()
            .insert_header((header::LOCATION, format!("/phone/{}", full_login(&login))))
            .finish(),
    }
}

async fn ordered(world: &Arc<World>, login: &str, format: SubjectFormat) -> Result<LogoutAnswer, Error> {
    LogoutOrder::new(world, login, format)?.send().await
}

fn problem(mut answer: actix_web::HttpResponseBuilder, error: &Error) -> HttpResponse {
    answer.json(json!({ "problem": error.to_string() }))
}
