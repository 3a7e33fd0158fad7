//! The answer when a handler panicked (SEC-418). The request is lost with it, so the answer keeps what it needs
//! beforehand.

use std::fmt;

use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderValue};
use actix_web::web::Data;
use actix_web::{Error, HttpResponse, ResponseError};

use super::headers::SecurityHeaders;
use crate::web::pages::error_pages;
use crate::web::request_facts::words;
use crate::web::request_id::RequestId;
use crate::web::site::Site;

/// The parts of a request that the error page needs.
#[derive(Debug)]
pub(in crate::web) struct ErrorPageParts {
    site: Option<Data<Site>>,
    headers: Option<Data<SecurityHeaders>>,
    language: Option<HeaderValue>,
}

impl ErrorPageParts {
    pub(in crate::web) fn of(req: &ServiceRequest) -> Self {
        Self {
            site: req.app_data().cloned(),
            headers: req.app_data().cloned(),
            language: req.headers().get(ACCEPT_LANGUAGE).cloned(),
        }
    }

    /// The error page, as an error.
    pub(in crate::web) fn page(self, id: &RequestId) -> Error {
        let mut asked = Request::new();
        if let Some(language) = self.language {
            asked.headers_mut().insert(ACCEPT_LANGUAGE, language);
        }
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        let drawn = self
            .site
            .map(|site| error_pages::drawn(&site, id, words(&asked), status));
        Failure {
            kind: HeaderValue::from_static("text/html; charset=utf-8"),
            body: drawn.unwrap_or_default(),
            headers: self.headers,
        }
        .into()
    }
}

/// The answer to a script. The middleware around it adds the headers.
pub(in crate::web) fn json(body: String) -> Error {
    Failure {
        kind: HeaderValue::from_static("application/json"),
        body,
        headers: None,
    }
    .into()
}

/// The answer where nothing is known of the request.
pub(in crate::web) fn bare(headers: &SecurityHeaders) -> HttpResponse {
    let mut answer = HttpResponse::InternalServerError().body("internal server error\n");
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, text);
    headers.apply_to_bare(answer.headers_mut());
    answer
}

/// The failure with which middleware answers when it has lost the request.
pub(in crate::web) struct Failure {
    kind: HeaderValue,
    body: String,
    headers: Option<Data<SecurityHeaders>>,
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::INTERNAL_SERVER_ERROR
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = HttpResponse::new(self.status_code());
        answer.headers_mut().insert(CONTENT_TYPE, self.kind.clone());
        if let Some(headers) = &self.headers {
            headers.apply(answer.headers_mut());
        }
        answer.set_body(BoxBody::new(self.body.clone()))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Failure")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a handler panicked")
    }
}
