//! `/sign-in/push/events`: the end of a wait, as soon as it comes.

use std::error::Error as StdError;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::stream::{self, Stream};

use super::show_attempt::AtQuery;
use crate::domain::ids::{FormReference, SessionId, Tab};
use crate::domain::session::after;
use crate::flow::{Flow, FlowError, Listening, RequestOrigin, Signal, Visitor};
use crate::web::error::WebError;
use crate::web::middleware::lasting_answer::note_lasting;
use crate::web::request_context::RequestContext;

/// Proxies drop idle connections; a comment keeps this one busy.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Sent first: the pause before a browser reconnects, and the message that the wait continues.
const GREETING: &str = "retry: 2000\n\nevent: waiting\ndata:\n\n";

/// Streams until the wait ends. This stream does the polling of Okta.
pub(in crate::web) async fn show(
    query: web::Query<AtQuery>,
    context: RequestContext,
) -> Result<HttpResponse, WebError> {
    let form_ref = query.attempt().and_then(FormReference::parse);
    let form_ref = form_ref.ok_or(WebError::NotFound)?;
    let known = context.facts.known(&context.flow, Some(&form_ref.tab)).await?;
    // A new visit has nothing to wait for.
    if !context.flow.has_attempts(&known.visitor.visit).await? {
        return Err(WebError::NotFound);
    }
    let raised = match context.facts.session {
        Some(id) if context.flow.session(&id).await?.is_some() => Some(id),
        _ => None,
    };
    let mut answer = HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // nginx would otherwise keep the events back until its buffer is full.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events(Waiter {
            listening: context.flow.listen(&known.visitor),
            flow: context.flow,
            // A wait does not affect the other tabs of the browser.
            visitor: Visitor {
                others: Vec::new(),
                ..known.visitor
            },
            tab: form_ref.tab,
            raised,
            request_id: context.facts.request_id,
        }));
    note_lasting(&mut answer);
    Ok(answer)
}

/// One wait for a push.
struct Waiter {
    /// Its entry among the open waits of this browser.
    listening: Listening,
    flow: web::Data<Flow>,
    visitor: Visitor,
    tab: Tab,
    /// The live session of this browser, when the attempt steps it up.
    raised: Option<SessionId>,
    /// For the log: by the time of an error, the request's span has closed.
    request_id: String,
}

/// The state of a stream.
enum Stage {
    Greet,
    Wait,
    Done,
}

fn events(waiter: Waiter) -> impl Stream<Item = Result<Bytes, WebError>> {
    // Boxed once, so that the waiter is not moved from one state of the stream to the next.
    stream::unfold((Stage::Greet, Box::new(waiter)), |(stage, waiter)| async move {
        let Waiter {
            listening,
            flow,
            visitor,
            tab,
            raised,
            request_id,
        } = &*waiter;
        let (text, next) = match stage {
            Stage::Greet => (GREETING, Stage::Wait),
            Stage::Wait => {
                let heartbeat = after(flow.now(), HEARTBEAT);
                // The request has been answered, as far as the middleware knows.
                let origin = RequestOrigin::new(visitor.address, request_id);
                tokio::select! {
                    signal = origin.scope(flow.wait(visitor, tab, heartbeat)) => match signal.transpose() {
                        Some(signal) => (event(signal, request_id), Stage::Done),
                        None => (":\n\n", Stage::Wait),
                    },
                    // There is no session left to step up; reloading the page shows the current step.
                    ended = ends(flow, raised.as_ref()) => (event(ended.map(|()| Signal::Retry), request_id), Stage::Done),
                    () = listening.gives_way() => return None,
                }
            }
            Stage::Done => return None,
        };
        Some((Ok(Bytes::from_static(text.as_bytes())), (next, waiter)))
    })
}

/// Completes when the session has ended; never when there is none. Boxed, because few waits have one.
async fn ends(flow: &Flow, session: Option<&SessionId>) -> Result<(), FlowError> {
    match session {
        Some(id) => Box::pin(flow.session_ends(id)).await,
        None => std::future::pending().await,
    }
}

fn event(signal: Result<Signal, FlowError>, request_id: &str) -> &'static str {
    match signal {
        Ok(Signal::Approved) => "event: approved\ndata:\n\n",
        Ok(Signal::Denied) => "event: denied\ndata:\n\n",
        Ok(Signal::Expired) => "event: expired\ndata:\n\n",
        Ok(Signal::Retry) => "event: retry\ndata:\n\n",
        Err(error) => {
            tracing::error!(
                request_id,
                error = &error as &dyn StdError,
                "a wait for a push broke off"
            );
            "event: retry\ndata:\n\n"
        }
    }
}
