//! A client's connection, as far as the HTTP library leaves it to us: it takes one request at a time
//! (docs/decisions/0020), no client can hold it with an endless head or an answer that it never reads, and it ends
//! after the last answer (docs/decisions/0027).

use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::web::BytesMut;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::client_socket::ClientSocket;
use super::foreign_protocol;
use super::lasting_answer::sends;
use super::paced_socket::Pace;
use super::pipelining::{Framing, ParserStep, Pipeline};
use crate::clock::Wait;
use crate::domain::session::after;

/// How long the head of a later request may take (SEC-308). The library limits only the first head of a connection.
const HEAD: Duration = Duration::from_secs(5);

/// How many bytes are read ahead while a request waits for its answer, and the size of each read. The rest stays in the
/// system's buffers.
const AHEAD: usize = 8 * 1024;
const PIECE: usize = 4 * 1024;

/// The state of a connection that its requests share. It stays on one thread.
#[derive(Default)]
pub struct ClientConnection {
    /// How many requests have arrived.
    asked: Cell<u64>,
    /// Whether one of them is still being answered.
    is_busy: Cell<bool>,
    /// How the body of the latest request ends, until the reader has taken it.
    framing: Cell<Option<Framing>>,
    /// Wakes the reader when the request is answered.
    reader: Cell<Option<Waker>>,
    /// Whether the current answer is the last one.
    is_last: Cell<bool>,
    /// Wakes `is_ending` then, and whether it has completed.
    ear: Cell<Option<Waker>>,
    was_heard: Cell<bool>,
    /// The body of a lasting answer, until its head has been sent; then with the socket.
    lasting: Cell<Option<BoxBody>>,
    left: Cell<Option<(ClientSocket, BoxBody)>>,
}

tokio::task_local! {
    /// The connection that is being served. The library's own connection data would cost a map per connection.
    static CURRENT: Rc<ClientConnection>;
}

/// Serves a connection from its beginning to its end, with [`ClientConnection::current`] set.
///
/// Boxed: otherwise the task of a connection would hold its state twice, once as moved in and once as polled. The
/// library's part by itself, so that nothing of it is left while a lasting answer goes on.
pub fn serves<F: Future + 'static>(
    connection: Rc<ClientConnection>,
    begin: impl FnOnce() -> F,
) -> LocalBoxFuture<'static, F::Output> {
    let serving = CURRENT.sync_scope(Rc::clone(&connection), begin);
    let serving = CURRENT.scope(Rc::clone(&connection), serving).boxed_local();
    async move {
        let end = serving.await;
        if let Some((socket, body)) = connection.left.take() {
            drop(connection);
            Box::pin(sends(socket, body)).await;
        }
        end
    }
    .boxed_local()
}

impl fmt::Debug for ClientConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientConnection")
            .field("asked", &self.asked)
            .field("is_busy", &self.is_busy)
            .field("is_last", &self.is_last)
            .finish_non_exhaustive()
    }
}

impl ClientConnection {
    /// The connection that is being served; `None` in tests without one.
    pub fn current() -> Option<Rc<Self>> {
        CURRENT.try_with(Rc::clone).ok()
    }

    /// The head of a request has arrived, which determines how its body ends.
    pub(in crate::web) fn request_started(&self, framing: Framing) {
        self.framing.set(Some(framing));
        self.asked.set(self.asked.get().wrapping_add(1));
        self.is_busy.set(true);
        // Its body may have come with it. Without a body, later bytes wait until this request is answered.
        if framing != Framing::Length(0) {
            self.reads_on();
        }
    }

    /// The answer has been handed over completely.
    pub(in crate::web) fn response_finished(&self) {
        self.is_busy.set(false);
        self.reads_on();
    }

    /// The body of the current answer lasts: it goes on without the library, once its head has been sent.
    pub(in crate::web) fn lasts(&self, body: BoxBody) {
        self.lasting.set(Some(body));
    }

