//! The id of a request, by which a customer's report is found again (SEC-505).

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};

use crate::telemetry::support_code::SupportCode;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request, in its extensions; the same on the answer, in every line and on error pages, where customers
/// know it as their support code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId(String);

impl RequestId {
    /// The id as text, fit for a header, a page and a log.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of this request; empty where the middleware did not run.
    pub(super) fn of(req: &HttpRequest) -> Self {
        let known = req.extensions().get::<Self>().cloned();
        known.unwrap_or_else(|| Self(String::new()))
    }

    /// A new id. It is no secret, so it is taken from the keys of the standard library's hash maps, which the system's
    /// generator gives each thread once. That saves every request a system call.
    pub(super) fn new() -> Self {
        let random = RandomState::new().build_hasher().finish();
        Self(SupportCode::of(random).to_string())
    }
}

/// The id that a trusted proxy gave the request, if it is harmless. It stands in the log beside ours, which alone is
/// known to be written in one way and to belong to one request.
pub(super) fn proxy_request_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_plain && (1..=64).contains(&text.len())).then(|| text.to_owned())
}
