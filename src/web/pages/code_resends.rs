//! `/sign-in/code/resend`: a new code.

use actix_web::HttpResponse;
use portico_views::paths;

use super::posted_form::PostedForm;
use super::push_resends::resend;
use crate::web::admission::{FormTokens, PostError};
use crate::web::request_context::RequestContext;

/// Sends a new code, once the cool-down is over.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FormTokens>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    resend(context, &form, paths::CODE).await
}
