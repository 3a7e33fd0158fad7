//! `/sign-in/code`: entering a code.

use actix_web::{HttpResponse, web};
use portico_views::paths;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::posted_form::PostedForm;
use super::show_attempt;
use super::show_attempt::AtQuery;
use crate::web::admission::{Admitted, Filled, FormTokens, PostError};
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

/// The fields of the form.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct CodeForm {
    #[serde(default)]
    code: SecretString,
    #[serde(flatten)]
    tokens: FormTokens,
}

/// Shows the field.
pub(in crate::web) async fn show(
    query: web::Query<AtQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    show_attempt::show(&context, &query, paths::CODE).await
}

/// Submits the code.
pub(in crate::web) async fn submit(
    PostedForm(form): PostedForm<CodeForm>,
    context: &RequestContext,
) -> Result<HttpResponse, PostError> {
    let CodeForm { code, tokens } = form;
    let filled = Filled {
        plain: &[],
        secret: code.expose_secret(),
    };
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = context.admit(&tokens, None, filled).await?;
    let asked = visitor.clone();
    let outcome = context
        .to_the_end(|flow| async move { flow.answer(asked, form_ref, code).await })
        .await?;
    Ok(context.reply_to(&visitor, is_new).posted(&outcome, paths::CODE))
}
