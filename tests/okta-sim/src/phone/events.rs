//! Server-sent events: one event whenever a phone changes.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes},
};
use futures_util::stream;
use tokio::{sync::broadcast::error::RecvError, time::timeout};

use crate::{accounts::full_login, world::World};

/// A comment now and then keeps proxies from closing an idle stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) async fn stream(world: web::Data<World>, login: web::Path<String>) -> HttpResponse {
    let login = full_login(&login);
    let changes = world.watch();
    let events = stream::unfold((changes, login), |(mut changes, login)| async move {
        let line = loop {
            match timeout(HEARTBEAT, changes.recv()).await {
                Ok(Ok(owner)) if owner.is_empty() || owner == login => {
                    break "event: change\ndata: .\n\n";
                }
                Ok(Ok(_)) => {}
                // Too many changes to follow: one event is enough to catch up with all of them.
                Ok(Err(RecvError::Lagged(_))) => break "event: change\ndata: .\n\n",
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => break ": still here\n\n",
            }
        };
        Some((
            Ok::<_, actix_web::Error>(Bytes::from_static(line.as_bytes())),
            (changes, login),
        ))
    });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(Box::pin(events))
}
