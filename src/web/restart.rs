//! `/sign-in/restart`: "not you? start again", with the destination kept.

use actix_web::HttpResponse;

use super::access_log::note_outcome;
use super::desk::{Admitted, Desk, Filled, Tokens};
use super::error::WebError;
use super::outcome;
use super::posted::Posted;
use crate::domain::step::Step;

/// Forgets who was signing in.
pub(super) async fn submit(Posted(form): Posted<Tokens>, desk: Desk) -> Result<HttpResponse, WebError> {
    let Admitted { visitor, place, is_new } = match desk.admit(&form, None, Filled::default()).await? {
        Ok(admitted) => admitted,
        Err(fresh) => return Ok(fresh),
    };
    let turn = desk.flow.restart(&visitor, Some(&place.tab)).await?;
    let mut answer = desk.reply_to(&visitor, is_new).to_step(&turn, &Step::SignIn, "");
    note_outcome(&mut answer, outcome::RESTARTED);
    Ok(answer)
}
