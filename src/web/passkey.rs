//! `/sign-in/passkey`: relays the assertion between the browser and Okta.

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;
use serde::Deserialize;

use super::error::WebError;
use super::guard::{self, Admitted, AtQuery, Shared, Verdict, to_the_end};
use super::guest::Guest;
use super::reply::Reply;
use super::sign_in;
use super::site::Site;
use crate::flow::{Flow, PasskeyAnswer};

/// What the page sends, filled in by its script.
#[derive(Debug, Deserialize)]
pub(super) struct PasskeyForm {
    #[serde(default)]
    authenticator_data: String,
    #[serde(default)]
    client_data: String,
    #[serde(default)]
    signature: String,
    user_handle: Option<String>,
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    attempt: String,
}

/// Shows what the browser will ask.
pub(super) async fn show(
    query: web::Query<AtQuery>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    super::push::show_at(&query, &guest, &site, &flow, paths::PASSKEY).await
}

/// Hands the assertion in.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<PasskeyForm>,
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
    let answer = PasskeyAnswer {
        authenticator_data: form.authenticator_data,
        client_data: form.client_data,
        signature: form.signature,
        user_handle: form.user_handle,
    };
    let turn = to_the_end({
        let (flow, visitor) = (flow.get_ref().clone(), visitor.clone());
        async move { flow.answer_passkey(visitor, place, answer).await }
    })
    .await?;
    Ok(Reply::new(&site, &flow, &guest, &visitor).posted(&turn, paths::PASSKEY))
}
