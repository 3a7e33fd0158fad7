//! The portal's answer as the browser gets it.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::StreamExt as _;
use hyper::Version;
use hyper::body::{Body as _, Incoming};
use hyper::http::header::{self, HeaderMap};
use hyper::http::response::Parts;

use super::body::download;
use super::names;
use crate::web::cookies;

/// The answer with its body, which ends early when `ends` completes.
pub(super) fn answer(
    head: &Parts,
    body: Incoming,
    is_to_head: bool,
    ends: Option<impl Future<Output = ()> + 'static>,
) -> HttpResponse {
    let mut begun = begun(head);
    if matches!(head.status.as_u16(), 204 | 304) {
        return begun.finish();
    }
    // The length of the body itself, whatever the head says. An answer to HEAD has no body.
    let length = if is_to_head {
        content_length(&head.headers)
    } else {
        body.size_hint().exact()
    };
    let mut answer = match (ends, length) {
        (Some(ends), _) => begun.streaming(download(body).take_until(ends)),
        // Not chunked, so that a browser can tell how much is still to come.
        (None, Some(length)) => begun.body(SizedStream::new(length, download(body))),
        (None, None) => begun.streaming(download(body)),
    };
    copy_head(&mut answer, head);
    answer
}

/// Removes the media type that the library adds where the portal names none: browsers find out (RFC 9110 §8.3).
pub(super) fn copy_head(answer: &mut HttpResponse, head: &Parts) {
    if !head.headers.contains_key(header::CONTENT_TYPE) {
        answer.headers_mut().remove(CONTENT_TYPE);
    }
}

/// Whether a body has another transfer coding than `chunked`. Our request names none (`TE`, RFC 9110 §10.1.4), and we
/// decode none.
pub(super) fn is_coded(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::TRANSFER_ENCODING).iter();
    let mut codings = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let is_known = |coding: &[u8]| {
        let coding = coding.trim_ascii();
        // A list may have empty elements (RFC 9110 §5.6.1).
        coding.is_empty() || coding.eq_ignore_ascii_case(b"chunked") || coding.eq_ignore_ascii_case(b"identity")
    };
    codings.any(|coding| !is_known(coding))
}

/// Whether there is no doubt where an answer ends, and so where the next one begins. HTTP/1.0 has no chunks: once a
/// portal has spoken it, the library sends the bodies of later requests on that connection without their lengths, or
/// not at all. And where a body is announced that never comes, as in answer to HEAD, a careless portal may send it all
/// the same, later than we can see.
pub(super) fn is_clear(head: &Parts, is_to_head: bool) -> bool {
    let lengths = head.headers.get_all(header::CONTENT_LENGTH).iter().count();
    let codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    let announced = lengths + codings.count();
    let is_empty = content_length(&head.headers) == Some(0);
    let has_no_body = is_to_head || matches!(head.status.as_u16(), 204 | 304);
    head.version == Version::HTTP_11 && announced <= 1 && (!has_no_body || announced == 0 || is_empty)
}

/// Whether the portal switches to a WebSocket, and to nothing else.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    let mut offers = headers.get_all(header::UPGRADE).iter();
    let is_one = |offer: &header::HeaderValue| offer.as_bytes().eq_ignore_ascii_case(b"websocket");
    offers.next().is_some_and(is_one) && offers.next().is_none()
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
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

/// Whether the portal keeps the answer open to send more events.
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
            // Set anew, by how the body is sent.
            || *name == header::CONTENT_LENGTH
            // The portal must not begin or end a session of ours.
            || (*name == header::SET_COOKIE && cookies::is_ours(value.as_bytes()));
        if stays {
            return None;
        }
        let name = HeaderName::from_bytes(text.as_bytes()).ok()?;
        Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    })
}
