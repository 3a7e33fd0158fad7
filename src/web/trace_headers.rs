//! The headers of a trace, as actix reads them.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::trace::{RemoteParent, TRACEPARENT, TRACESTATE};

const PARENT: HeaderName = HeaderName::from_static(TRACEPARENT);
const STATE: HeaderName = HeaderName::from_static(TRACESTATE);

/// The span of whoever sent these headers. Only the operator's proxies are believed: anybody else could choose the ids
/// in our log, and have every request recorded.
pub(super) fn remote_parent(headers: &HeaderMap) -> Option<RemoteParent> {
    let parents = headers.get_all(PARENT).map(HeaderValue::as_bytes);
    let states = headers.get_all(STATE).map(HeaderValue::as_bytes);
    RemoteParent::read(parents, states)
}