    fn reads_on(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    /// Makes the current answer the last. Completes when [`is_ending`](Self::is_ending) has.
    pub(in crate::web) async fn ends(&self) {
        self.is_last.set(true);
        if let Some(ear) = self.ear.take() {
            ear.wake();
        }
        while !self.was_heard.get() {
            tokio::task::yield_now().await;
        }
    }

    /// Completes when [`ends`](Self::ends) was called, or when `all` completes. Every connection holds one such future
    /// for its whole lifetime, so it stores nothing twice.
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

/// The bytes of a connection, with limits on how long they may stall.
pub struct Wire {
    /// `None` when a lasting answer has taken it.
    socket: Option<ClientSocket>,
    connection: Rc<ClientConnection>,
    pipeline: Pipeline,
    /// Bytes of later requests, read ahead.
    ahead: BytesMut,
    /// Whether the socket has ended after them.
    is_at_its_end: bool,
    pace: Rc<Pace>,
    /// How many requests had arrived before the head that has begun, and until when that head must be complete.
    head: Option<(u64, Timestamp)>,
    /// Wakes the reader then. Kept when the head is complete, so that a busy connection does not set one for each
    /// request.
    timer: Option<Wait>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}

impl Wire {
    /// A connection on which HTTP begins.
    pub fn new(socket: ClientSocket, pace: Rc<Pace>) -> Self {
        Self {
            socket: Some(socket),
            connection: Rc::default(),
            pipeline: Pipeline::new(),
            ahead: BytesMut::new(),
            is_at_its_end: false,
            pace,
            head: None,
            timer: None,
        }
    }

    /// The state that its requests share.
    pub fn connection(&self) -> Rc<ClientConnection> {
        Rc::clone(&self.connection)
    }

    fn socket(&mut self) -> io::Result<Pin<&mut ClientSocket>> {
        let socket = self.socket.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(socket))
    }

    fn deadline(&self, how_long: Duration) -> Timestamp {
        after(self.pace.clock.now(), how_long)
    }

    /// Whether bytes that arrive now begin the head of a later request.
    fn begins_a_head(&self) -> bool {
        self.head.is_none() && self.connection.asked.get() > 0 && !self.connection.is_busy.get()
    }

    /// Whether that head has become a request.
    fn has_its_head(&self) -> bool {
        let asked = self.connection.asked.get();
        self.head.as_ref().is_some_and(|(then, _)| *then != asked)
    }

    /// Gives the library the bytes of the current request that it may have.
    fn hands_over(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (framing, is_busy) = (self.connection.framing.take(), self.connection.is_busy.get());
        match self.pipeline.next(framing, is_busy) {
            ParserStep::Reads if self.ahead.is_empty() && !self.is_at_its_end => {
                let before = buffer.filled().len();
                ready!(self.socket()?.poll_read(context, buffer))?;
                let came = buffer.filled().get(before..).unwrap_or_default();
                if self.connection.asked.get() == 0 {
                    let is_plain = self.socket.as_ref().is_some_and(ClientSocket::is_plain);
                    foreign_protocol::notices(came, is_plain);
                }
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
                    // The socket wakes us when more arrives.
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

    /// Reads what has arrived already, so that a disconnected client is noticed.
    fn reads_ahead(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while !self.is_at_its_end && self.ahead.len() < AHEAD {
            let mut piece = [MaybeUninit::uninit(); PIECE];
            let mut piece = ReadBuf::uninit(&mut piece);
            match self.socket()?.poll_read(context, &mut piece) {
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
        self.socket()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The library has sent everything that it has to send.
        if let Some(body) = self.connection.lasting.take()
            && let Some(socket) = self.socket.take()
        {
            self.connection.left.set(Some((socket, body)));
            return Poll::Ready(Ok(()));
        }
        self.socket()?.poll_shutdown(context)
    }
}
