//! `POST /session/extend`: "stay signed in", for the portal's scripts. A use like any other: the absolute limit stands.

use actix_web::HttpResponse;
use serde::Serialize;

use super::access_log::note_outcome;
use super::desk::Desk;
use super::error::WebError;
use super::form_token::FormToken;
use super::outcome;
use super::session::{active, unauthorized};

#[derive(Debug, Serialize)]
struct Refused {
    error: &'static str,
}

/// Notes the use and says until when the session lives now.
pub(super) async fn submit(FormToken(csrf): FormToken, desk: Desk) -> Result<HttpResponse, WebError> {
    desk.same_origin()?;
    let session = match &desk.guest.session {
        Some(id) => desk.flow.session(id).await?.map(|_| id),
        None => None,
    };
    let Some(id) = session else {
        return Ok(unauthorized(&desk));
    };
    if !desk.flow.secrets().csrf.is_session_token(id, &csrf) {
        let mut refused = HttpResponse::Forbidden().json(Refused { error: "csrf" });
        note_outcome(&mut refused, outcome::OLD_PAGE);
        return Ok(refused);
    }
    let Some(mut live) = desk.flow.use_session(id, &desk.guest.requester()).await? else {
        return Ok(unauthorized(&desk));
    };
    live.last_used = live.last_used.max(desk.flow.now());
    let mut answer = active(&desk, id, &live);
    note_outcome(&mut answer, outcome::EXTENDED);
    Ok(answer)
}
