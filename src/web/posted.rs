//! A form, read within a deadline, and not before it was measured.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::{Bytes, Query};
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::WebError;
use crate::domain::session::after;
use crate::flow::Flow;

/// How long a browser may take to send a form of a few hundred bytes (SEC-308).
const DEADLINE: Duration = Duration::from_secs(10);

/// Most fields of a form (SEC-307); ours have six at most.
const MOST_FIELDS: usize = 20;

const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The fields of a form. A body that dribbles in is given up.
#[derive(Debug)]
pub(super) struct Posted<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
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

/// A body, within the deadline and the limit on its size that is set where the page is mounted.
pub(super) fn body(
    req: &HttpRequest,
    payload: &mut Payload,
) -> LocalBoxFuture<'static, Result<Bytes, WebError>> {
    let body = Bytes::from_request(req, payload);
    let flow = req.app_data::<web::Data<Flow>>().cloned();
    Box::pin(async move {
        let flow = flow.ok_or(WebError::Wiring("Flow"))?;
        tokio::select! {
            body = body => body.map_err(|error| unread(&error)),
            () = flow.clock().sleep_until(after(flow.now(), DEADLINE)) => Err(WebError::TooSlow),
        }
    })
}

fn fields<T: DeserializeOwned>(body: &[u8]) -> Result<T, WebError> {
    let body = std::str::from_utf8(body).map_err(|_| WebError::Unreadable)?;
    if body.split('&').filter(|field| !field.is_empty()).count() > MOST_FIELDS {
        return Err(WebError::TooLarge);
    }
    // A form is written as a query is. The parse error is dropped: it would show our insides.
    let fields = Query::<T>::from_query(body).map_err(|_| WebError::Unreadable)?;
    Ok(fields.into_inner())
}

fn unread(error: &Error) -> WebError {
    match error.as_error() {
        Some(PayloadError::Overflow | PayloadError::UnknownLength) => WebError::TooLarge,
        _ => WebError::Unreadable,
    }
}
