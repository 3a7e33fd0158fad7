//! `/sign-in/restart`: "not you? start again"; keeps the destination.

use actix_web::HttpResponse;

use super::posted_form::PostedForm;
use crate::domain::step::Step;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError};
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// Discards the name and the accepted factors.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FormTokens>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = context.admit(&form, None, Filled::default()).await?;
    let outcome = context.flow.restart(&visitor, Some(&form_ref.tab)).await?;
    let mut answer = context.reply_to(&visitor, is_new).to_step(&outcome, &Step::SignIn, "");
    note_outcome(&mut answer, outcome::RESTARTED);
    Ok(answer)
}
