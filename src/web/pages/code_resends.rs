//! `/sign-in/code/resend`: a new code.

use actix_web::HttpResponse;
use portico_views::paths;

use super::posted::Posted;
use super::push_resends::resend;
use crate::web::error::WebError;
use crate::web::request_context::{RequestContext, Tokens};

/// Sends a new code, after the cool-down only.
pub(in crate::web) async fn submit(
    Posted(form): Posted<Tokens>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    resend(&context, &form, paths::CODE).await
}
