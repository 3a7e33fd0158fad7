//! `/admin/sessions` on the private port: which sessions there are, and their end. `/admin/limits`: who was held may try
//! again.
//!
//! Answers name people by Okta's `sub` only; who knows a login or an email address may ask by it.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::error::WebError;
use crate::domain::input::Login;
use crate::flow::{Flow, Listed, Whose};

/// Sessions told of in one answer.
const MOST: usize = 1_000;

/// Who may come in.
#[derive(Debug, Clone)]
pub enum AdminDoor {
    /// Whoever reaches the port: nobody from outside this machine does.
    Loopback,
    /// Whoever brings this token.
    Token(SecretString),
    /// Nobody: the port can be reached from outside and there is no token.
    Closed,
}

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
struct SessionResponse {
    id: String,
    sub: String,
    factors: Vec<&'static str>,
    started: String,
    last_used: String,
    expires: String,
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
    reset: bool,
}

/// Mounts it.
pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(
        web::resource("/admin/limits")
            .route(web::delete().to(reset))
            .default_service(web::to(HttpResponse::MethodNotAllowed)),
    )
    .service(
        web::resource("/admin/sessions")
            .route(web::get().to(list))
            .route(web::delete().to(end))
            .default_service(web::to(HttpResponse::MethodNotAllowed)),
    );
}

async fn list(
    req: HttpRequest,
    query: web::Query<AdminQuery>,
    door: Data<AdminDoor>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    if let Some(refused) = door.refuses(req.headers()) {
        return Ok(refused);
    }
    // Without anybody named, everybody is listed; nothing is ended by that.
    let whose = query.whose().unwrap_or(Whose::Everyones);
    let listed = flow.sessions(&whose).await?;
    Ok(HttpResponse::Ok().json(SessionsResponse {
        total: listed.len(),
        sessions: listed
            .iter()
            .take(MOST)
            .map(SessionResponse::from)
            .collect(),
    }))
}

async fn end(
    req: HttpRequest,
    query: web::Query<AdminQuery>,
    door: Data<AdminDoor>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    if let Some(refused) = door.refuses(req.headers()) {
        return Ok(refused);
    }
    let Some(whose) = query.whose() else {
        return Ok(told(
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

async fn reset(
    req: HttpRequest,
    query: web::Query<LimitsQuery>,
    door: Data<AdminDoor>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    if let Some(refused) = door.refuses(req.headers()) {
        return Ok(refused);
    }
    let Ok(name) = Login::parse(&query.user) else {
        return Ok(told(
            HttpResponse::BadRequest(),
            "name the user as customers type it at the form: user=",
        ));
    };
    flow.reset_limits(&name).await;
    Ok(HttpResponse::Ok().json(ResetResponse { reset: true }))
}

impl AdminQuery {
    /// Exactly one way of saying whose.
    fn whose(&self) -> Option<Whose> {
        match (&self.user, &self.id, self.everyone) {
            (Some(user), None, false) if !user.is_empty() => Some(Whose::Users(user.clone())),
            (None, Some(id), false) => Some(Whose::One(id.clone())),
            (None, None, true) => Some(Whose::Everyones),
            _ => None,
        }
    }
}

impl AdminDoor {
    fn refuses(&self, headers: &HeaderMap) -> Option<HttpResponse> {
        match self {
            Self::Loopback => None,
            Self::Token(token) if brings(headers, token) => None,
            Self::Token(_) => Some(told(
                HttpResponse::Unauthorized(),
                "bring the token of ops.admin_token_file: Authorization: Bearer …",
            )),
            Self::Closed => Some(told(
                HttpResponse::Forbidden(),
                "the private port can be reached from other machines: set ops.admin_token_file, or let ops.listen be a \
                 loopback address",
            )),
        }
    }
}

fn brings(headers: &HeaderMap, token: &SecretString) -> bool {
    let brought = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    brought.is_some_and(|brought| {
        aws_lc_rs::constant_time::verify_slices_are_equal(brought, token.expose_secret().as_bytes())
            .is_ok()
    })
}

fn told(mut answer: actix_web::HttpResponseBuilder, text: &'static str) -> HttpResponse {
    answer.json(serde_json::json!({ "error": text }))
}

impl From<&Listed> for SessionResponse {
    fn from(listed: &Listed) -> Self {
        let (session, last_used) = (&listed.live.session, listed.live.last_used);
        Self {
            id: listed.reference.clone(),
            sub: session.identity.subject().to_owned(),
            factors: session.factors.iter().map(|factor| factor.name()).collect(),
            started: session.started.to_string(),
            last_used: last_used.to_string(),
            expires: session.expires.to_string(),
        }
    }
}
