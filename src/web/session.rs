//! `GET /session`: the session as JSON, for the portal's scripts and servers. Looking never extends it.

use actix_web::HttpResponse;
use serde::Serialize;

use super::desk::Desk;
use super::error::WebError;
use crate::domain::ids::SessionId;
use crate::domain::session::{Lifetimes, Live};

#[derive(Debug, Serialize)]
struct SessionResponse<'a> {
    active: bool,
    sub: &'a str,
    name: &'a str,
    email: Option<&'a str>,
    acr: Option<&'a str>,
    amr: Vec<&'a str>,
    /// Seconds since 1970, as in the ID token.
    auth_time: i64,
    idle_expires_at: i64,
    expires_at: i64,
    /// What `POST /session/extend` wants; for scripts of this origin alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
}

#[derive(Debug, Serialize)]
struct NoSession {
    active: bool,
}

/// Who is signed in, and until when.
pub(super) async fn show(desk: Desk) -> Result<HttpResponse, WebError> {
    let session = match &desk.guest.session {
        Some(id) => desk.flow.session(id).await?.map(|live| (id, live)),
        None => None,
    };
    Ok(match &session {
        Some((id, live)) => active(&desk, id, live),
        None => HttpResponse::Ok().json(NoSession { active: false }),
    })
}

/// The session of whoever asks.
pub(super) fn active(desk: &Desk, id: &SessionId, live: &Live) -> HttpResponse {
    let lifetimes = desk.flow.settings().lifetimes;
    let csrf = desk
        .is_same_origin()
        .then(|| desk.flow.door().session_token(id));
    HttpResponse::Ok().json(response(live, lifetimes, csrf))
}

/// For whom nobody is signed in any more, where that stands in the way.
pub(super) fn unauthorized() -> HttpResponse {
    HttpResponse::Unauthorized().json(NoSession { active: false })
}

fn response(live: &Live, lifetimes: Lifetimes, csrf: Option<String>) -> SessionResponse<'_> {
    let identity = &live.session.identity;
    SessionResponse {
        active: true,
        sub: identity.subject(),
        name: identity.name(),
        email: identity.email(),
        acr: identity.acr(),
        amr: identity.amr().collect(),
        auth_time: identity.auth_time().as_second(),
        idle_expires_at: live.idle_expires(lifetimes).as_second(),
        expires_at: live.session.ends(lifetimes).as_second(),
        csrf,
    }
}
