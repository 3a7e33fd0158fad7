//! `/account`: who is signed in, how and since when.

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use portico_views::{self as views, AccountPage, Moment, Person, paths};

use super::desk::Desk;
use super::error::WebError;
use super::frame::Frame;
use super::site::Site;
use super::steps::shown;
use crate::domain::session::{Session, until};

/// Shows the session; whoever has none is led to the form and back.
pub(super) async fn show(desk: Desk) -> Result<HttpResponse, WebError> {
    let (site, flow) = (&desk.site, &desk.flow);
    let Some(id) = &desk.guest.session else {
        return Ok(to_sign_in(site));
    };
    let Some(session) = flow.use_session(id).await? else {
        return Ok(to_sign_in(site));
    };
    let frame = Frame::of_session(
        site,
        &desk.guest,
        flow.door().session_token(id),
        session.identity.login.clone(),
    );
    let factors: Vec<views::Factor> = session.factors.iter().copied().map(shown).collect();
    let now = flow.now();
    let (since, ends) = (session.started.to_string(), session.expires.to_string());
    let markup = views::account(&AccountPage {
        chrome: &frame.chrome(),
        person: Person {
            name: &session.identity.name,
            login: &session.identity.login,
        },
        factors: &factors,
        since: Moment {
            iso: &since,
            seconds: until(session.started, now).as_secs(),
        },
        ends: Moment {
            iso: &ends,
            seconds: until(now, session.expires).as_secs(),
        },
        idle_seconds: flow.settings().lifetimes.idle.as_secs(),
        portal_url: site.brand.home.as_deref(),
        others: None,
        notice: None,
    });
    Ok(HttpResponse::Ok()
        .insert_header(ContentType::html())
        .body(markup.into_string()))
}

fn to_sign_in(site: &Site) -> HttpResponse {
    let address = format!(
        "{}?return_to={}",
        site.path(paths::SIGN_IN),
        site.path(paths::ACCOUNT)
    );
    HttpResponse::SeeOther()
        .insert_header((actix_web::http::header::LOCATION, address))
        .finish()
}

/// The session of this browser and what its forms carry; `None` without one.
pub(super) async fn signed_in(desk: &Desk) -> Result<Option<(Session, String)>, WebError> {
    let Some(id) = &desk.guest.session else {
        return Ok(None);
    };
    let session = desk.flow.session(id).await?;
    Ok(session.map(|session| (session, desk.flow.door().session_token(id))))
}
