//! Looking at an attempt from one of its pages.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::reply::Reply;
use super::step_pages::View;
use crate::domain::ids::{FormReference, Tab};
use crate::domain::step::Step;
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// The attempt that a page's address names.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct AtQuery {
    attempt: Option<String>,
    /// Ignore the problem that ended the last try.
    #[serde(default)]
    again: Option<String>,
    /// "I have approved it" was pressed.
    #[serde(default)]
    checked: Option<String>,
    /// Something was sent again.
    #[serde(default)]
    resent: Option<String>,
}

impl AtQuery {
    pub(in crate::web) fn form_ref(&self) -> Option<FormReference> {
        FormReference::parse(self.attempt.as_deref()?)
    }

    pub(in crate::web) fn view(&self) -> View {
        View {
            past_problem: self.again.is_some(),
            is_checked: self.checked.is_some(),
            is_resent: self.resent.is_some(),
            notice: None,
        }
    }
}

/// Shows the page at `path` for the attempt that the address names.
pub(in crate::web) async fn show(
    context: &RequestContext,
    query: &AtQuery,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let tab = query.form_ref().map(|form_ref| form_ref.tab);
    let Known { visitor, is_new } = context.facts.known(&context.flow, tab.as_ref()).await?;
    let mut reply = context.reply(&visitor);
    (reply.is_new, reply.view) = (is_new, query.view());
    at(&reply, tab.as_ref(), path).await
}

/// Shows where the attempt stands, and sends a browser with a session on to its destination. Looking hands out no
/// session: an approval is claimed by the button of its page.
pub(in crate::web) async fn at(reply: &Reply<'_>, tab: Option<&Tab>, path: &str) -> Result<HttpResponse, WebError> {
    let flow = reply.flow;
    let is_signed_in = async || match &reply.facts.session {
        Some(id) => Ok::<_, WebError>(flow.session(id).await?.is_some()),
        None => Ok(false),
    };
    if let Some(tab) = tab
        && reply.facts.session.is_some()
        && !flow.has(reply.visitor, tab).await?
        && is_signed_in().await?
    {
        return Ok(reply.see_other(flow.destination(None).as_str()));
    }
    let mut outcome = flow.look(reply.visitor, tab).await?;
    if reply.step(&outcome) == Step::Finished {
        if is_signed_in().await? {
            return Ok(reply.see_other(flow.destination_of(&outcome.attempt).as_str()));
        }
        outcome = flow.restart(reply.visitor, Some(&outcome.tab)).await?;
    }
    Ok(reply.shown(&outcome, path))
}
