//! Paths without a page, and methods that a page does not have.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;

use crate::web::error::WebError;

/// There is no page here.
pub(in crate::web) async fn page() -> Result<HttpResponse, WebError> {
    Err(WebError::NotFound)
}

/// There is a page here, but not for this method.
pub(in crate::web) fn method(allowed: &'static str) -> HttpResponse {
    HttpResponse::build(StatusCode::METHOD_NOT_ALLOWED)
        .insert_header((ALLOW, allowed))
        .finish()
}
