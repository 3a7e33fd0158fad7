//! A client's connection, as far as the HTTP library leaves it to us: requests are taken one at a time
//! (docs/decisions/0020), nobody holds it by a head that never ends or by an answer that is never read, and it ends
//! after the answer that says so (docs/decisions/0027).

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::web::BytesMut;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::futures::TaskLocalFuture;

use super::pipelining::{Framing, ParserStep, Pipeline};
use crate::clock::{Clock, Wait};
use crate::domain::session::after;

/// How long the head of a later request may take (SEC-308). The library limits only the first one of a connection.
const HEAD: Duration = Duration::from_secs(5);

/// How much is read of the requests behind one that waits for its answer, and in pieces of what size. The rest stays
/// with the system.
const AHEAD: usize = 8 * 1024;
const PIECE: usize = 4 * 1024;

/// What the requests of one connection know of it. It stays on one thread.
#[derive(Default)]
pub struct ClientConnection {
    /// How many requests came.
    asked: Cell<u64>,
    /// Whether one of them is still being answered.
    is_busy: Cell<bool>,
    /// How the body of the latest ends, until that was asked for.
    framing: Cell<Option<Framing>>,
    /// Who reads on when it is answered.
    reader: Cell<Option<Waker>>,
    /// Whether nothing more is answered.
    is_last: Cell<bool>,
    /// Whom to tell so, and whether they know it.
    ear: Cell<Option<Waker>>,
    was_heard: Cell<bool>,
}

tokio::task_local! {
    /// The connection that is being served. The library keeps a map of whatever else is known of one, for each.
    static CURRENT: Rc<ClientConnection>;
}

/// Begins to serve a connection, and does so to its end.
pub fn serves<F: Future>(
    connection: Rc<ClientConnection>,
    begin: impl FnOnce() -> F,
) -> TaskLocalFuture<Rc<ClientConnection>, F> {
    let serving = CURRENT.sync_scope(Rc::clone(&connection), begin);
    CURRENT.scope(connection, serving)
}

impl fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("asked", &self.asked)
            .field("is_busy", &self.is_busy)
            .field("is_last", &self.is_last)
            .finish_non_exhaustive()
    }
}

impl ClientConnection {
    /// The one that is being served; none in tests of what stands behind it.
    pub fn current() -> Option<Rc<Self>> {
        CURRENT.try_with(Rc::clone).ok()
    }

    /// A request has come as far as its head, which says how it ends.
    pub(in crate::web) fn is_asked(&self, framing: Framing) {
        self.framing.set(Some(framing));
        self.asked.set(self.asked.get().wrapping_add(1));
        self.is_busy.set(true);
        // Its body may have come with it. What stands behind a request without one waits until that is answered.
        if framing != Framing::Length(0) {
            self.reads_on();
        }
    }

    /// The answer has been handed over to its last byte.
    pub(in crate::web) fn is_answered(&self) {
        self.is_busy.set(false);
        self.reads_on();
    }

