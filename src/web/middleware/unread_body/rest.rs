//! The body of one request, shared between its reader and the drain.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_http::Request;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::Stream;

type Piece = Option<Result<Bytes, PayloadError>>;

/// The part of a body that has not arrived, or was not read.
pub(in crate::web) struct Rest {
    state: RefCell<State>,
}

struct State {
    payload: Payload,
    /// What we read ahead of the reader.
    ahead: Piece,
    /// Whether it is complete or has broken off.
    is_over: bool,
    is_whole: bool,
    /// Whether the reader gets nothing more.
    is_taken: bool,
    /// Wakes the reader that waits for more of it.
    reader: Option<Waker>,
}

impl Rest {
    /// Takes the body of a request; from now on its reader reads it through this. `None` where there is no body.
    pub(in crate::web) fn of(req: &mut Request) -> Option<Rc<Self>> {
        let payload = req.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let rest = Rc::new(Self {
            state: RefCell::new(State {
                payload,
                ahead: None,
                is_over: false,
                is_whole: false,
                is_taken: false,
                reader: None,
            }),
        });
        let reader = Box::pin(Reader(Rc::clone(&rest)));
        *req.payload() = Payload::Stream { payload: reader };
        Some(rest)
    }

    /// Whether nothing more can come.
    pub(in crate::web) fn is_over(&self) -> bool {
        let mut state = self.state.borrow_mut();
        if !state.is_over && state.ahead.is_none() {
            // The end may have arrived, which shows only when it is polled for.
            let waker = state.reader.clone();
            let waker = waker.unwrap_or_else(|| Waker::noop().clone());
            if let Poll::Ready(Some(piece)) = state.poll(&mut Context::from_waker(&waker)) {
                state.ahead = Some(piece);
            }
        }
        state.is_over && state.ahead.is_none()
    }

    /// Whether it is complete.
    pub(in crate::web) fn is_whole(&self) -> bool {
        self.state.borrow().is_whole
    }

    /// Whether its reader may still read it.
    pub(in crate::web) fn is_being_read(self: &Rc<Self>) -> bool {
        Rc::strong_count(self) > 1
    }

    /// Tells the reader that the body breaks off here: half of it must not be mistaken for the whole.
    pub(in crate::web) fn take_over(&self) {
        let mut state = self.state.borrow_mut();
        state.is_taken = true;
        state.ahead = None;
        if let Some(reader) = state.reader.take() {
            reader.wake();
        }
    }

    /// The size of the next piece; `None` at the end.
    pub(in crate::web) async fn next(&self) -> Option<usize> {
        let next = poll_fn(|context| {
            let mut state = self.state.borrow_mut();
            match state.ahead.take() {
                Some(piece) => Poll::Ready(Some(piece)),
                None => state.poll(context),
            }
        });
        next.await.map(|piece| piece.map_or(0, |piece| piece.len()))
    }
}

impl State {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Piece> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = Pin::new(&mut self.payload).poll_next(context);
        if let Poll::Ready(None | Some(Err(_))) = next {
            self.is_over = true;
            self.is_whole = matches!(next, Poll::Ready(None));
        }
        next
    }
}

/// The body for its reader.
struct Reader(Rc<Rest>);

impl Stream for Reader {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Piece> {
        let mut state = self.0.state.borrow_mut();
        if let Some(piece) = state.ahead.take() {
            return Poll::Ready(Some(piece));
        }
        if state.is_taken {
            return Poll::Ready(Some(Err(PayloadError::Incomplete(None))));
        }
        let next = state.poll(context);
        state.reader = next.is_pending().then(|| context.waker().clone());
        next
    }
}
