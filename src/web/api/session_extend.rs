//! `POST /session/extend`: "stay signed in", for the portal's scripts. A use like any other: the absolute limit stays.

use actix_web::HttpResponse;
use serde::Serialize;

use super::session::{active, unauthorized};
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::pages::form_token::FormToken;
use crate::web::request_context::RequestContext;

#[derive(Debug, Serialize)]
struct Refused {
    error: &'static str,
}

/// Records the use and answers until when the session now lives.
pub(in crate::web) async fn submit(
    FormToken(csrf): FormToken,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
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
