//! `/sign-in/factor`: which way shall it be?

use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::paths;
use serde::Deserialize;

use super::error::WebError;
use super::guard::{self, Admitted, AtQuery, Shared, Verdict, to_the_end};
use super::guest::Guest;
use super::reply::Reply;
use super::sign_in;
use super::site::Site;
use super::steps::BadFields;
use crate::domain::factor::Factor;
use crate::domain::input::Login;
use crate::flow::Flow;

/// What the page sends; or what the first form sends with "Sign in without a password", a password that a manager filled
/// in being ignored.
#[derive(Debug, Deserialize)]
pub(super) struct FactorForm {
    factor: Option<String>,
    username: Option<String>,
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    attempt: String,
}

/// Shows the ways. Opening this page sends nothing.
pub(super) async fn show(
    query: web::Query<AtQuery>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    super::push::show_at(&query, &guest, &site, &flow, paths::FACTOR).await
}

/// Goes on with the way that was chosen.
pub(super) async fn submit(
    req: HttpRequest,
    form: web::Form<FactorForm>,
    guest: Guest,
    site: Shared<Site>,
    flow: Shared<Flow>,
) -> Result<HttpResponse, WebError> {
    let form = form.into_inner();
    let verdict = guard::admit(&req, &site, &flow, &guest, &form.csrf, &form.attempt).await?;
    let Admitted { visitor, place } = match verdict {
        Verdict::Admitted(admitted) => *admitted,
        Verdict::Stale(known) => {
            return sign_in::stale(&site, &flow, &guest, *known, form.username.as_deref()).await;
        }
    };
    let factor = form.factor.as_deref().and_then(Factor::parse);
    let login = form.username.as_deref().map(Login::parse);
    let turn = match (factor, login) {
        (Some(factor), _) => {
            let (flow, visitor) = (flow.get_ref().clone(), visitor.clone());
            to_the_end(async move { flow.choose(visitor, place, factor).await }).await?
        }
        (None, Some(Ok(login))) => flow.name(visitor.clone(), place, login).await?,
        (None, Some(Err(bad))) => {
            let bad_fields = BadFields {
                username: Some(bad),
                password: None,
            };
            return sign_in::unready(&site, &flow, &guest, (visitor, place), None, bad_fields)
                .await;
        }
        (None, None) => flow.look(&visitor, Some(&place.tab)).await?,
    };
    Ok(Reply::new(&site, &flow, &guest, &visitor).posted(&turn, paths::FACTOR))
}
