//! The page of every failure that no handler rendered, including the framework's own answers (SEC-304).

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, web};
use portico_views::copy::Words;
use portico_views::{self as views, Trouble, TroublePage};

use super::frame::Frame;
use crate::web::request_facts::words;
use crate::web::request_id::RequestId;
use crate::web::site::Site;

/// Middleware: an answer of 400 or more that is not a page yet is replaced by one.
pub async fn draw(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Handlers and extractors have turned their errors into answers by now; a remaining error is a middleware's own.
    let answer = next.call(req).await?.map_into_boxed_body();
    let is_drawn = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| {
        [&b"text/html"[..], b"application/json"]
            .iter()
            .any(|known| kind.as_bytes().starts_with(known))
    });
    let status = answer.status();
    if is_drawn || !(status.is_client_error() || status.is_server_error()) {
        return Ok(answer);
    }
    let Some(page) = page(answer.request(), status) else {
        return Ok(answer);
    };
    let mut answer = answer.map_body(|_, _| BoxBody::new(page));
    answer
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(answer)
}

fn page(req: &HttpRequest, status: StatusCode) -> Option<String> {
    let site = req.app_data::<web::Data<Site>>()?;
    Some(drawn(site, &RequestId::of(req), words(req), status))
}

/// The error page for a status.
pub(in crate::web) fn drawn(site: &Site, id: &RequestId, words: &'static Words, status: StatusCode) -> String {
    let frame = Frame::plain(site, id.as_str(), words);
    let markup = views::trouble(&TroublePage {
        chrome: &frame.chrome(),
        trouble: trouble(status),
        destination: None,
        retry_url: None,
        is_hosted_offered: false,
    });
    markup.into_string()
}

fn trouble(status: StatusCode) -> Trouble {
    match status {
        StatusCode::NOT_FOUND => Trouble::NotFound,
        StatusCode::FORBIDDEN => Trouble::Refused,
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Trouble::TooManyCookies,
        StatusCode::SERVICE_UNAVAILABLE => Trouble::NotAnswering { retry_seconds: None },
        status if status.is_client_error() => Trouble::Unreadable,
        _ => Trouble::Fault,
    }
}
