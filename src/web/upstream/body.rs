//! Bodies on their way, in both directions, a piece at a time: nothing is kept, and whoever reads slowly slows the other down.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::rt;
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::message::{Body, Piece, Told};
use super::pulse::Pulse;
use super::trouble::NoAnswer;

/// What a browser sends, on its way.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// Beats while it moves.
    pub(super) pulse: Pulse,
    /// Why no more comes, where that is the browser's doing.
    given_up: Arc<OnceLock<NoAnswer>>,
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

    /// Why a request came to nothing, where that is the browser's doing.
    pub(super) fn explains(&self) -> Option<NoAnswer> {
        self.given_up.get().copied()
    }

    /// Hands the payload on.
    async fn sends(self, mut payload: Payload, to: Sender<Piece>, patience: Duration) {
        loop {
            let piece = tokio::select! {
                // An end that has come is seen as one.
                biased;
                piece = payload.next() => piece,
                // The portal has heard enough.
                () = to.closed() => return,
                () = self.pulse.stops(patience) => {
                    self.given_up.get_or_init(|| NoAnswer::Stalled);
                    Some(Err(io::Error::from(io::ErrorKind::TimedOut).into()))
                }
            };
            if matches!(piece, Some(Err(_))) {
                self.given_up.get_or_init(|| NoAnswer::BrokenOff);
            }
            self.turns_to_portal(true);
            // The end must arrive, and so must an error: else half a body would pass for a whole one.
            let piece = piece.transpose().map_err(io::Error::other);
            let is_last = !matches!(piece, Ok(Some(_)));
            if to.send(piece).await.is_err() || is_last {
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

/// The body of a request; it breaks off when nothing of it comes for so long.
pub(super) fn upload(
    told: Told,
    payload: Payload,
    pulse: Pulse,
    patience: Duration,
) -> (Body, Upload) {
    let (to, pieces) = mpsc::channel(1);
    let body = Body::of(told, pieces);
    let upload = Upload {
        pulse,
        given_up: Arc::default(),
        is_portals_turn: Arc::new(AtomicBool::new(told.is_nothing())),
    };
    if !told.is_nothing() {
        // The payload belongs to this thread, and the connection to the portal may be served by another task of it.
        rt::spawn(upload.clone().sends(payload, to, patience));
    }
    (body, upload)
}

/// What is sent into a channel, as a stream.
pub(super) fn received<T>(mut from: Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |context| from.poll_recv(context))
}

/// The body of an answer.
pub(super) fn download(body: Incoming) -> impl Stream<Item = Result<Bytes, hyper::Error>> {
    body.into_data_stream()
}
