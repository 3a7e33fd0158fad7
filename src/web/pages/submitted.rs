//! The POST handlers of the sign-in pages.

use actix_web::{Handler, HttpResponse};
use serde::de::DeserializeOwned;

use super::fresh_form;
use super::posted_form::PostedForm;
use crate::web::admission::PostError;
use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

/// Wraps a page's `submit` as a handler: if its form was stale, the customer gets a fresh one.
pub(in crate::web) fn submitted<T, S>(
    submit: S,
) -> impl Handler<(PostedForm<T>, RequestContext), Output = Result<HttpResponse, WebError>>
where
    T: DeserializeOwned + 'static,
    S: AsyncFn(PostedForm<T>, &RequestContext) -> Result<HttpResponse, PostError> + Clone + 'static,
{
    move |form, context: RequestContext| {
        let submit = submit.clone();
        async move {
            match submit(form, &context).await {
                Ok(answer) => Ok(answer),
                Err(PostError::Stale(stale)) => Ok(fresh_form::stale(&context, *stale)),
                Err(PostError::Failed(error)) => Err(error),
            }
        }
    }
}
