//! Failures as JSON, at the addresses that scripts and servers use.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, HttpResponseBuilder, web};
use portico_views::paths;
use serde_json::json;

use crate::panics::caught;
use crate::web::middleware::panic_answer;
use crate::web::site::Site;

/// The addresses at which every failure is JSON, below the base path.
const ADDRESSES: [&str; 2] = [paths::SESSION, paths::SESSION_EXTEND];

/// Middleware: at these addresses an answer of 400 or more without a body of its own gets one that names the status,
/// `{"error":"service_unavailable"}`. Its headers stay. Belongs outside whatever refuses a request unread.
pub async fn write(
    site: web::Data<Site>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let path = req.path().strip_prefix(site.base());
    if !path.is_some_and(|path| ADDRESSES.contains(&path)) {
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    let answered = caught(async { next.call(req).await });
    let answered = answered.await.unwrap_or_else(|_| {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Err(panic_answer::json(body(status)))
    });
    let answer = answered?.map_into_boxed_body();
    let status = answer.status();
    let is_failure = status.is_client_error() || status.is_server_error();
    if !is_failure || answer.headers().contains_key(CONTENT_TYPE) {
        return Ok(answer);
    }
    let mut answer = answer.map_body(|_, _| BoxBody::new(body(status)));
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    Ok(answer)
}

/// A failure with a text of its own, for the operator.
pub(in crate::web) fn message(mut answer: HttpResponseBuilder, text: &'static str) -> HttpResponse {
    answer.json(json!({ "error": text }))
}

fn body(status: StatusCode) -> String {
    json!({ "error": name(status) }).to_string()
}

fn name(status: StatusCode) -> String {
    let reason = status.canonical_reason().unwrap_or("failure");
    reason.to_lowercase().replace(' ', "_")
}
