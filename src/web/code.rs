//! `/sign-in/code`: entering a code.

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;
use secrecy::SecretString;
use serde::Deserialize;

use super::error::WebError;
use super::guard::{self, Admitted, AtQuery, Shared, Verdict, to_the_end};
use super::guest::Guest;
use super::reply::Reply;
use super::sign_in;
use super::site::Site;
use crate::flow::Flow;

/// What the page sends.
#[derive(Debug, Deserialize)]
pub(super) struct CodeForm {
    #[serde(default)]
    code: SecretString,
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    attempt: String,
}

/// Shows the field.
pub(super) async fn show(
    query: web::Query<AtQuery>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    super::push::show_at(&query, &guest, &site, &flow, paths::CODE).await
}

/// Offers the code.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<CodeForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let form = form.into_inner();
    let verdict = guard::admit(&req, &site, &flow, &guest, &form.csrf, &form.attempt).await?;
    let Admitted { visitor, place } = match verdict {
        Verdict::Admitted(admitted) => *admitted,
        Verdict::Stale(known) => return sign_in::stale(&site, &flow, &guest, *known, None).await,
    };
    let turn = to_the_end({
        let (flow, visitor) = (flow.get_ref().clone(), visitor.clone());
        async move { flow.answer(visitor, place, form.code).await }
    })
    .await?;
    Ok(Reply::new(&site, &flow, &guest, &visitor).posted(&turn, paths::CODE))
}
