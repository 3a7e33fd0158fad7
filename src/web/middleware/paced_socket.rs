//! A client's socket that is given up when the client reads nothing for too long (SEC-308).

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::clock::{Clock, Wait};
use crate::domain::session::after;

/// The limits for the clients of a thread's connections.
#[derive(Debug)]
pub struct Pace {
    pub clock: Arc<dyn Clock>,
    /// How long a client may read nothing of an answer.
    pub patience: Duration,
}

pub struct PacedSocket {
    stream: TcpStream,
    pace: Rc<Pace>,
    /// Completes when the client has read nothing for too long.
    stall: Option<Wait>,
}

impl std::fmt::Debug for PacedSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PacedSocket").finish_non_exhaustive()
    }
}

impl PacedSocket {
    pub(super) fn new(stream: TcpStream, pace: Rc<Pace>) -> Self {
        Self {
            stream,
            pace,
            stall: None,
        }
    }
}

impl AsyncRead for PacedSocket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for PacedSocket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        if self.stall.is_none() {
            let deadline = after(self.pace.clock.now(), self.pace.patience);
            self.stall = Some(self.pace.clock.sleep_until(deadline));
        }
        if let Some(stall) = &mut self.stall {
            ready!(stall.as_mut().poll(context));
        }
        tracing::info!(
            patience_s = self.pace.patience.as_secs(),
            "a client read nothing of its response for too long; its connection is closed"
        );
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
