//! The id of a request, by which a customer's report is found again (SEC-505).

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request, in its extensions; the same on the answer, in every line and on error pages.
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

    /// A new id: 96 bits. It is no secret, so it is taken from the keys of the standard library's hash maps, which the
    /// system's generator gives each thread once. That saves every request a system call.
    pub(super) fn new() -> Self {
        let random = || RandomState::new().build_hasher().finish().to_be_bytes();
        let (head, [a, b, c, d, ..]) = (random(), random());
        let bytes = [head.as_slice(), &[a, b, c, d]].concat();
        Self(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The id that a trusted proxy gave, if there is one and it is harmless.
    pub(super) fn from_proxy(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(X_REQUEST_ID)?.to_str().ok()?;
        let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (is_plain && (1..=64).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}
