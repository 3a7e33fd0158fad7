//! Reads a form within a deadline, and only if its announced length is within the limit.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, Query};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::domain::session::after;
use crate::flow::Flow;
use crate::web::error::WebError;

/// Largest form, in bytes (SEC-307): it carries the destination twice, escaped twice and sealed.
pub(in crate::web) const FORM_LIMIT: usize = 48 * 1024;

/// How long a browser may take to send a form of a few hundred bytes (SEC-308).
const DEADLINE: Duration = Duration::from_secs(10);

/// The maximum number of form fields (SEC-307); ours have at most six.
const MOST_FIELDS: usize = 20;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The fields of a form. Reading a body that comes too slowly is abandoned.
#[derive(Debug)]
pub(in crate::web) struct PostedForm<T>(pub(in crate::web) T);

impl<T: DeserializeOwned + 'static> FromRequest for PostedForm<T> {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_form = req.content_type().eq_ignore_ascii_case(MEDIA_TYPE);
        let body = body(req, payload);
        Box::pin(async move {
            if !is_form {
                return Err(WebError::MediaType);
            }
            fields(&body.await?).map(Self)
        })
    }
}

/// The maximum size of a body; set where a page is mounted.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct BodyLimit(pub(in crate::web) usize);

/// Reads a body, within the deadline and its [`BodyLimit`].
pub(in crate::web) fn body(
    req: &HttpRequest,
    payload: &mut Payload,
) -> LocalBoxFuture<'static, Result<Bytes, WebError>> {
    let limit = req.app_data::<BodyLimit>().copied();
    let announced = req.headers().get(CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
    let payload = payload.take();
    let flow = req.app_data::<web::Data<Flow>>().cloned();
    Box::pin(async move {
        let flow = flow.ok_or(WebError::Wiring("Flow"))?;
        let BodyLimit(limit) = limit.ok_or(WebError::Wiring("BodyLimit"))?;
        if announced.is_some_and(|length: usize| length > limit) {
            return Err(WebError::TooLarge);
        }
        tokio::select! {
            body = whole(payload, limit) => body,
            () = flow.clock().sleep_until(after(flow.now(), DEADLINE)) => Err(WebError::TooSlow),
        }
    })
}

/// A form usually comes in one piece, which is used as it is: actix's own reader begins with a buffer of 8 KiB, which
/// the allocator of the image requests from the kernel each time and returns.
async fn whole(mut payload: Payload, limit: usize) -> Result<Bytes, WebError> {
    let mut whole = Bytes::new();
    while let Some(piece) = payload.next().await {
        let piece = piece.map_err(|_| WebError::Unreadable)?;
        if whole.len() + piece.len() > limit {
            return Err(WebError::TooLarge);
        }
        whole = if whole.is_empty() {
            piece
        } else {
            [whole, piece].concat().into()
        };
    }
    Ok(whole)
}

pub(in crate::web) fn fields<T: DeserializeOwned>(body: &[u8]) -> Result<T, WebError> {
    let body = std::str::from_utf8(body).map_err(|_| WebError::Unreadable)?;
    if body.split('&').filter(|field| !field.is_empty()).count() > MOST_FIELDS {
        return Err(WebError::TooLarge);
    }
    // A form is encoded like a query. The parse error is dropped: it would expose internals.
    let fields = Query::<T>::from_query(body).map_err(|_| WebError::Unreadable)?;
    Ok(fields.into_inner())
}
