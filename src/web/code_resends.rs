//! `/sign-in/code/resend`: a new code.

use actix_web::HttpResponse;
use portico_views::paths;

use super::desk::{Desk, Tokens};
use super::error::WebError;
use super::posted::Posted;
use super::push_resends::resend;

/// Sends a new code, after the cool-down only.
pub(super) async fn submit(Posted(form): Posted<Tokens>, desk: Desk) -> Result<HttpResponse, WebError> {
    resend(&desk, &form, paths::CODE).await
}
