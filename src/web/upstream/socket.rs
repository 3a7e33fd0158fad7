//! A WebSocket between the browser and the portal, bytes as they come, for as long as the session lives.

use std::io;
use std::time::Duration;

use actix_web::http::header::{SEC_WEBSOCKET_KEY, UPGRADE};
use actix_web::http::{Method, Version};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::StreamExt as _;
use hyper::http::response::Parts;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::sync::mpsc::{self, Sender};

use super::body::received;
use super::incoming::{begun, copy_head};
use super::message::AnnouncedBody;
use super::pulse::Pulse;
use crate::web::middleware::socket_offer::has_socket_offer;

/// Bytes read at once.
const PIECE: usize = 16 * 1024;

/// What a request wants of the connection that it came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// A WebSocket.
    Socket,
    /// An ordinary answer. Offers of other protocols are ignored (RFC 9110 §7.8).
    Answer,
}

impl Wish {
    /// `None` when it is ambiguous. Only a WebSocket may take over a connection: anything else could then bypass us.
    pub(super) fn of(req: &HttpRequest, announced: AnnouncedBody) -> Option<Self> {
        let headers = req.headers();
        if !has_socket_offer(headers) {
            return Some(Self::Answer);
        }
        if req.method() != Method::GET || !announced.is_nothing() {
            return None;
        }
        let is_meant = req.version() == Version::HTTP_11
            && req.head().upgrade()
            && headers.get_all(UPGRADE).count() == 1
            && headers.contains_key(SEC_WEBSOCKET_KEY);
        Some(if is_meant { Self::Socket } else { Self::Answer })
    }
}

/// The answer that opens it. Nothing more is relayed once `ends` completes, or nothing has moved for `patience`.
pub(super) fn open(
    head: &Parts,
    from_browser: Payload,
    to_portal: Upgraded,
    pulse: Pulse,
    patience: Duration,
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
    let mut answer = begun(head).upgrade("websocket").streaming(received(pieces));
    copy_head(&mut answer, head);
    answer
}

/// Relays what the browser sends. Ends when the browser or the portal has gone.
async fn up(mut from: Payload, mut to: WriteHalf<TokioIo<Upgraded>>, pulse: &Pulse) {
    while let Some(Ok(piece)) = from.next().await {
        if to.write_all(&piece).await.is_err() || to.flush().await.is_err() {
            return;
        }
        pulse.beat();
    }
}

/// Relays what the portal sends.
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

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_websocket_takes_a_connection_over() {
        const NOTHING: AnnouncedBody = AnnouncedBody::Nothing;
        let asks = |method: &str, version, announced, lines: &[(&str, &str)]| {
            let mut request = TestRequest::default()
                .method(method.parse().unwrap())
                .version(version)
                .append_header((SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="));
            for line in lines {
                request = request.append_header(*line);
            }
            Wish::of(&request.to_http_request(), announced)
        };
        let (one, ten) = (Version::HTTP_11, Version::HTTP_10);
        let connection = ("connection", "keep-alive, Upgrade");
        let websocket = ("upgrade", "WebSocket");
        let socket = [connection, websocket];
        assert_eq!(asks("GET", one, NOTHING, &socket), Some(Wish::Socket));
        assert_eq!(asks("GET", one, AnnouncedBody::Length(0), &socket), Some(Wish::Socket));
        for (method, announced) in [
            ("GET", AnnouncedBody::Length(1)),
            ("GET", AnnouncedBody::Chunked),
            ("POST", NOTHING),
            ("POST", AnnouncedBody::Length(0)),
            ("HEAD", NOTHING),
            ("OPTIONS", NOTHING),
        ] {
            for lines in [&socket[..], &[websocket], &[("upgrade", "h2c"), websocket]] {
                for version in [one, ten] {
                    assert_eq!(asks(method, version, announced, lines), None, "{method} {announced:?}");
                }
            }
        }
        let closes = ("connection", "close, upgrade");
        let ordinary: [(_, &[_]); 7] = [
            (ten, &socket),
            (one, &[websocket]),
            (one, &[closes, websocket]),
            (one, &[connection, ("upgrade", "h2c"), websocket]),
            (one, &[connection, ("upgrade", "websocket, h2c")]),
            (one, &[connection, ("upgrade", "websocket/13")]),
            (one, &[connection, ("upgrade", "h2c")]),
        ];
        for (version, lines) in ordinary {
            let wish = asks("GET", version, NOTHING, lines);
            assert_eq!(wish, Some(Wish::Answer), "{lines:?}");
        }
        // Not a WebSocket: the body is the request's own.
        let h2c = [connection, ("upgrade", "h2c")];
        for announced in [AnnouncedBody::Length(5), AnnouncedBody::Chunked] {
            assert_eq!(asks("POST", one, announced, &h2c), Some(Wish::Answer));
        }
    }
}
