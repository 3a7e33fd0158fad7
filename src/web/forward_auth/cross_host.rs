//! `/.portico/…` at hosts of the portal that our session cookie does not reach: a browser starts here to fetch its
//! ticket, and returns here with it. The proxy there forwards these paths to us, with the browser's own `Host`.

use actix_web::http::header::{HOST, LOCATION};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;

use super::verify::wanted_assurance::wanted_query;
use crate::flow::Flow;
use crate::portal::Authority;
use crate::web::error::WebError;
use crate::web::outcome::note_outcome;
use crate::web::resource::resource;
use crate::web::site::Site;

/// Prefix of our paths at those hosts.
pub const PREFIX: &str = "/.portico";

#[derive(Debug, Deserialize)]
struct StartQuery {
    /// The return state, sealed by forward-auth.
    to: String,
    acr_values: Option<String>,
    max_age: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct EnterQuery {
    ticket: String,
}

/// Mounts the paths, below the prefix.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.service(resource("/start", "GET").get(start))
        .service(resource("/enter", "GET").get(enter))
        .default_service(web::to(crate::web::pages::not_found::page));
}

/// Gives the browser a hand-off nonce at this host, and redirects it to the form.
async fn start(
    query: web::Query<StartQuery>,
    req: HttpRequest,
    site: Data<Site>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    let host = host(&req, &site, &flow)?;
    let query = query.into_inner();
    let form = site.address("/sign-in");
    let state = flow
        .open_return_state(&query.to)
        .filter(|state| state.target.host_and_port() == host);
    let Some(state) = state else {
        return Ok(to(&form));
    };
    let nonce = site.cookies.hand_off_nonce_of(req.headers());
    let nonce = nonce.unwrap_or_else(|| flow.new_hand_off_nonce());
    let note = flow.with_hand_off_nonce(&state, &nonce);
    let wanted = wanted_query(query.acr_values.as_deref(), query.max_age);
    let mut answer = to(&format!("{form}?to={note}{wanted}"));
    // OK to ignore: a cookie name and a random value are always valid header text.
    let _ = answer.add_cookie(&site.cookies.hand_off_nonce(&nonce));
    Ok(answer)
}

/// Redeems the ticket, and redirects to the destination.
async fn enter(
    query: web::Query<EnterQuery>,
    req: HttpRequest,
    site: Data<Site>,
    flow: Data<Flow>,
) -> Result<HttpResponse, WebError> {
    let host = host(&req, &site, &flow)?;
    let nonce = site.cookies.hand_off_nonce_of(req.headers()).unwrap_or_default();
    let handed_over = flow.take_ticket(&host, &query.ticket, &nonce).await?;
    let Some(handed_over) = handed_over else {
        // The ticket is used, expired, or another browser's: the form issues a fresh one.
        let mut answer = to(&site.address("/sign-in"));
        note_outcome(&mut answer, "ticket_refused");
        return Ok(answer);
    };
    let mut answer = to(handed_over.target.as_str());
    for cookie in [
        site.cookies.host_cookie(&handed_over.host_cookie),
        site.cookies.clears_hand_off_nonce(),
    ] {
        // OK to ignore, as before.
        let _ = answer.add_cookie(&cookie);
    }
    note_outcome(&mut answer, "handed_over");
    Ok(answer)
}

/// The requested host, if sessions reach it by ticket.
fn host(req: &HttpRequest, site: &Site, flow: &Flow) -> Result<String, WebError> {
    let host = req.headers().get(HOST).and_then(|host| host.to_str().ok());
    let authority = host.and_then(|host| Authority::parse(site.scheme(), host));
    authority
        .filter(|authority| flow.is_cross_host(authority))
        .map(|authority| authority.name().into_owned())
        .ok_or(WebError::NotFound)
}

fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}
