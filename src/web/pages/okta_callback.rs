//! `/sign-in/okta/callback`: back from Okta's hosted page. It answers GET alone: an authorization code can be used
//! once.

use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret as _, SecretString};

use super::account::signed_in;
use super::not_found;
use crate::flow::returned_to;
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// Handles the authorization response. One that matches no attempt does not affect a browser that is signed in already.
pub(in crate::web) async fn show(request: HttpRequest, context: RequestContext) -> Result<HttpResponse, WebError> {
    if context.flow.settings().hosted.is_none() {
        return not_found::page().await;
    }
    let tab = returned_to(request.query_string());
    let Known { visitor, is_new } = context.facts.known(&context.flow, tab.as_ref()).await?;
    let (back, query) = (visitor.clone(), SecretString::from(request.query_string()));
    let outcome = context
        .to_the_end(|flow| async move { flow.back_from_okta(back, query.expose_secret()).await })
        .await?;
    let mut reply = context.reply(&visitor);
    reply.is_new = is_new;
    if let Some(outcome) = outcome {
        return Ok(reply.returned(&outcome));
    }
    let mut answer = if signed_in(&context).await?.is_some() {
        reply.see_other(context.flow.destination(None).as_str())
    } else {
        reply.returned(&context.flow.look(&visitor, None).await?)
    };
    note_outcome(&mut answer, outcome::OLD_PAGE);
    Ok(answer)
}
