//! The routes below `/phone`.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use maud::Markup;
use serde_json::json;

use crate::{
    accounts::full_login,
    error::Error,
    phone::{Answer, Screen, assets, events, page, passkeys, prompts},
    world::World,
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config
        .route("/phone", web::get().to(list))
        .route("/phone/", web::get().to(list))
        .route("/phone/assets/phone.css", web::get().to(assets::style))
        .route("/phone/assets/phone.js", web::get().to(assets::script))
        .route("/phone/{login}.json", web::get().to(json))
        .route("/phone/{login}/live", web::get().to(live))
        .route("/phone/{login}/events", web::get().to(events::stream))
        .route("/phone/{login}/passkey.json", web::get().to(passkeys::shipped))
        .route("/phone/{login}/passkeys", web::post().to(passkeys::add))
        .route("/phone/{login}/prompts/{id}", web::post().to(answer))
        .route("/phone/{login}", web::get().to(show));
}

async fn list(world: web::Data<World>) -> HttpResponse {
    html(&page::list(&world))
}

async fn show(world: web::Data<World>, login: web::Path<String>) -> HttpResponse {
    page::show(&world, &login).map_or_else(nobody, |page| html(&page))
}

async fn live(world: web::Data<World>, login: web::Path<String>) -> HttpResponse {
    page::live(&world, &login).map_or_else(nobody, |page| html(&page))
}

async fn json(world: web::Data<World>, login: web::Path<String>) -> HttpResponse {
    let screen = Screen::of(&world, &login);
    screen.map_or_else(nobody, |screen| {
        HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(screen)
    })
}

/// Takes JSON from scripts and a form from the page.
async fn answer(
    request: HttpRequest,
    world: web::Data<World>,
    path: web::Path<(String, String)>,
    body: web::Bytes,
) -> HttpResponse {
    let (login, id) = path.into_inner();
    let is_form = super::is_form(&request);
    let parsed: Option<Answer> = if is_form {
        from_form(&body)
    } else {
        serde_json::from_slice(&body).ok()
    };
    let Some(given) = parsed else {
        return HttpResponse::BadRequest().json(json!({ "problem": "the answer is approve, deny or number" }));
    };
    match prompts::answer(&world, &login, &id, &given) {
        // The page itself shows that a prompt is over.
        Ok(()) | Err(Error::PromptIsOver) if is_form => back_to(&login),
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(Error::PromptIsOver) => HttpResponse::Conflict().json(json!({ "problem": "this prompt is over" })),
        Err(_) => HttpResponse::NotFound().json(json!({ "problem": "there is no such prompt" })),
    }
}

fn from_form(body: &[u8]) -> Option<Answer> {
    let form = crate::form::Form::parse(body);
    match (form.get("number"), form.get("answer")?) {
        (Some(number), "number") => Some(Answer::Number {
            number: number.to_owned(),
        }),
        (_, "approve") => Some(Answer::Approve),
        (_, "deny") => Some(Answer::Deny),
        _ => None,
    }
}

fn back_to(login: &str) -> HttpResponse {
    let place = format!("/phone/{}", full_login(login));
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, place))
        .finish()
}

fn nobody() -> HttpResponse {
    HttpResponse::NotFound().json(json!({ "problem": "there is no such account" }))
}

fn html(markup: &Markup) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(markup.0.clone())
}
