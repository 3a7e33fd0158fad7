//! The page that stops a redirect loop between the portal and the form.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use portico_views::{self as views, Trouble, TroublePage};

use super::account::AccountSession;
use super::frame::Frame;
use crate::flow::{LoopCause, ReturnState};
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;

/// The page, if there is a loop; `None` when the customer may be sent back to the portal.
pub(in crate::web) async fn stopped(
    context: &RequestContext,
    signed_in: &AccountSession,
    state: &ReturnState,
) -> Option<HttpResponse> {
    let cause = context.flow.redirect_loop(&signed_in.id, state).await?;
    let csrf = context.flow.secrets().csrf.session_token(&signed_in.id);
    let login = signed_in.live.session.identity.login().to_owned();
    let frame = Frame::of_session(&context.site, &context.facts, csrf, Some(login));
    let page = views::trouble(&TroublePage {
        chrome: &frame.chrome(),
        trouble: match cause {
            LoopCause::OtherHost => Trouble::RedirectLoop(views::LoopCause::OtherHost),
            LoopCause::CookieLost => Trouble::RedirectLoop(views::LoopCause::CookieLost),
            LoopCause::OtherSession => Trouble::RedirectLoop(views::LoopCause::OtherSession),
            LoopCause::SeveralSessions => Trouble::SeveralSessions(context.site.cookies.session_name()),
            LoopCause::Clock => Trouble::RedirectLoop(views::LoopCause::Clock),
        },
        destination: None,
        is_hosted_offered: false,
        retry_url: Some(state.target.as_str()),
    });
    // The fault is in front of the portal, not in the browser or its request.
    let mut answer = HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE)
        .insert_header(ContentType::html())
        .body(page.into_string());
    note_outcome(&mut answer, "going_round");
    Some(answer)
}
