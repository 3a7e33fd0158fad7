//! Bodies on their way, in both directions, a piece at a time: nothing is kept, and whoever reads slowly slows the other down.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, rt};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::pulse::Pulse;
use super::trouble::NoAnswer;

/// A body as the client for the portal takes it.
pub(super) type ToPortal = UnsyncBoxBody<Bytes, io::Error>;

/// What a browser sends, on its way.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// Beats while it moves.
    pub(super) pulse: Pulse,
    /// Whether the next piece has not come in time.
    is_stalled: Arc<AtomicBool>,
    /// Whether the portal has a piece to take, or has them all.
    is_portals_turn: Arc<AtomicBool>,
}

impl Upload {
    /// Whose turn it was when nothing came.
    pub(super) fn is_late(&self) -> NoAnswer {
        if self.is_portals_turn.load(Ordering::Relaxed) {
            NoAnswer::Late
        } else {
            NoAnswer::Stalled
        }
    }

    /// What was behind it that a request came to nothing.
    pub(super) fn explains(&self, why: NoAnswer) -> NoAnswer {
        if self.is_stalled.load(Ordering::Relaxed) {
            NoAnswer::Stalled
        } else {
            why
        }
    }

    /// Hands the payload on.
    async fn sends(self, mut payload: Payload, to: Sender<io::Result<Bytes>>, patience: Duration) {
        loop {
            let piece = tokio::select! {
                piece = payload.next() => piece,
                // The portal has heard enough.
                () = to.closed() => return,
                () = self.pulse.stops(patience) => {
                    self.is_stalled.store(true, Ordering::Relaxed);
                    Some(Err(io::Error::from(io::ErrorKind::TimedOut).into()))
                }
            };
            self.turns_to_portal(true);
            let Some(piece) = piece else {
                return;
            };
            // An error must arrive: else half a body would pass for a whole one.
            let is_broken = piece.is_err();
            if to.send(piece.map_err(io::Error::other)).await.is_err() || is_broken {
                return;
            }
            self.turns_to_portal(false);
        }
    }

    fn turns_to_portal(&self, is_portals: bool) {
        self.is_portals_turn.store(is_portals, Ordering::Relaxed);
        self.pulse.beat();
    }
}

/// No body.
pub(super) fn empty() -> ToPortal {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Whether a request has a body: one of no length at all is none.
pub(super) fn is_announced(req: &HttpRequest) -> bool {
    use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
    let headers = req.headers();
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}

/// The body of a request; it breaks off when nothing of it comes for so long.
pub(super) fn upload(
    payload: Option<Payload>,
    pulse: Pulse,
    patience: Duration,
) -> (ToPortal, Upload) {
    let upload = Upload {
        pulse,
        is_stalled: Arc::default(),
        is_portals_turn: Arc::new(AtomicBool::new(payload.is_none())),
    };
    let Some(payload) = payload else {
        return (empty(), upload);
    };
    let (to, pieces) = mpsc::channel(1);
    // The payload belongs to this thread, and the connection to the portal may be served by another task of it.
    rt::spawn(upload.clone().sends(payload, to, patience));
    let frames = received(pieces).map(|piece| piece.map(Frame::data));
    (StreamBody::new(frames).boxed_unsync(), upload)
}

/// What is sent into a channel, as a stream.
pub(super) fn received<T>(mut from: Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |context| from.poll_recv(context))
}

/// The body of an answer.
pub(super) fn download(body: Incoming) -> impl Stream<Item = Result<Bytes, hyper::Error>> {
    body.into_data_stream()
}
