//! `/sign-in/push`: waiting for the phone.

use actix_web::{HttpResponse, web};
use portico_views::paths;

use super::posted_form::PostedForm;
use super::show_attempt;
use super::show_attempt::AtQuery;
use crate::domain::step::Step;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError};
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// Shows the wait, or redirects when it is over.
pub(in crate::web) async fn show(
    query: web::Query<AtQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    show_attempt::show(&context, &query, paths::PUSH).await
}

/// "I have approved it": polls Okta once. Used without script.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FormTokens>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = context.admit(&form, None, Filled::default()).await?;
    let asked = visitor.clone();
    let outcome = context
        .to_the_end(|flow| async move { flow.check_push(asked, form_ref.tab).await })
        .await?;
    let reply = context.reply_to(&visitor, is_new);
    let step = reply.step(&outcome);
    let waits = outcome.signed_in.is_none() && matches!(&step, Step::Push(push) if push.over.is_none());
    if !waits {
        return Ok(reply.posted(&outcome, paths::PUSH));
    }
    let mut answer = reply.to_step(&outcome, &step, "&checked=1");
    note_outcome(&mut answer, outcome::STILL_WAITING);
    Ok(answer)
}
