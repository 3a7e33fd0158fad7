//! Bodies in transit, in both directions, a piece at a time: nothing is kept, and a slow reader slows the sender down.
//!
//! A body in transit holds two connections, so there is a quota. A slow one may go on within the quota for slow ones,
//! because it is not known whether the portal still wants it (docs/decisions/0027).

use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::rt;
use actix_web::web::{Bytes, Payload};
use futures_util::{Stream, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use jiff::Timestamp;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::message::{AnnouncedBody, Body, Piece};
use super::pulse::Pulse;
use super::trouble::NoAnswer;
use crate::clock::{Clock, Wait};
use crate::domain::network::network_name;
use crate::domain::session::{after, until};
use crate::web::middleware::network_quota::{LEAST, NetworkQuota, QuotaPermit, WINDOW};

/// Most bytes of a body that is waited for where there is no permit for it.
const SMALL: u64 = 16 * 1024;

/// A request body on its way to the portal.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    /// Beats while it moves.
    pub(super) pulse: Pulse,
    /// Why no more comes, if the browser is the cause.
    given_up: Arc<OnceLock<NoAnswer>>,
    /// Whether the portal has a piece to take, or has them all.
    is_portals_turn: Arc<AtomicBool>,
    quotas: UploadQuotas,
}

/// The quotas for uploads, and for the slow ones among them.
#[derive(Debug, Clone)]
pub(super) struct UploadQuotas {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) slow: NetworkQuota,
    pub(super) any: NetworkQuota,
    pub(super) client: IpAddr,
}

impl Upload {
    /// Whose turn it was when nothing moved.
    pub(super) fn is_late(&self) -> NoAnswer {
        if self.is_portals_turn.load(Ordering::Relaxed) {
            NoAnswer::Late
        } else {
            NoAnswer::Stalled
        }
    }

    /// Why a request failed, if the browser is the cause.
    pub(super) fn explains(&self) -> Option<NoAnswer> {
        self.given_up.get().copied()
    }

    /// Hands the payload on.
    async fn sends(
        self,
        mut payload: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
        to: Sender<Piece>,
        patience: Duration,
    ) {
        let (mut window, mut permit) = (self.quotas.window(), None);
        loop {
            let piece = tokio::select! {
                // The end of the body takes precedence if it has come.
                biased;
                piece = payload.next() => piece.transpose().map_err(|error| self.gives_up(NoAnswer::BrokenOff, error)),
                // The portal wants no more.
                () = to.closed() => return,
                () = self.pulse.stops(patience) => Err(self.stalls()),
                () = &mut window.end => {
                    // A body that has become fast enough leaves its place to others.
                    permit = permit.filter(|_| window.is_slow());
                    if window.is_slow() && permit.is_none() {
                        permit = self.quotas.permit(&self.quotas.slow);
                    }
                    if !window.is_slow() || permit.is_some() {
                        window = self.quotas.window();
                        continue;
                    }
                    Err(self.stalls())
                }
            };
            window.came += piece.as_ref().ok().and_then(Option::as_ref).map_or(0, Bytes::len);
            self.turns_to_portal(true);
            // The end must arrive, and so must an error: else half a body would pass for a whole one.
            let is_last = !matches!(piece, Ok(Some(_)));
            match to.try_reserve() {
                Ok(free) => free.send(piece),
                Err(TrySendError::Closed(())) => return,
                Err(TrySendError::Full(())) => {
                    let clock = &self.quotas.clock;
                    let before = clock.now();
                    if to.send(piece).await.is_err() {
                        return;
                    }
                    // For that time it was the portal that was slow.
                    window.lasts_longer(clock, until(before, clock.now()));
                }
            }
            if is_last {
                return;
            }
            self.turns_to_portal(false);
        }
    }

    /// Remembers why the body ends before it was due, and returns the error that the portal sees instead.
    fn gives_up(&self, why: NoAnswer, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
        self.given_up.get_or_init(|| why);
        io::Error::other(error)
    }

