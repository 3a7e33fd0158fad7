//! Answers to requests that do not get to the portal, or get no answer from it.

use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use portico_views::{self as views, Trouble, TroublePage};
use serde_json::json;

use crate::web::forward_auth::verify::Refused;
use crate::web::middleware::headers::SecurityHeaders;
use crate::web::outcome::note_outcome;
use crate::web::pages::frame::Frame;
use crate::web::request_facts::words;
use crate::web::request_id::RequestId;
use crate::web::site::Site;

/// `Retry-After`, in seconds.
const RETRY_S: u16 = 5;

/// Why there is no answer from the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The portal does not accept the connection.
    Unreachable,
    /// The connection broke off.
    Broken,
    /// The portal took too long.
    Late,
    /// The browser took too long to send what it announced.
    Stalled,
    /// The browser's body ended before it was whole, or is malformed.
    BrokenOff,
    /// Too many others are sending to the portal.
    Full,
    /// The portal's address is our own.
    Loop,
    /// `CONNECT` or `TRACE`, which would show the portal, or this browser, more than it asked for.
    Method,
    /// The request is ambiguous about its body or an upgrade.
    Ambiguous,
    /// A bug of ours.
    Ours,
}

impl NoAnswer {
    pub(super) const ALL: [Self; 10] = [
        Self::Unreachable,
        Self::Broken,
        Self::Late,
        Self::Stalled,
        Self::BrokenOff,
        Self::Full,
        Self::Loop,
        Self::Method,
        Self::Ambiguous,
        Self::Ours,
    ];

    /// The name in answers, logs and metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unreachable => "portal_unreachable",
            Self::Broken => "portal_broke_off",
            Self::Late => "portal_timed_out",
            Self::Stalled => "request_timed_out",
            Self::BrokenOff => "request_broke_off",
            Self::Full => "too_many_uploads",
            Self::Loop => "portal_is_portico",
            Self::Method => "method_not_allowed",
            Self::Ambiguous => "ambiguous_request",
            Self::Ours => "internal_server_error",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Unreachable | Self::Broken => StatusCode::BAD_GATEWAY,
            Self::Late => StatusCode::GATEWAY_TIMEOUT,
            Self::Stalled => StatusCode::REQUEST_TIMEOUT,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::BrokenOff | Self::Ambiguous => StatusCode::BAD_REQUEST,
            Self::Ours => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// The answer when the portal has not answered.
pub(super) fn no_answer(req: &HttpRequest, why: NoAnswer, is_page: bool) -> HttpResponse {
    let mut answer = HttpResponse::new(why.status());
    if matches!(
        why,
        NoAnswer::Unreachable | NoAnswer::Broken | NoAnswer::Late | NoAnswer::Full
    ) {
        answer.headers_mut().insert(RETRY_AFTER, RETRY_S.into());
    }
    if why == NoAnswer::Ambiguous {
        // It is not known where the next request would begin.
        let head = answer.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    note_outcome(&mut answer, why.name());
    if is_page {
        let trouble = match why {
            NoAnswer::Method | NoAnswer::Stalled | NoAnswer::BrokenOff | NoAnswer::Ambiguous => Trouble::Unreadable,
            NoAnswer::Unreachable | NoAnswer::Broken | NoAnswer::Late | NoAnswer::Loop => Trouble::PortalAway,
            NoAnswer::Full => Trouble::NotAnswering {
                retry_seconds: Some(RETRY_S.into()),
            },
            NoAnswer::Ours => Trouble::Fault,
        };
        return drawn(req, answer, trouble);
    }
    let mut answer = answer
        .set_body(json!({ "error": why.name() }).to_string())
        .map_into_boxed_body();
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    secured(req, answer)
}

/// The answer to a request that the gate refuses: for a program what it understands, for a page a page of ours.
pub(super) fn refusal(req: &HttpRequest, refused: Refused) -> HttpResponse {
    let Refused { answer, is_page } = refused;
    let trouble = match answer.status() {
        StatusCode::FORBIDDEN => Trouble::NoAccess,
        StatusCode::SERVICE_UNAVAILABLE => Trouble::NotAnswering {
            retry_seconds: Some(RETRY_S.into()),
        },
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Trouble::TooManyCookies,
        StatusCode::BAD_REQUEST => Trouble::Unreadable,
        _ => return answer,
    };
    if is_page { drawn(req, answer, trouble) } else { answer }
}

fn drawn(req: &HttpRequest, answer: HttpResponse, trouble: Trouble) -> HttpResponse {
    let Some(site) = req.app_data::<web::Data<Site>>() else {
        return answer;
    };
    let request_id = RequestId::of(req);
    let frame = Frame::plain(site, request_id.as_str(), words(req));
    let again = req.uri().path_and_query().map(PathAndQuery::as_str);
    let markup = views::trouble(&TroublePage {
        chrome: &frame.chrome(),
        trouble,
        destination: None,
        // What was posted would not be posted again.
        retry_url: again.filter(|_| req.method().is_safe()),
        is_hosted_offered: false,
    });
    let mut answer = answer.set_body(markup.into_string()).map_into_boxed_body();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, html);
    secured(req, answer)
}

fn secured(req: &HttpRequest, mut answer: HttpResponse) -> HttpResponse {
    if let Some(headers) = req.app_data::<web::Data<SecurityHeaders>>() {
        headers.apply(answer.headers_mut());
    }
    answer
}
