//! A form, read within a deadline.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::error::WebError;
use crate::domain::session::after;
use crate::flow::Flow;

/// How long a browser may take to send a form of a few hundred bytes (SEC-308).
const DEADLINE: Duration = Duration::from_secs(10);

/// The fields of a form. A body that dribbles in is given up.
#[derive(Debug)]
pub(super) struct Posted<T>(pub(super) T);

impl<T: DeserializeOwned + 'static> FromRequest for Posted<T> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let form = web::Form::<T>::from_request(req, payload);
        let flow = req.app_data::<web::Data<Flow>>().cloned();
        Box::pin(async move {
            let flow = flow.ok_or(WebError::Wiring("Flow"))?;
            tokio::select! {
                form = form => Ok(Self(form?.into_inner())),
                () = flow.clock().sleep_until(after(flow.now(), DEADLINE)) => Err(WebError::TooSlow.into()),
            }
        })
    }
}
