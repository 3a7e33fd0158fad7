//! `/sign-in/factor`: choosing a factor.

use actix_web::{HttpResponse, web};
use portico_views::paths;
use serde::Deserialize;

use super::posted_form::PostedForm;
use super::show_attempt;
use super::show_attempt::AtQuery;
use super::step_pages::BadFields;
use super::{fresh_form, sign_in};
use crate::domain::factor::Factor;
use crate::domain::input::Login;
use crate::flow::FirstForm;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError, Typed};
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

/// The fields of the page, or of the first form with "Sign in without a password". A password that a password manager
/// filled in is ignored.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct FactorForm {
    factor: Option<String>,
    username: Option<String>,
    remember: Option<String>,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Shows the factors. Opening this page sends nothing.
pub(in crate::web) async fn show(
    query: web::Query<AtQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    show_attempt::show(&context, &query, paths::FACTOR).await
}

/// Continues with the chosen factor.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<FactorForm>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let typed = Typed {
        username: form.username.as_deref(),
        remember: form.remember.is_some(),
    };
    let filled = Filled {
        plain: &[
            form.factor.as_deref().unwrap_or_default(),
            form.username.as_deref().unwrap_or_default(),
        ],
        secret: "",
    };
    let admitted = context.admit(&form.tokens, Some(typed), filled).await?;
    let factor = form.factor.as_deref().and_then(Factor::parse);
    let login = form.username.as_deref().map(Login::parse);
    if let (None, Some(Err(bad))) = (factor, &login) {
        let bad_fields = BadFields {
            username: Some(*bad),
            password: None,
        };
        return Ok(Box::pin(fresh_form::unready(context, admitted, None, typed.remember, bad_fields)).await?);
    }
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = admitted;
    // "Sign in without a password" posts the first form here.
    if form.username.is_some() && context.flow.is_closed().await {
        return Ok(Box::pin(sign_in::closed(context, &visitor, is_new, &form_ref.tab)).await?);
    }
    let asked = visitor.clone();
    let outcome = match (factor, login) {
        (Some(factor), _) => {
            context
                .to_the_end(|flow| async move { flow.choose(asked, form_ref, factor).await })
                .await?
        }
        (None, Some(Ok(login))) => {
            let remember = form.remember.is_some();
            let first = FirstForm { login, remember };
            Box::pin(context.flow.name(asked, form_ref, first)).await?
        }
        (None, _) => context.flow.look(&visitor, Some(&form_ref.tab)).await?,
    };
    Ok(context.reply_to(&visitor, is_new).posted(&outcome, paths::FACTOR))
}
