//! `GET /session`: the session as JSON, for the portal's scripts and servers. Reading it never extends it.

use actix_web::HttpResponse;
use portico_views::paths;
use serde::Serialize;

use crate::domain::ids::SessionId;
use crate::domain::session::Live;
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

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
    /// The service's own time, for clients whose clock is wrong.
    now: i64,
    /// Seconds without use after which the session ends.
    idle_timeout: u64,
    /// Where to sign in.
    sign_in: String,
    /// The CSRF token for `POST /session/extend`; for scripts of this origin only.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf: Option<String>,
}

#[derive(Debug, Serialize)]
struct NoSession {
    active: bool,
    sign_in: String,
}

/// Who is signed in, and until when.
pub(in crate::web) async fn show(context: RequestContext) -> Result<HttpResponse, WebError> {
    let session = match &context.facts.session {
        Some(id) => context.flow.session(id).await?.map(|live| (id, live)),
        None => None,
    };
    Ok(match &session {
        Some((id, live)) => active(&context, id, live),
        None => HttpResponse::Ok().json(no_session(&context)),
    })
}

/// The answer with a live session.
pub(in crate::web) fn active(context: &RequestContext, id: &SessionId, live: &Live) -> HttpResponse {
    let csrf = context
        .is_same_origin()
        .then(|| context.flow.secrets().csrf.session_token(id));
    HttpResponse::Ok().json(response(context, live, csrf))
}

/// The answer where a session is needed and none is live.
pub(in crate::web) fn unauthorized(context: &RequestContext) -> HttpResponse {
    HttpResponse::Unauthorized().json(no_session(context))
}

fn no_session(context: &RequestContext) -> NoSession {
    NoSession {
        active: false,
        sign_in: sign_in(context),
    }
}

/// Absolute, because the portal may be on another host.
fn sign_in(context: &RequestContext) -> String {
    format!("{}{}", context.site.origin, context.site.path(paths::SIGN_IN))
}

fn response<'a>(context: &RequestContext, live: &'a Live, csrf: Option<String>) -> SessionResponse<'a> {
    let identity = &live.session.identity;
    let lifetimes = context.flow.settings().lifetimes;
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
        now: context.flow.now().as_second(),
        idle_timeout: lifetimes.of(live.session.is_remembered).idle.as_secs(),
        sign_in: sign_in(context),
        csrf,
    }
}