    fn reads_on(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Nothing is answered after what is being answered now. Completes when that was heard.
    pub(in crate::web) async fn ends(&self) {
        self.is_last.set(true);
        if let Some(ear) = self.ear.take() {
            ear.wake();
        }
        while !self.was_heard.get() {
            tokio::task::yield_now().await;
        }
    }

    /// Completes when [`ends`](Self::ends) was called, or when `all` end. Every connection holds one for as long as it
    /// lasts, so nothing is kept twice in it.
    pub fn is_ending(self: Rc<Self>, mut all: impl Future<Output = ()> + Unpin) -> impl Future<Output = ()> {
        poll_fn(move |context| {
            if !self.is_last.get() && all.poll_unpin(context).is_pending() {
                self.ear.set(Some(context.waker().clone()));
                return Poll::Pending;
            }
            self.was_heard.set(true);
            Poll::Ready(())
        })
    }
}

/// What the connections of a thread measure their clients by.
#[derive(Debug)]
pub struct Pace {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long a client may take nothing of an answer.
    pub patience: Duration,
}

/// The bytes of a connection, with limits on how long they may fail to move.
pub struct Wire {
    socket: TcpStream,
    connection: Rc<ClientConnection>,
    pipeline: Pipeline,
    /// What came of requests whose turn it is not.
    ahead: BytesMut,
    /// Whether nothing comes behind that.
    is_at_its_end: bool,
    pace: Rc<Pace>,
    /// Until when the head that has begun must be whole, and how many requests had come before it.
    head: Option<(u64, Timestamp)>,
    /// Wakes us then. It is kept when the head has come, so that a busy connection does not set one with each request.
    timer: Option<Wait>,
    /// Until when the client must have taken more.
    stall: Option<Wait>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("socket", &self.socket)
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl Wire {
    /// A connection that was just accepted.
    pub fn new(socket: TcpStream, pace: Rc<Pace>) -> Self {
        Self {
            socket,
            connection: Rc::default(),
            pipeline: Pipeline::new(),
            ahead: BytesMut::new(),
            is_at_its_end: false,
            pace,
            head: None,
            timer: None,
            stall: None,
        }
    }

    /// What its requests know of it.
    pub fn connection(&self) -> Rc<ClientConnection> {
        Rc::clone(&self.connection)
    }

    fn deadline(&self, how_long: Duration) -> Timestamp {
        after(self.pace.clock.now(), how_long)
    }

    /// Whether bytes that come now begin the head of a later request.
    fn begins_a_head(&self) -> bool {
        self.head.is_none() && self.connection.asked.get() > 0 && !self.connection.is_busy.get()
    }

    /// Whether that head has become a request.
    fn has_its_head(&self) -> bool {
        let asked = self.connection.asked.get();
        self.head.as_ref().is_some_and(|(then, _)| *then != asked)
    }

    /// Hands the library what it may have of the request whose turn it is.
    fn hands_over(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (framing, is_busy) = (self.connection.framing.take(), self.connection.is_busy.get());
        match self.pipeline.next(framing, is_busy) {
            ParserStep::Reads if self.ahead.is_empty() && !self.is_at_its_end => {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut self.socket).poll_read(context, buffer))?;
                let came = buffer.filled().get(before..).unwrap_or_default();
                let taken = self.pipeline.takes(came);
                self.ahead.extend_from_slice(came.get(taken..).unwrap_or_default());
                buffer.set_filled(before + taken);
                Poll::Ready(Ok(()))
            }
            ParserStep::Reads => {
                let fits = self.ahead.len().min(buffer.remaining());
                let taken = self.pipeline.takes(self.ahead.get(..fits).unwrap_or_default());
                buffer.put_slice(&self.ahead.split_to(taken));
                if self.ahead.is_empty() {
                    self.ahead = BytesMut::new();
                }
                Poll::Ready(Ok(()))
            }
            ParserStep::Decodes | ParserStep::Waits => {
                self.reads_ahead(context)?;
                if self.ahead.is_empty() {
                    // Whatever comes next wakes us by itself.
                    return if self.is_at_its_end {
                        Poll::Ready(Ok(()))
                    } else {
                        Poll::Pending
                    };
                }
                let waker = context.waker().clone();
                self.connection.reader.set(Some(waker));
                Poll::Pending
            }
            ParserStep::Breaks => Poll::Ready(Ok(())),
            ParserStep::Ends => Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
        }
    }

    /// Reads what has come already, so that somebody who is gone is noticed.
    fn reads_ahead(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while !self.is_at_its_end && self.ahead.len() < AHEAD {
            let mut piece = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut piece);
            match Pin::new(&mut self.socket).poll_read(context, &mut piece) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
            self.is_at_its_end = piece.filled().is_empty();
            self.ahead.extend_from_slice(piece.filled());
        }
        Ok(())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        if self.has_its_head() {
            self.head = None;
        }
        let read = self.hands_over(context, buffer);
        if read.is_ready() {
            if buffer.filled().len() > before && self.begins_a_head() {
                self.head = Some((self.connection.asked.get(), self.deadline(HEAD)));
            }
            return read;
        }
        let Some((_, deadline)) = self.head else {
            return Poll::Pending;
        };
        loop {
            let mut timer = match self.timer.take() {
                Some(timer) => timer,
                None => self.pace.clock.sleep_until(deadline),
            };
            if timer.as_mut().poll(context).is_pending() {
                self.timer = Some(timer);
                return Poll::Pending;
            }
            if self.pace.clock.now() >= deadline {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        if self.stall.is_none() {
            let deadline = self.deadline(self.pace.patience);
            self.stall = Some(self.pace.clock.sleep_until(deadline));
        }
        if let Some(stall) = &mut self.stall {
            ready!(stall.as_mut().poll(context));
        }
        tracing::info!(
            patience_s = self.pace.patience.as_secs(),
            "a client took nothing of its answer for too long: its connection is closed"
        );
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
