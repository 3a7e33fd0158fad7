//! `/sign-in/restart`: "not you? start again", with the destination kept.

use actix_web::HttpResponse;

use super::access_log::note_outcome;
use super::error::WebError;
use super::outcome;
use super::posted::Posted;
use super::request_context::{Admitted, Filled, RequestContext, Tokens};
use crate::domain::step::Step;

/// Forgets who was signing in.
pub(super) async fn submit(Posted(form): Posted<Tokens>, context: RequestContext) -> Result<HttpResponse, WebError> {
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = match context.admit(&form, None, Filled::default()).await? {
        Ok(admitted) => admitted,
        Err(fresh) => return Ok(fresh),
    };
    let outcome = context.flow.restart(&visitor, Some(&form_ref.tab)).await?;
    let mut answer = context.reply_to(&visitor, is_new).to_step(&outcome, &Step::SignIn, "");
    note_outcome(&mut answer, outcome::RESTARTED);
    Ok(answer)
}
