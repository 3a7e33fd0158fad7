//! `/sign-in/okta`: the redirect to Okta's hosted page. It answers GET alone: a HEAD must not cancel the last redirect.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::not_found;
use crate::flow::Departure;
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// The attempt that the button belongs to; if missing, the newest.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct OktaQuery {
    attempt: Option<String>,
}

/// Redirects the browser to Okta, or to the current step of its attempt when it cannot leave.
pub(in crate::web) async fn show(
    query: web::Query<OktaQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let Some(way) = context.flow.settings().hosted.clone() else {
        return not_found::page().await;
    };
    let (known, tab) = context
        .facts
        .known_by_address(&context.flow, query.attempt.as_deref())
        .await?;
    let Known { visitor, is_new } = known;
    if context.flow.is_closed().await {
        let outcome = context.flow.look(&visitor, tab.as_ref()).await?;
        return Ok(context.reply_to(&visitor, is_new).closed(&outcome));
    }
    let leaving = visitor.clone();
    let departure = context
        .to_the_end(|flow| async move { flow.leave_for_okta(leaving, tab, &way).await })
        .await?;
    let mut reply = context.reply(&visitor);
    reply.is_new = is_new;
    Ok(match departure {
        Departure::ToOkta(address) => {
            let mut answer = reply.see_other(address.expose());
            note_outcome(&mut answer, outcome::TO_OKTA);
            answer
        }
        Departure::Stays(outcome) => reply.returned(&outcome),
    })
}
