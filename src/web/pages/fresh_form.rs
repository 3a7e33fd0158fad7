//! The first form again, when a post could not be accepted.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use portico_views::paths;

use super::show_attempt;
use super::step_pages::BadFields;
use crate::domain::input::Login;
use crate::domain::problem::Problem;
use crate::domain::step::Step;
use crate::flow::Ask;
use crate::web::admission::{Admitted, StaleForm};
use crate::web::error::WebError;
use crate::web::outcome;
use crate::web::outcome::note_outcome;
use crate::web::request_context::RequestContext;
use crate::web::request_facts::Known;

/// The form with its bad fields marked; Okta was not asked.
pub(in crate::web) async fn unready(
    context: &RequestContext,
    admitted: Admitted,
    login: Option<Login>,
    remember: bool,
    bad_fields: BadFields,
) -> Result<HttpResponse, WebError> {
    let Admitted {
        visitor,
        form_ref,
        is_new,
    } = admitted;
    let mut outcome = context.flow.look(&visitor, Some(&form_ref.tab)).await?;
    if bad_fields.are_empty() {
        // Signed in from another tab: treated like a button of a page without fields.
        let reply = context.reply_to(&visitor, is_new);
        if outcome.attempt.stage.is_over() {
            return Ok(reply.posted(&outcome, paths::SIGN_IN));
        }
        if let Some(answer) = show_attempt::goes_on(&reply, &outcome).await? {
            return Ok(answer);
        }
    }
    outcome.attempt.facts.login = login.or(outcome.attempt.facts.login);
    outcome.attempt.facts.remember = remember;
    outcome.attempt.facts.problem = None;
    let mut reply = context.reply_to(&visitor, is_new);
    reply.bad_fields = bad_fields;
    let mut answer = reply.page(&outcome, &Step::SignIn, StatusCode::UNPROCESSABLE_ENTITY);
    note_outcome(&mut answer, outcome::BAD_INPUT);
    Ok(answer)
}

/// A fresh form for a page that was open too long, or whose cookie is missing: the name is kept, the password never
/// (SEC-105).
pub(in crate::web) fn stale(context: &RequestContext, stale: StaleForm) -> HttpResponse {
    let Known { visitor, is_new } = stale.known;
    let ask = Ask {
        return_to: stale.return_to,
        ..Ask::default()
    };
    let mut outcome = context.flow.open(ask);
    outcome.attempt.facts.login = stale.login;
    outcome.attempt.facts.remember = stale.remember;
    outcome.attempt.facts.problem = Some(stale.problem);
    let mut answer = context
        .reply_to(&visitor, is_new)
        .page(&outcome, &Step::SignIn, StatusCode::FORBIDDEN);
    let logged = match stale.problem {
        Problem::CookieNotKept => outcome::COOKIE_NOT_KEPT,
        _ => outcome::OLD_PAGE,
    };
    note_outcome(&mut answer, logged);
    answer
}
