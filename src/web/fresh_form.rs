//! The first form again, when what was posted could not be taken.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::access_log::note_outcome;
use super::desk::{Admitted, Desk, Typed};
use super::error::WebError;
use super::guest::Known;
use super::outcome;
use super::steps::BadFields;
use crate::domain::input::Login;
use crate::domain::problem::Problem;
use crate::domain::step::Step;
use crate::flow::Ask;

/// With the fields that could not be sent; nobody was asked.
pub(super) async fn unready(
    desk: &Desk,
    admitted: Admitted,
    (login, remember): (Option<Login>, bool),
    bad_fields: BadFields,
) -> Result<HttpResponse, WebError> {
    let Admitted {
        visitor,
        place,
        is_new,
    } = admitted;
    let mut turn = desk.flow.look(&visitor, Some(&place.tab)).await?;
    turn.attempt.facts.login = login.or(turn.attempt.facts.login);
    turn.attempt.facts.remember = remember;
    turn.attempt.facts.problem = None;
    let mut reply = desk.reply_to(&visitor, is_new);
    reply.bad_fields = bad_fields;
    let mut answer = reply.page(&turn, &Step::SignIn, StatusCode::UNPROCESSABLE_ENTITY);
    note_outcome(&mut answer, outcome::BAD_INPUT);
    Ok(answer)
}

/// For a page that was left open too long: the name is kept, the password never (SEC-105).
pub(super) async fn stale(
    desk: &Desk,
    known: Known,
    return_to: Option<String>,
    typed: Typed<'_>,
) -> Result<HttpResponse, WebError> {
    let Known { visitor, is_new } = known;
    let is_bound = return_to.is_some();
    let ask = Ask {
        return_to,
        ..Ask::default()
    };
    let mut turn = desk.flow.open(&visitor, ask).await?;
    let Typed { username, remember } = typed;
    turn.attempt.facts.login = username.and_then(|name| Login::parse(name).ok());
    turn.attempt.facts.remember = remember;
    turn.attempt.facts.problem = Some(match username {
        Some(_) => Problem::OpenTooLong,
        None if is_bound => Problem::StartAgain,
        None => Problem::Forgotten,
    });
    let mut reply = desk.reply(&visitor);
    reply.is_new = is_new;
    let mut answer = reply.page(&turn, &Step::SignIn, StatusCode::FORBIDDEN);
    note_outcome(&mut answer, outcome::OLD_PAGE);
    Ok(answer)
}
