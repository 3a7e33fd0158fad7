//! The CSRF token of a request that may come from a form or from a script.

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderName};
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::posted_form::PostedForm;
use crate::web::admission::FormTokens;
use crate::web::error::WebError;

const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header `X-CSRF-Token`, else the field `csrf`; empty if both are missing.
#[derive(Debug)]
pub(in crate::web) struct FormToken(pub(in crate::web) String);

impl FromRequest for FormToken {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if let Some(token) = req.headers().get(X_CSRF_TOKEN) {
            let token = token.to_str().unwrap_or_default().to_owned();
            return std::future::ready(Ok(Self(token))).boxed_local();
        }
        if !req.headers().contains_key(CONTENT_TYPE) {
            return std::future::ready(Ok(Self(String::new()))).boxed_local();
        }
        let posted = PostedForm::<FormTokens>::from_request(req, payload);
        posted
            .map(|posted| posted.map(|PostedForm(tokens)| Self(tokens.csrf)))
            .boxed_local()
    }
}
