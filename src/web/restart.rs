//! `/sign-in/restart`: "not you? start again", with the destination kept.

use actix_web::{HttpRequest, HttpResponse, web};

use super::error::WebError;
use super::guard::{self, Admitted, Shared, Verdict};
use super::guest::Guest;
use super::push_resends::TokenForm;
use super::reply::Reply;
use super::sign_in;
use super::site::Site;
use crate::domain::step::Step;
use crate::flow::Flow;

/// Forgets who was signing in.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<TokenForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let verdict = guard::admit(&req, &site, &flow, &guest, &form.csrf, &form.attempt).await?;
    let Admitted { visitor, place } = match verdict {
        Verdict::Admitted(admitted) => *admitted,
        Verdict::Stale(known) => return sign_in::stale(&site, &flow, &guest, *known, None).await,
    };
    let turn = flow.restart(&visitor, Some(&place.tab)).await?;
    Ok(Reply::new(&site, &flow, &guest, &visitor).to_step(&turn, &Step::SignIn, ""))
}
