//! A WebSocket between the browser and the portal, bytes as they come, for as long as the session lives.

use std::io;
use std::time::Duration;

use actix_web::http::header::{SEC_WEBSOCKET_KEY, UPGRADE};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::StreamExt as _;
use hyper::http::response::Parts;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{self, Sender};

use super::body::received;
use super::incoming::begun;
use super::pulse::Pulse;

/// Bytes read at once.
const PIECE: usize = 16 * 1024;

/// Whether a browser asks for a WebSocket. Nothing else may take over a connection: whatever would, could say what it likes past us.
pub(super) fn is_asked_for(req: &HttpRequest) -> bool {
    let headers = req.headers();
    let upgrade = headers
        .get(UPGRADE)
        .and_then(|upgrade| upgrade.to_str().ok());
    req.head().upgrade()
        && headers.contains_key(SEC_WEBSOCKET_KEY)
        && upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// The answer that opens it. Both sides are told nothing more once `ends` completes, or nothing has moved for so long.
pub(super) fn open(
    head: &Parts,
    (from_browser, to_portal): (Payload, Upgraded),
    (pulse, patience): (Pulse, Duration),
    ends: impl Future<Output = ()> + 'static,
) -> HttpResponse {
    let (to_browser, pieces) = mpsc::channel(1);
    rt::spawn(async move {
        let (read, write) = tokio::io::split(TokioIo::new(to_portal));
        tokio::select! {
            () = up(from_browser, write, &pulse) => {}
            () = down(read, to_browser, &pulse) => {}
            () = pulse.stops(patience) => {}
            () = ends => {}
        }
    });
    begun(head).upgrade("websocket").streaming(received(pieces))
}

/// What the browser says. Ends when it has gone, or the portal has.
async fn up(mut from: Payload, mut to: WriteHalf<TokioIo<Upgraded>>, pulse: &Pulse) {
    while let Some(Ok(piece)) = from.next().await {
        if to.write_all(&piece).await.is_err() || to.flush().await.is_err() {
            return;
        }
        pulse.beat();
    }
}

/// What the portal says.
async fn down(mut from: ReadHalf<TokioIo<Upgraded>>, to: Sender<io::Result<Bytes>>, pulse: &Pulse) {
    let mut piece = BytesMut::with_capacity(PIECE);
    while let Ok(1..) = from.read_buf(&mut piece).await {
        if to.send(Ok(piece.split().freeze())).await.is_err() {
            return;
        }
        pulse.beat();
        piece.reserve(PIECE);
    }
}
