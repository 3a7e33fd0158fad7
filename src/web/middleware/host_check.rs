//! Refuses requests for another host (SEC-310), and requests that are too large (SEC-307).

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HOST;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use super::head_size::{LONGEST_ADDRESS, is_head_too_large};
use crate::web::site::Site;

/// Middleware: 414 or 431 for a request that is too large, 421 unless `Host` is that of the public URL.
pub async fn check(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some(status) = too_large(&req) {
        return Ok(req.into_response(HttpResponse::new(status)));
    }
    let is_ours = req
        .headers()
        .get(HOST)
        .is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(site.authority.as_bytes()));
    if is_ours {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    Ok(req.into_response(HttpResponse::MisdirectedRequest().finish()))
}

fn too_large(req: &ServiceRequest) -> Option<StatusCode> {
    let address = req.uri().path_and_query().map_or(0, |address| address.as_str().len());
    if address > LONGEST_ADDRESS {
        return Some(StatusCode::URI_TOO_LONG);
    }
    is_head_too_large(req.headers()).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}
