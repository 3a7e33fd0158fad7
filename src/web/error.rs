//! Failures that belong to no page, and their statuses. `error_pages` draws them.

use std::error::Error as StdError;

use actix_web::body::BoxBody;
use actix_web::error::QueryPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use maud::Markup;
use thiserror::Error;

use super::outcome;
use super::outcome::note_outcome;
use crate::flow::FlowError;

/// `Retry-After` when the store fails, in seconds.
const RETRY_S: u16 = 5;

/// The only error type of the handlers.
#[derive(Debug, Error)]
pub(super) enum WebError {
    /// The store or something else under `flow` failed.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// A page of another origin posted here.
    #[error("a post from another origin was refused")]
    CrossSite(#[source] super::middleware::origin_check::CrossSite),
    /// A form that cannot be read.
    #[error("the form could not be read")]
    Unreadable,
    /// A form of the wrong media type.
    #[error("the form has the wrong media type")]
    MediaType,
    /// A form that is too large.
    #[error("the form is too large")]
    TooLarge,
    /// A form that did not arrive in time.
    #[error("the form did not arrive in time")]
    TooSlow,
    /// There is no page at this address.
    #[error("there is nothing at this address")]
    NotFound,
    /// A task panicked or was cancelled.
    #[error("a task panicked")]
    Broken(#[source] tokio::task::JoinError),
    /// `startup` did not register this data.
    #[error("{0} is missing from the application")]
    Wiring(&'static str),
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Flow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::CrossSite(_) => StatusCode::FORBIDDEN,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Broken(_) | Self::Wiring(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Logged here, once, because this is where a failure ends.
    fn error_response(&self) -> HttpResponse {
        match self {
            // Logged already: a full disk fails every request; the access log has them.
            Self::Flow(error) if error.is_logged() => {}
            // The panic was logged where it happened.
            Self::Broken(broken) if broken.is_panic() => {}
            // Without its cause: that would quote a panic, which may quote what a customer typed.
            Self::Broken(_) => tracing::error!(error = %self, "a request failed"),
            Self::Flow(_) | Self::Wiring(_) => {
                tracing::error!(error = self as &dyn StdError, "a request failed");
            }
            Self::CrossSite(reason) => {
                tracing::warn!(%reason, event = "malicious_csrf", "a post was refused");
            }
            Self::Unreadable | Self::MediaType | Self::TooLarge | Self::TooSlow | Self::NotFound => {}
        }
        let mut answer = HttpResponse::new(self.status_code());
        if let Some(outcome) = self.outcome() {
            note_outcome(&mut answer, outcome);
        }
        if matches!(self, Self::TooSlow) {
            // The rest of the body would be taken for the next request.
            answer
                .head_mut()
                .set_connection_type(actix_web::http::ConnectionType::Close);
        }
        if matches!(self, Self::Flow(_)) {
            answer.headers_mut().insert(RETRY_AFTER, RETRY_S.into());
        }
        answer
    }
}

impl WebError {
    /// The answer to a failure that has a page of its own.
    pub(super) fn drawn_as(&self, page: Markup) -> HttpResponse {
        let mut answer = self.error_response().set_body(BoxBody::new(page.into_string()));
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, html);
        answer
    }

    /// The outcome for the access log, where the status does not say it all.
    fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Flow(FlowError::Unaudited) => Some("audit_failed"),
            Self::Flow(_) => Some("store_failed"),
            Self::CrossSite(_) => Some("cross_site"),
            Self::Broken(broken) if broken.is_panic() => Some(outcome::PANIC),
            Self::Unreadable
            | Self::MediaType
            | Self::TooLarge
            | Self::TooSlow
            | Self::NotFound
            | Self::Broken(_)
            | Self::Wiring(_) => None,
        }
    }
}

/// The parse error is dropped: it would expose internals.
pub(super) fn bad_query(_: QueryPayloadError, _: &HttpRequest) -> actix_web::Error {
    WebError::Unreadable.into()
}
