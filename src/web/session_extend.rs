//! `POST /session/extend`: "stay signed in", for the portal's scripts. A use like any other: the absolute limit stands.

use actix_web::HttpResponse;
use serde::Serialize;

use super::access_log::note_outcome;
use super::error::WebError;
use super::form_token::FormToken;
use super::outcome;
use super::request_context::RequestContext;
use super::session::{active, unauthorized};

#[derive(Debug, Serialize)]
struct Refused {
    error: &'static str,
}

/// Notes the use and says until when the session lives now.
pub(super) async fn submit(FormToken(csrf): FormToken, context: RequestContext) -> Result<HttpResponse, WebError> {
    context.same_origin()?;
    let session = match &context.facts.session {
        Some(id) => context.flow.session(id).await?.map(|_| id),
        None => None,
    };
    let Some(id) = session else {
        return Ok(unauthorized(&context));
    };
    if !context.flow.secrets().csrf.is_session_token(id, &csrf) {
        let mut refused = HttpResponse::Forbidden().json(Refused { error: "csrf" });
        note_outcome(&mut refused, outcome::OLD_PAGE);
        return Ok(refused);
    }
    let Some(mut live) = context.flow.use_session(id, &context.facts.requester()).await? else {
        return Ok(unauthorized(&context));
    };
    live.last_used = live.last_used.max(context.flow.now());
    let mut answer = active(&context, id, &live);
    note_outcome(&mut answer, outcome::EXTENDED);
    Ok(answer)
}
