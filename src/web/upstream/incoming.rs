//! The portal's answer as the browser gets it.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::StreamExt as _;
use hyper::Version;
use hyper::body::{Body as _, Incoming};
use hyper::http::header::{self, HeaderMap};
use hyper::http::response::Parts;

use super::body::download;
use super::names;
use crate::web::cookies;

/// The answer with its body, which ends early when `ends` does.
pub(super) fn answer(
    head: &Parts,
    body: Incoming,
    is_to_head: bool,
    ends: Option<impl Future<Output = ()> + 'static>,
) -> HttpResponse {
    let mut answer = begun(head);
    if matches!(head.status.as_u16(), 204 | 304) {
        return answer.finish();
    }
    // As long as the body is, whatever the head says of it. An answer to HEAD has none to ask.
    let length = if is_to_head {
        told_length(&head.headers)
    } else {
        body.size_hint().exact()
    };
    match (ends, length) {
        (Some(ends), _) => answer.streaming(download(body).take_until(ends)),
        // Not chunked, so that a browser can tell how much is still to come.
        (None, Some(length)) => answer.body(SizedStream::new(length, download(body))),
        (None, None) => answer.streaming(download(body)),
    }
}

/// Whether nobody can be in doubt where an answer ends, and so where the next one begins. HTTP/1.0 has no pieces: once a portal has
/// spoken it, the library sends the bodies of later requests on that connection without their lengths, or not at all.
pub(super) fn is_clear(head: &Parts) -> bool {
    let lengths = head.headers.get_all(header::CONTENT_LENGTH).iter().count();
    let codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    head.version == Version::HTTP_11 && lengths + codings.count() <= 1
}

/// Whether the portal goes on as a WebSocket, and as nothing else.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut offers = headers.get_all(header::UPGRADE).iter();
    let is_one = |offer: &header::HeaderValue| offer.as_bytes().eq_ignore_ascii_case(b"websocket");
    offers.next().is_some_and(is_one) && offers.next().is_none()
}

fn told_length(headers: &HeaderMap) -> Option<u64> {
    if headers.contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let length = lengths.next()?.to_str().ok()?.parse().ok()?;
    lengths.next().is_none().then_some(length)
}

/// Status and headers.
pub(super) fn begun(head: &Parts) -> HttpResponseBuilder {
    // Both libraries take the same numbers.
    let status = StatusCode::from_u16(head.status.as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = HttpResponse::build(status);
    for (name, value) in passed_on(&head.headers) {
        answer.append_header((name, value));
    }
    answer
}

/// Whether the portal keeps the answer open to say more when there is more.
pub(super) fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}

fn passed_on(headers: &HeaderMap) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let connection = headers.get_all(header::CONNECTION).iter();
    let listed = names::listed(connection.map(header::HeaderValue::as_bytes));
    headers.iter().filter_map(move |(name, value)| {
        let text = name.as_str();
        let stays = names::is_of_one_hop(text)
            || listed.iter().any(|listed| listed == text)
            // Said anew, by how the body goes on.
            || *name == header::CONTENT_LENGTH
            // Nobody but us begins or ends a session of ours.
            || (*name == header::SET_COOKIE && cookies::is_ours(value.as_bytes()));
        if stays {
            return None;
        }
        let name = HeaderName::from_bytes(text.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    })
}
