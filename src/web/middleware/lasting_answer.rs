//! Answers that last for minutes, such as a stream of events.
//!
//! For each connection the library keeps two buffers of 8 KiB and a large state, several times what a waiting push needs
//! itself. So such an answer leaves the library: to the library it is an empty body that ends with its connection. When
//! the head has been sent and the library is about to close the socket, it is taken from it instead, and the task of the
//! connection goes on with the real body (docs/decisions/0006).

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{Buf as _, Bytes};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use super::client_socket::ClientSocket;

/// How many bytes a client may send meanwhile. The rest stays in the system's buffers.
const UNASKED: usize = 8 * 1024;

/// Marks an answer.
#[derive(Clone, Copy)]
struct Lasting;

/// Marks an answer that lasts.
pub(in crate::web) fn note_lasting(answer: &mut HttpResponse) {
    answer.extensions_mut().insert(Lasting);
}

pub(super) fn is_lasting(answer: &HttpResponse) -> bool {
    answer.extensions().get::<Lasting>().is_some()
}

/// What the library sees of such a body.
pub(super) struct HeadAlone;

impl MessageBody for HeadAlone {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// Sends a body whose head has been sent. Completes at its end, or when the client is gone.
pub(super) fn sends(socket: ClientSocket, body: BoxBody) -> impl Future<Output = ()> {
    let mut rest = Rest {
        socket,
        body: Some(body),
        piece: Bytes::new(),
        unasked: 0,
    };
    // OK to ignore an error: the client is gone.
    poll_fn(move |context| rest.poll(context).map(drop))
}

struct Rest {
    socket: ClientSocket,
    /// `None` at its end.
    body: Option<BoxBody>,
    /// What is still to be written of its latest piece.
    piece: Bytes,
    /// How much the client has sent, for nobody.
    unasked: usize,
}

impl Rest {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.listens(context)?;
        loop {
            while !self.piece.is_empty() {
                let written = ready!(Pin::new(&mut self.socket).poll_write(context, &self.piece))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.piece.advance(written);
            }
            // TLS takes more than it can send at once.
            ready!(Pin::new(&mut self.socket).poll_flush(context))?;
            let Some(body) = &mut self.body else {
                return Pin::new(&mut self.socket).poll_shutdown(context);
            };
            match ready!(Pin::new(body).poll_next(context)) {
                Some(Ok(piece)) => self.piece = piece,
                // It breaks off.
                Some(Err(_)) => return Poll::Ready(Err(io::ErrorKind::Other.into())),
                None => self.body = None,
            }
        }
    }

    /// Notices when the client closes the connection, or its half of it.
    fn listens(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        while self.unasked < UNASKED {
            let mut piece = [MaybeUninit::uninit(); 512];
            let mut piece = ReadBuf::uninit(&mut piece);
            match Pin::new(&mut self.socket).poll_read(context, &mut piece) {
                Poll::Ready(read) => read?,
                Poll::Pending => break,
            }
            if piece.filled().is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.unasked += piece.filled().len();
        }
        Ok(())
    }
}
