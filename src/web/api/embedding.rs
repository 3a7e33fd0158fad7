//! Pages are never shown inside another page (SEC-319).
//!
//! With `frame-ancestors` and `X-Frame-Options` the browser discards what it was sent. Here nothing is sent: the
//! browser says what the answer is for, in a header that no page can set.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use super::assets;
use crate::web::outcome::note_outcome;
use crate::web::site::Site;

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// The `Sec-Fetch-Dest` of an answer that is shown inside another page.
const INSIDE: [&str; 5] = ["iframe", "frame", "object", "embed", "fencedframe"];

/// Middleware: 403 for an answer that would be shown inside another page, whatever the method. Assets show nothing by
/// themselves. Forward-auth sends no frame here: it answers frames of the portal with 401, not a redirect.
pub async fn refuse(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_a_file = req
        .path()
        .strip_prefix(site.base())
        .is_some_and(|path| path.starts_with(assets::PREFIX));
    if is_a_file || !is_inside(req.headers()) {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    let mut answer = HttpResponse::Forbidden().finish();
    note_outcome(&mut answer, "framed");
    Ok(req.into_response(answer))
}

/// Whether the browser names one of these; of several headers each counts.
fn is_inside(headers: &HeaderMap) -> bool {
    headers.get_all(SEC_FETCH_DEST).any(|dest| {
        INSIDE
            .iter()
            .any(|inside| dest.as_bytes().eq_ignore_ascii_case(inside.as_bytes()))
    })
}
