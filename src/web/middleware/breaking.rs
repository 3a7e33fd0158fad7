//! `/dev/panic`: handlers that panic with what they are told to say. Debug builds only, for tests of what then happens.

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

/// Reads nothing of what is posted.
async fn at_once(query: Query<BreakQuery>) -> HttpResponse {
    panic!("{}", query.said)
}

/// Where verbs run that must come to their end.
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

/// Says a little first.
async fn in_a_body(query: Query<BreakQuery>) -> HttpResponse {
    let said = query.into_inner().said;
    let pieces = stream::unfold(true, move |is_first| {
        let said = said.clone();
        async move {
            if !is_first {
                // What was said before is on its way by then.
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
