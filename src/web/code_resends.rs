//! `/sign-in/code/resend`: a new code.

use actix_web::HttpResponse;
use portico_views::paths;

use super::error::WebError;
use super::posted::Posted;
use super::push_resends::resend;
use super::request_context::{RequestContext, Tokens};

/// Sends a new code, after the cool-down only.
pub(super) async fn submit(Posted(form): Posted<Tokens>, context: RequestContext) -> Result<HttpResponse, WebError> {
    resend(&context, &form, paths::CODE).await
}
