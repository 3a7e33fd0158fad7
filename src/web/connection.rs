//! A client's connection, as far as the HTTP library leaves it to us: nobody holds it by a head that never ends or by an answer that is
//! never read, and it ends after the answer that says so (docs/decisions/0027).

use std::cell::Cell;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::Notify;

use crate::clock::{Clock, Wait};
use crate::domain::session::after;

/// How long the head of a later request may take (SEC-308). The library limits only the first one of a connection.
const HEAD: Duration = Duration::from_secs(5);

/// What the requests of one connection know of it. It stays on one thread.
#[derive(Debug, Default)]
pub struct Connection {
    /// How many requests came.
    asked: Cell<u64>,
    /// Whether one of them is still being answered.
    is_busy: Cell<bool>,
    ending: Notify,
    /// Whether the library knows that it ends.
    was_heard: Cell<bool>,
}

impl Connection {
    /// A request has come as far as its head.
    pub(super) fn is_asked(&self) {
        self.asked.set(self.asked.get().wrapping_add(1));
        self.is_busy.set(true);
    }

    /// The answer has been handed over to its last byte.
    pub(super) fn is_answered(&self) {
        self.is_busy.set(false);
    }

    /// Nothing is answered after what is being answered now. Completes when that was heard.
    pub(super) async fn ends(&self) {
        self.ending.notify_one();
        while !self.was_heard.get() {
            tokio::task::yield_now().await;
        }
    }

    /// Completes when [`ends`](Self::ends) was called, or when `all` end.
    pub async fn is_ending(&self, all: impl Future<Output = ()>) {
        tokio::select! {
            () = self.ending.notified() => {}
            () = all => {}
        }
        self.was_heard.set(true);
    }
}

/// The bytes of a connection, with limits on how long they may fail to move.
pub struct Wire {
    socket: TcpStream,
    connection: Rc<Connection>,
    clock: Arc<dyn Clock>,
    /// How long a client may take nothing of an answer.
    patience: Duration,
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
    pub fn new(socket: TcpStream, clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self {
            socket,
            connection: Rc::default(),
            clock,
            patience,
            head: None,
            timer: None,
            stall: None,
        }
    }

    /// What its requests know of it.
    pub fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }

    fn deadline(&self, how_long: Duration) -> Timestamp {
        after(self.clock.now(), how_long)
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
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
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
                None => self.clock.sleep_until(deadline),
            };
            if timer.as_mut().poll(context).is_pending() {
                self.timer = Some(timer);
                return Poll::Pending;
            }
            if self.clock.now() >= deadline {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.socket).poll_write(context, bytes);
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        if self.stall.is_none() {
            let deadline = self.deadline(self.patience);
            self.stall = Some(self.clock.sleep_until(deadline));
        }
        if let Some(stall) = &mut self.stall {
            ready!(stall.as_mut().poll(context));
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
