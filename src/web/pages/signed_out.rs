//! `/signed-out`: how the session ended, and a link to sign in again.

use actix_web::http::header::{ContentType, LOCATION};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use portico_views::{self as views, Ending, Revocation, SignedOutPage, paths};
use serde::Deserialize;

use super::frame::Frame;
use super::several_sessions;
use crate::domain::end::EndReason;
use crate::flow::{AtOkta, EndedSession, Flow, Leaving};
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

/// The session that the page is about, if the query has it.
#[derive(Debug, Deserialize)]
pub(in crate::web) struct SignedOutQuery {
    /// The result of [`Flow::reference`].
    session: Option<String>,
    /// The state of the revocation at the sign-out: `ended`, `later`, or nothing. Used only when nothing else is known.
    okta: Option<String>,
    /// When that was, in seconds since 1970.
    at: Option<i64>,
    /// The `state` that Okta returns once it has ended the browser's session there.
    state: Option<String>,
}

/// Shows the current state, however often the page is loaded.
pub(in crate::web) async fn show(
    query: web::Query<SignedOutQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let (site, flow, facts) = (&context.site, &context.flow, &context.facts);
    if facts.none_counts.is_some() {
        // Several live sessions: "You're signed out" would not be true.
        return Ok(several_sessions::page(&context, None));
    }
    if let Some(id) = &facts.session
        && flow.session(id).await?.is_some()
    {
        // With one live session it would not be true either.
        return Ok(HttpResponse::SeeOther()
            .insert_header((LOCATION, site.path(paths::ACCOUNT)))
            .finish());
    }
    let at_okta = query.state.as_deref().and_then(|state| flow.back_from_sign_out(state));
    let reference = at_okta
        .map(Leaving::reference)
        .or_else(|| query.session.clone())
        .or_else(|| facts.session.as_ref().map(Flow::reference));
    let ended_session = match reference {
        Some(reference) => flow.ended_session(&reference).await?,
        None => None,
    };
    let revocation = match ended_session {
        Some(ended_session) => revocation(ended_session.at_okta),
        None => remembered(flow, &query).await?,
    };
    let frame = Frame::plain(site, &facts.request_id, facts.words);
    let markup = views::signed_out(&SignedOutPage {
        chrome: &frame.chrome(),
        ending: ended_session.map_or(Ending::SignedOut, ending),
        revocation,
        is_okta_session_ended: at_okta.is_some(),
        others: None,
        sign_in_url: None,
    });
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body(markup.into_string()))
}

fn ending(ended_session: EndedSession) -> Ending {
    match ended_session.reason {
        EndReason::SignOut | EndReason::Replaced => Ending::SignedOut,
        EndReason::Idle => Ending::Idle,
        EndReason::Absolute => Ending::Absolute,
        EndReason::OtherBrowser => Ending::OtherBrowser,
        EndReason::TooMany => Ending::TooMany,
        EndReason::Operator => Ending::Operator,
        EndReason::Okta => Ending::Okta,
    }
}

fn revocation(at_okta: AtOkta) -> Revocation {
    match at_okta {
        AtOkta::Revoked => Revocation::Done,
        AtOkta::Pending => Revocation::Pending,
        AtOkta::Nothing => Revocation::Nothing,
    }
}

/// From the query, once the record of the session is gone, after a restart or an hour. A revocation that was pending
/// then may be done by now.
async fn remembered(flow: &Flow, query: &SignedOutQuery) -> Result<Revocation, WebError> {
    Ok(match query.okta.as_deref() {
        Some("ended") => Revocation::Done,
        Some("later") => {
            let moment = query.at.and_then(|at| Timestamp::from_second(at).ok());
            revocation(flow.pending_since(moment.unwrap_or_default()).await?)
        }
        _ => Revocation::Nothing,
    })
}
