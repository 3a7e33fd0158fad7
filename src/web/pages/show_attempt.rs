//! Showing an attempt at one of its pages.

use actix_web::HttpResponse;
use serde::Deserialize;

use super::reply::Reply;
use super::step_pages::View;
use crate::domain::ids::Tab;
use crate::domain::step::Step;
use crate::flow::Outcome;
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// The query of a page of an attempt.
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
    /// The attempt reference: see [`Flow::attempt_reference`](crate::flow::Flow::attempt_reference).
    pub(in crate::web) fn attempt(&self) -> Option<&str> {
        self.attempt.as_deref()
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

/// Shows the page at `path` for the attempt in the query.
pub(in crate::web) async fn show(
    context: &RequestContext,
    query: &AtQuery,
    path: &str,
) -> Result<HttpResponse, WebError> {
    let (known, tab) = context.facts.known_by_address(&context.flow, query.attempt()).await?;
    let Known { visitor, is_new } = known;
    let mut reply = context.reply(&visitor);
    (reply.is_new, reply.view) = (is_new, query.view());
    at(&reply, tab.as_ref(), path).await
}

/// Shows the current step of the attempt, and redirects a browser with a session to its destination. A GET gives out no
/// session: an approval is claimed by the button of its page.
pub(in crate::web) async fn at(reply: &Reply<'_>, tab: Option<&Tab>, path: &str) -> Result<HttpResponse, WebError> {
    let flow = reply.flow;
    if let Some(tab) = tab
        && reply.facts.session.is_some()
        && !flow.has(reply.visitor, tab).await?
        && is_signed_in(reply).await?
    {
        return Ok(reply.see_other(flow.destination(None).as_str()));
    }
    let outcome = flow.look(reply.visitor, tab).await?;
    if let Some(answer) = goes_on(reply, &outcome).await? {
        return Ok(answer);
    }
    if reply.step(&outcome) == Step::Finished {
        let outcome = flow.restart(reply.visitor, Some(&outcome.tab)).await?;
        return Ok(reply.shown(&outcome, path));
    }
    Ok(reply.shown(&outcome, path))
}

/// Redirects a browser with a session to the destination of an attempt that it no longer needs: the attempt is over, or
/// is a form that was opened before the browser signed in beside it and that asks for no more.
pub(in crate::web) async fn goes_on(reply: &Reply<'_>, outcome: &Outcome) -> Result<Option<HttpResponse>, WebError> {
    let (flow, facts) = (reply.flow, &outcome.attempt.facts);
    let is_needless = !outcome.is_stored && facts.problem.is_none() && facts.parameters.get().ask_for_no_more();
    if !is_needless && reply.step(outcome) != Step::Finished {
        return Ok(None);
    }
    let is_signed_in = is_signed_in(reply).await?;
    Ok(is_signed_in.then(|| reply.see_other(flow.destination_of(&outcome.attempt).as_str())))
}

async fn is_signed_in(reply: &Reply<'_>) -> Result<bool, WebError> {
    match &reply.facts.session {
        Some(id) => Ok(reply.flow.session(id).await?.is_some()),
        None => Ok(false),
    }
}
