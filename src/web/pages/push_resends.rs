//! `/sign-in/push/resend`: a new push.

use actix_web::HttpResponse;
use portico_views::paths;

use super::posted_form::PostedForm;
use super::step_pages::path_of;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError};
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// Sends a new push, once the cool-down is over.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FormTokens>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    resend(context, &form, paths::PUSH).await
}

/// Resends the challenge that the page at `path` waits for.
pub(in crate::web) async fn resend(
    context: &RequestContext,
    tokens: &FormTokens,
    path: &str,
) -> Result<HttpResponse, PostError> {
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = context.admit(tokens, None, Filled::default()).await?;
    let asked = visitor.clone();
    let outcome = context
        .to_the_end(|flow| async move { flow.resend(asked, form_ref).await })
        .await?;
    let reply = context.reply_to(&visitor, is_new);
    let step = reply.step(&outcome);
    // On an old page nothing is sent, and a push may still be waiting although Okta accepted no new one.
    let is_sent = outcome.is_sent
        && outcome.signed_in.is_none()
        && outcome.attempt.facts.problem.is_none()
        && path_of(&step) == path;
    if !is_sent {
        return Ok(reply.posted(&outcome, path));
    }
    let mut answer = reply.to_step(&outcome, &step, "&resent=1");
    note_outcome(&mut answer, outcome::SENT_AGAIN);
    Ok(answer)
}
