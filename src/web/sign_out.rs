//! `/sign-out`: asks, then does.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ContentType, LOCATION};
use portico_views::{self as views, SignOutPage, paths};

use super::access_log::note_outcome;
use super::account::{SignedIn, signed_in};
use super::desk::{Desk, Tokens};
use super::error::WebError;
use super::frame::Frame;
use super::outcome;
use super::posted::Posted;
use crate::flow::{AtOkta, Flow};

/// Wipes what this origin left in the browser. Not `"cookies"`: that would reach every host of the company's domain.
const CLEAR: (&str, &str) = ("Clear-Site-Data", "\"cache\", \"storage\"");

/// Asks. A GET ends nothing.
pub(super) async fn show(desk: Desk) -> Result<HttpResponse, WebError> {
    ask(&desk, StatusCode::OK).await
}

/// Ends the session here, then its tokens at Okta, and tells the truth about both on the next page.
pub(super) async fn submit(
    Posted(form): Posted<Tokens>,
    desk: Desk,
) -> Result<HttpResponse, WebError> {
    desk.same_origin()?;
    let Some(id) = desk.guest.session.clone() else {
        return Ok(signed_out(&desk, ""));
    };
    if !desk.flow.door().is_session_token(&id, &form.csrf) {
        return ask(&desk, StatusCode::FORBIDDEN).await;
    }
    let visitor = desk.guest.visitor(desk.flow.door().new_visit());
    let ended = desk
        .to_the_end(|flow| async move { flow.sign_out(visitor, id).await })
        .await?;
    let at_okta = match ended.at_okta {
        AtOkta::Revoked => "&okta=ended".to_owned(),
        AtOkta::Owed => format!("&at={}&okta=later", desk.flow.now().as_second()),
        AtOkta::Nothing => String::new(),
    };
    let mut answer = signed_out(&desk, &at_okta);
    note_outcome(&mut answer, outcome::SIGNED_OUT);
    Ok(answer)
}

async fn ask(desk: &Desk, status: StatusCode) -> Result<HttpResponse, WebError> {
    let site = &desk.site;
    let Some(SignedIn { id, live }) = signed_in(desk).await? else {
        return Ok(signed_out(desk, ""));
    };
    let csrf = desk.flow.door().session_token(&id);
    let login = live.session.identity.login().to_owned();
    let frame = Frame::of_session(site, &desk.guest, csrf, login);
    let others = desk.flow.other_sessions(&id, &live).await?.len();
    let account = site.path(paths::ACCOUNT);
    let markup = views::sign_out(&SignOutPage {
        chrome: &frame.chrome(),
        stay_url: site.brand.home.as_deref().unwrap_or(&account),
        others: u32::try_from(others).unwrap_or(u32::MAX),
        has_okta_session: false,
    });
    Ok(HttpResponse::build(status)
        .insert_header(ContentType::html())
        .body(markup.into_string()))
}

/// To the page that tells how the session of this browser ended; the browser forgets it.
fn signed_out(desk: &Desk, at_okta: &str) -> HttpResponse {
    let page = desk.site.path(paths::SIGNED_OUT);
    let address = match &desk.guest.session {
        Some(id) => format!("{page}?session={}{at_okta}", Flow::reference(id)),
        None => page,
    };
    HttpResponse::SeeOther()
        .insert_header((LOCATION, address))
        .insert_header(CLEAR)
        .cookie(desk.site.cookies.no_session())
        .finish()
}
