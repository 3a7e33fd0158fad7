//! `/dev/panic`: handlers that panic with a given message. Debug builds only, to test what happens then.

#![expect(clippy::panic, reason = "it is what they are for")]

use actix_web::http::header::ContentType;
use actix_web::web::{self, Bytes, Query, ServiceConfig};
use actix_web::{HttpResponse, error};
use futures_util::stream;
use serde::Deserialize;

use crate::web::error::WebError;
use crate::web::request_context::RequestContext;

#[derive(Debug, Deserialize)]
struct BreakQuery {
    said: String,
}

pub(in crate::web) fn configure(cfg: &mut ServiceConfig) {
    cfg.route("/dev/panic", web::get().to(at_once))
        .route("/dev/panic", web::post().to(at_once))
        .route("/dev/panic/task", web::get().to(in_a_task))
        .route("/dev/panic/body", web::get().to(in_a_body));
}

/// Panics at once, without reading the body.
async fn at_once(query: Query<BreakQuery>) -> HttpResponse {
    panic!("{}", query.said)
}

/// Panics in a task, where operations run that must complete.
async fn in_a_task(query: Query<BreakQuery>, context: RequestContext) -> Result<HttpResponse, WebError> {
    let said = query.into_inner().said;
    context
        .to_the_end(|_| async move {
            assert!(said.is_empty(), "{said}");
            Ok::<_, WebError>(())
        })
        .await?;
    Ok(HttpResponse::Ok().finish())
}

/// Panics after a first piece of the body.
async fn in_a_body(query: Query<BreakQuery>) -> HttpResponse {
    let said = query.into_inner().said;
    let pieces = stream::unfold(true, move |is_first| {
        let said = said.clone();
        async move {
            if !is_first {
                // The first piece is on its way by then.
                tokio::task::yield_now().await;
                panic!("{said}");
            }
            Some((Ok::<_, error::Error>(Bytes::from_static(b"begun")), false))
        }
    });
    HttpResponse::Ok()
        .insert_header(ContentType::plaintext())
        .streaming(pieces)
}
