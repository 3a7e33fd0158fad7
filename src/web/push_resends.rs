//! `/sign-in/push/resend`: a new push.

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;
use serde::Deserialize;

use super::error::WebError;
use super::guard::{self, Admitted, Shared, Verdict, to_the_end};
use super::guest::Guest;
use super::reply::{Reply, path_of};
use super::sign_in;
use super::site::Site;
use crate::flow::Flow;

/// A form that is nothing but a button.
#[derive(Debug, Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) attempt: String,
}

/// Sends a new push, after the cool-down only.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<TokenForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    resend(&req, &form, &guest, &site, &flow, paths::PUSH).await
}

/// Sends what the page at `path` waits for once more.
pub(super) async fn resend(
    req: &HttpRequest,
    form: &TokenForm,
    guest: &Guest,
    site: &Site,
    flow: &Flow,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let Admitted { visitor, place } =
        match guard::admit(req, site, flow, guest, &form.csrf, &form.attempt).await? {
            Verdict::Admitted(admitted) => *admitted,
            Verdict::Stale(known) => return sign_in::stale(site, flow, guest, *known, None).await,
        };
    let turn = to_the_end({
        let (flow, visitor) = (flow.clone(), visitor.clone());
        async move { flow.resend(visitor, place).await }
    })
    .await?;
    let reply = Reply::new(site, flow, guest, &visitor);
    let step = reply.step(&turn);
    let is_sent =
        turn.signed_in.is_none() && turn.attempt.facts.problem.is_none() && path_of(&step) == path;
    Ok(if is_sent {
        reply.to_step(&turn, &step, "&resent=1")
    } else {
        reply.posted(&turn, path)
    })
}
