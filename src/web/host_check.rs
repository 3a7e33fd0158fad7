//! Requests for another host get no page of ours (SEC-310).

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HOST;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};

use super::site::Site;

/// Middleware: 421 unless `Host` is that of the public address.
pub async fn check(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_ours = req.headers().get(HOST).is_some_and(|host| {
        host.as_bytes()
            .eq_ignore_ascii_case(site.authority.as_bytes())
    });
    if is_ours {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    Ok(req.into_response(HttpResponse::MisdirectedRequest().finish()))
}
