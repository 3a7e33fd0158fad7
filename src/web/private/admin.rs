//! `/admin/sessions` on the private port: lists and ends sessions. `/admin/limits`: lets a limited customer try again.
//! The rest is in `desk`.
//!
//! Answers name customers by Okta's `sub` only; an operator who knows a login or an email address may ask by it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, ServiceConfig};
use serde::{Deserialize, Serialize};

use super::session_list::{MOST, SessionResponse};
use super::{admin_access, desk};
use crate::domain::input::Login;
use crate::flow::{Flow, Whose};
use crate::web::api::json_errors::message;
use crate::web::error::WebError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminQuery {
    user: Option<String>,
    id: Option<String>,
    #[serde(default)]
    everyone: bool,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct SessionsResponse {
    total: usize,
    sessions: Vec<SessionResponse>,
}

#[derive(Debug, Serialize)]
struct EndedResponse {
    ended: usize,
    dry_run: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsQuery {
    user: String,
}

#[derive(Debug, Serialize)]
struct ResetResponse {
    /// Whether there was anything to reset.
    reset: bool,
    failures: BTreeMap<&'static str, u32>,
    tries: bool,
    codes: usize,
    sends: usize,
    pushes: usize,
    unanswered_pushes: usize,
}

/// Mounts the paths, behind the access check.
pub(in crate::web) fn configure(cfg: &mut ServiceConfig) {
    let sessions = web::resource("/sessions")
        .route(web::get().to(list))
        .route(web::delete().to(end));
    let limits = web::resource("/limits")
        .route(web::get().to(desk::held))
        .route(web::delete().to(reset));
    let user = web::resource("/user")
        .route(web::get().to(desk::user))
        .route(web::delete().to(desk::erase));
    let closed = web::resource("/closed")
        .route(web::get().to(desk::closed))
        .route(web::put().to(desk::close))
        .route(web::delete().to(desk::open));
    cfg.service(
        web::scope("/admin")
            .wrap(from_fn(admin_access::guard))
            .service(sessions)
            .service(limits)
            .service(user)
            .service(closed),
    );
}

async fn list(query: web::Query<AdminQuery>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    // Without a user or id all sessions are listed; nothing is ended by that.
    let whose = query.whose().unwrap_or(Whose::Everyones);
    let listed = flow.sessions(&whose).await?;
    Ok(HttpResponse::Ok().json(SessionsResponse {
        total: listed.len(),
        sessions: listed.iter().take(MOST).map(SessionResponse::from).collect(),
    }))
}

async fn end(query: web::Query<AdminQuery>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let Some(whose) = query.whose() else {
        return Ok(message(
            HttpResponse::BadRequest(),
            "name exactly one of user=, id= and everyone=true",
        ));
    };
    let ended = if query.dry_run {
        flow.sessions(&whose).await?.len()
    } else {
        flow.end_sessions(&whose).await?
    };
    Ok(HttpResponse::Ok().json(EndedResponse {
        ended,
        dry_run: query.dry_run,
    }))
}

async fn reset(query: web::Query<LimitsQuery>, flow: Data<Flow>) -> Result<HttpResponse, WebError> {
    let Ok(name) = Login::parse(&query.user) else {
        return Ok(message(
            HttpResponse::BadRequest(),
            "name the user as customers type it at the form: user=",
        ));
    };
    let lifted = flow.reset_limits(&name).await;
    Ok(HttpResponse::Ok().json(ResetResponse {
        reset: !lifted.is_empty(),
        failures: lifted
            .failures
            .iter()
            .map(|(factor, count)| (factor.name(), *count))
            .collect(),
        tries: lifted.tries,
        codes: lifted.codes,
        sends: lifted.sends,
        pushes: lifted.pushes,
        unanswered_pushes: lifted.unanswered_pushes,
    }))
}

impl AdminQuery {
    /// Whose sessions; `None` unless said in exactly one way.
    fn whose(&self) -> Option<Whose> {
        match (&self.user, &self.id, self.everyone) {
            (Some(user), None, false) if !user.is_empty() => Some(Whose::Users(user.clone())),
            (None, Some(id), false) => Some(Whose::One(id.clone())),
            (None, None, true) => Some(Whose::Everyones),
            _ => None,
        }
    }
}
