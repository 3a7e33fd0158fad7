//! `GET /session`: the session as JSON, for the portal's scripts and servers. Looking never extends it.

use actix_web::HttpResponse;
use serde::Serialize;

use super::desk::Desk;
use super::error::WebError;
use crate::domain::session::{Lifetimes, Session};

#[derive(Debug, Serialize)]
struct SessionResponse<'a> {
    active: bool,
    sub: &'a str,
    name: &'a str,
    email: Option<&'a str>,
    acr: Option<&'a str>,
    amr: &'a [String],
    /// Seconds since 1970, as in the ID token.
    auth_time: i64,
    idle_expires_at: i64,
    expires_at: i64,
}

#[derive(Debug, Serialize)]
struct NoSession {
    active: bool,
}

/// Who is signed in, and until when.
pub(super) async fn show(desk: Desk) -> Result<HttpResponse, WebError> {
    let session = match &desk.guest.session {
        Some(id) => desk.flow.session(id).await?,
        None => None,
    };
    let lifetimes = desk.flow.settings().lifetimes;
    Ok(match &session {
        Some(session) => HttpResponse::Ok().json(response(session, lifetimes)),
        None => HttpResponse::Ok().json(NoSession { active: false }),
    })
}

fn response(session: &Session, lifetimes: Lifetimes) -> SessionResponse<'_> {
    let identity = &session.identity;
    SessionResponse {
        active: true,
        sub: &identity.subject,
        name: &identity.name,
        email: identity.email.as_deref(),
        acr: identity.acr.as_deref(),
        amr: &identity.amr,
        auth_time: identity.auth_time.as_second(),
        idle_expires_at: session.idle_expires(lifetimes).as_second(),
        expires_at: session.expires.as_second(),
    }
}
