//! `/sign-in/passkey`: relays the assertion between the browser and Okta.

use actix_web::{HttpResponse, web};
use portico_views::paths;
use serde::Deserialize;

use super::posted_form::PostedForm;
use super::show_attempt;
use super::show_attempt::AtQuery;
use crate::flow::PasskeyAnswer;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError};
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

/// The fields of the form, filled in by its script.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct PasskeyForm {
    #[serde(default)]
    authenticator_data: String,
    #[serde(default)]
    client_data: String,
    #[serde(default)]
    signature: String,
    user_handle: Option<String>,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Shows what the browser will ask for.
pub(in crate::web) async fn show(
    query: web::Query<AtQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    show_attempt::show(&context, &query, paths::PASSKEY).await
}

/// Submits the assertion.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<PasskeyForm>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let filled = Filled {
        plain: &[&form.authenticator_data, &form.client_data],
        secret: &form.signature,
    };
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = context.admit(&form.tokens, None, filled).await?;
    let answer = PasskeyAnswer {
        authenticator_data: form.authenticator_data,
        client_data: form.client_data,
        signature: form.signature,
        user_handle: form.user_handle,
    };
    let asked = visitor.clone();
    let outcome = context
        .to_the_end(|flow| async move { flow.answer_passkey(asked, form_ref, answer).await })
        .await?;
    Ok(context.reply_to(&visitor, is_new).posted(&outcome, paths::PASSKEY))
}