    fn stalls(&self) -> io::Error {
        self.gives_up(NoAnswer::Stalled, io::Error::from(io::ErrorKind::TimedOut))
    }

    fn turns_to_portal(&self, is_portals: bool) {
        self.is_portals_turn.store(is_portals, Ordering::Relaxed);
        self.pulse.beat();
    }
}

impl UploadQuotas {
    /// A permit of one of the quotas.
    fn permit(&self, quota: &NetworkQuota) -> Option<QuotaPermit> {
        quota.enters(&network_name(self.client))
    }

    fn window(&self) -> Window {
        let until = after(self.clock.now(), WINDOW);
        Window {
            came: 0,
            until,
            end: self.clock.sleep_until(until),
        }
    }
}

/// A time over which the speed of a browser is measured.
struct Window {
    /// How many bytes came in it.
    came: usize,
    until: Timestamp,
    end: Wait,
}

impl Window {
    fn is_slow(&self) -> bool {
        self.came < LEAST
    }

    fn lasts_longer(&mut self, clock: &Arc<dyn Clock>, by: Duration) {
        if !by.is_zero() {
            self.until = after(self.until, by);
            self.end = clock.sleep_until(self.until);
        }
    }
}

/// The body of a request. It breaks off when nothing comes for `patience`, or too little and the quota for slow ones is
/// used up. Where the quota for all of them is used up, a small one that comes whole needs no permit; `is_awaited` says
/// that the browser sends nothing before it is told to.
pub(super) async fn upload(
    announced: AnnouncedBody,
    mut payload: Payload,
    is_awaited: bool,
    pulse: Pulse,
    patience: Duration,
    quotas: UploadQuotas,
) -> Result<(Body, Upload), NoAnswer> {
    let (to, pieces) = mpsc::channel(1);
    let body = Body::of(announced, pieces);
    let upload = Upload {
        pulse,
        given_up: Arc::default(),
        is_portals_turn: Arc::new(AtomicBool::new(announced.is_nothing())),
        quotas,
    };
    if !announced.is_nothing() {
        let (came, permit) = match upload.quotas.permit(&upload.quotas.any) {
            None if is_awaited => return Err(NoAnswer::Full),
            None => {
                let came = whole(announced, &mut payload, &upload.quotas.clock).await;
                (came.ok_or(NoAnswer::Full)?, None)
            }
            permit => (Vec::new(), permit),
        };
        let payload = stream::iter(came.into_iter().map(Ok)).chain(payload);
        let sending = upload.clone().sends(payload, to, patience);
        // The payload belongs to this thread, and the connection to the portal may be served by another task of it.
        rt::spawn(async move {
            sending.await;
            drop(permit);
        });
    }
    Ok((body, upload))
}

/// A small body, once it has come whole; `None` when it is larger, ends before, or takes longer than a window. Until then
/// it holds no connection to the portal.
async fn whole(announced: AnnouncedBody, payload: &mut Payload, clock: &Arc<dyn Clock>) -> Option<Vec<Bytes>> {
    let AnnouncedBody::Length(length @ ..=SMALL) = announced else {
        return None;
    };
    let (mut came, mut left) = (Vec::new(), usize::try_from(length).ok()?);
    let mut end = clock.sleep_until(after(clock.now(), WINDOW));
    while left > 0 {
        let piece = tokio::select! {
            piece = payload.next() => piece?.ok()?,
            () = &mut end => return None,
        };
        left = left.checked_sub(piece.len())?;
        came.push(piece);
    }
    Some(came)
}

/// What is sent into a channel, as a stream.
pub(super) fn received<T>(mut from: Receiver<T>) -> impl Stream<Item = T> {
    stream::poll_fn(move |context| from.poll_recv(context))
}

/// The body of an answer.
pub(super) fn download(body: Incoming) -> impl Stream<Item = Result<Bytes, hyper::Error>> {
    body.into_data_stream()
}
