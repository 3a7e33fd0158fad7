//! `/sign-in/code/resend`: a new code.

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;

use super::error::WebError;
use super::guard::Shared;
use super::guest::Guest;
use super::push_resends::{TokenForm, resend};
use super::site::Site;
use crate::flow::Flow;

/// Sends a new code, after the cool-down only.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<TokenForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    resend(&req, &form, &guest, &site, &flow, paths::CODE).await
}
