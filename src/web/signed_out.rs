//! `/signed-out`: what happened, and the way back in.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use portico_views::{self as views, Revocation, SignedOutPage};
use serde::Deserialize;

use super::error::WebError;
use super::frame::Frame;
use super::guest::Guest;
use super::site::Site;

/// What became of the tokens: `ended`, `later`, or nothing.
#[derive(Debug, Deserialize)]
pub(super) struct SignedOutQuery {
    okta: Option<String>,
}

/// Shows it.
pub(super) async fn show(
    query: web::Query<SignedOutQuery>,
    guest: Guest,
    site: web::Data<Site>,
) -> Result<HttpResponse, WebError> {
    let frame = Frame::plain(&site, &guest.request_id, guest.words);
    let revocation = match query.okta.as_deref() {
        Some("ended") => Revocation::Done,
        Some("later") => Revocation::Pending,
        _ => Revocation::Nothing,
    };
    let markup = views::signed_out(&SignedOutPage {
        chrome: &frame.chrome(),
        revocation,
        is_okta_session_ended: false,
        others: None,
        sign_in_url: None,
    });
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body(markup.into_string()))
}
