//! `/sign-in/code/resend`: a new code.

use actix_web::{HttpResponse, web};
use portico_views::paths;

use super::desk::{Desk, Tokens};
use super::error::WebError;
use super::push_resends::resend;

/// Sends a new code, after the cool-down only.
pub(super) async fn submit(form: web::Form<Tokens>, desk: Desk) -> Result<HttpResponse, WebError> {
    resend(&desk, &form, paths::CODE).await
}
