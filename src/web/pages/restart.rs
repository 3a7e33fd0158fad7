//! `/sign-in/restart`: "not you? start again", with the destination kept.

use actix_web::HttpResponse;

use super::posted::PostedForm;
use crate::domain::step::Step;
use crate::web::error::WebError;
use crate::web::outcome::{self, note_outcome};
use crate::web::request_context::{Admitted, Filled, FormTokens, RequestContext};

/// Forgets who was signing in.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FormTokens>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
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
