//! Unread bodies: if a request was answered before its body was read, the rest is read for a while, and then the
//! connection is closed (docs/decisions/0027).
//!
//! A browser that is still uploading, or a proxy in between, sees an answer only when it may upload to the end. But a
//! client that sends a byte now and then only holds a connection. So a body that arrives fast enough is read before the
//! request is answered.

mod drain_limits;
mod rest;

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_http::header::UPGRADE;
use actix_http::{ConnectionType, HttpMessage as _, Request, Response};
use actix_web::Error;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, Version};
use actix_web::web::{Bytes, Data};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;

use super::connection::ClientConnection;
use super::expect::ContinueWish;
use super::headers::SecurityHeaders;
use super::lasting_answer::{HeadAlone, is_lasting};
use super::panic_answer;
use super::pipelining::Framing;
use crate::panics::{caught, caught_in};
use crate::web::private::ops::Readiness;
pub use drain_limits::{Drains, DrainsParts};
use rest::Rest;

/// The shared parts of the answers of a port.
#[derive(Debug, Clone)]
pub struct Answering {
    /// Reads the rest of bodies, within limits.
    pub drains: Drains,
    /// The security headers.
    pub headers: Data<SecurityHeaders>,
    /// Whether the service accepts more requests.
    pub readiness: Data<Readiness>,
}

/// Calls the application for any request, and handles what the answer leaves unread.
pub fn asks<S>(
    answering: &Rc<Answering>,
    mut req: Request,
    app: &S,
) -> LocalBoxFuture<'static, Result<Response<DrainingBody>, Error>>
where
    S::Future: 'static,
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let connection = ClientConnection::current();
    if let Some(connection) = &connection {
        connection.request_started(Framing::of(&req));
    }
    let asked = req.head().connection_type();
    let is_offering = req.headers().contains_key(UPGRADE) || req.method() == Method::CONNECT;
    let knows_chunks = req.version() >= Version::HTTP_11 && !is_offering;
    let wish = req.extensions().get::<Rc<ContinueWish>>().cloned();
    let unread = Rest::of(&mut req).map(|rest| (rest, answering.drains.queue(&req)));
    let answer = caught_in(|| app.call(req));
    let answering = Rc::clone(answering);
    async move {
        let answer = match answer {
            Ok(answer) => caught(answer).await,
            Err(panicked) => Err(panicked),
        };
        let lasts = matches!(&answer, Ok(Ok(answer)) if is_lasting(answer.response())) && unread.is_none();
        let mut is_last = asked == ConnectionType::Close || answer.is_err() || lasts;
        let mut answer = match answer {
            Ok(Ok(answer)) => answer.into(),
            Ok(Err(error)) => Response::from(error),
            // A panic outside the pages, or in the middleware around them.
            Err(_) => panic_answer::bare(&answering.headers).into(),
        };
        // The library reuses heads of answers, with the version that they were last written with. It sets the right one
        // when it writes.
        answer.head_mut().version = Version::HTTP_11;
        // A handler that closes the connection has already waited for the rest.
        let has_given_up = answer.head().connection_type() == ConnectionType::Close;
        is_last |= has_given_up;
        let is_socket = answer.head().upgrade();
        // If `Connection` asks for an upgrade, the library closes the connection, with or without `Upgrade`, without
        // saying so.
        is_last |= asked == ConnectionType::Upgrade && !is_socket;
        if lasts {
            // It ends with its connection.
            answer.head_mut().no_chunking(true);
        }
        if !knows_chunks && !is_socket {
            // HTTP/1.0 has no chunks (RFC 9112 §6.1), and to a client that asked for an upgrade the library announces
            // chunks and sends none.
            answer.head_mut().no_chunking(true);
            // Later bytes may be meant for the protocol that was offered; and an answer without a length ends with the
            // connection.
            is_last |= is_offering || answer.body().size() == BodySize::Stream;
        }
        let (mut left, mut reading) = (None, None);
        // The client has not been told to send its body.
        if wish.is_some_and(|wish| wish.is_waiting()) {
            is_last = true;
            left = unread.map(|(rest, _)| rest);
        } else if let Some((rest, queue)) = unread
            && !is_socket
        {
            let is_being_read = rest.is_being_read();
            left = Some(Rc::clone(&rest));
            if !rest.is_over() {
                let drains = queue.drain(Rc::clone(&rest), has_given_up).boxed_local();
                // The reader is usually the portal, which may go on reading while it answers. The rest is read after
                // its answer.
                if is_being_read && !is_empty(answer.body().size()) {
                    reading = Some(drains);
                } else {
                    drains.await;
                }
            }
            // The rest is still to come, or has broken off.
            is_last |= !rest.is_whole();
        }
        // A proxy that reuses connections learns in time that this one closes, and sends the next request to another
        // server (RFC 9112 §9.6).
        is_last |= answering.readiness.is_draining();
        if let Some(connection) = &connection
            && is_last
        {
            // Before this answer: otherwise the next request on the connection would be started at once.
            connection.ends().await;
        }
        if let Some(connection) = connection.as_ref().filter(|_| lasts) {
            answer = answer.map_body(|_, body| {
                connection.lasts(body);
                BoxBody::new(HeadAlone)
            });
        }
        Ok(answer.map_body(|_, body| DrainingBody {
            body,
            is_seen: false,
            reading,
            _left: left,
            connection,
        }))
    }
    // Boxed, because the library reserves memory for it in every connection, even an idle one.
    .boxed_local()
}

fn is_empty(size: BodySize) -> bool {
    matches!(size, BodySize::None | BodySize::Sized(0))
}

/// The body of an answer, and the unread rest of its request.
pub struct DrainingBody {
    body: BoxBody,
    is_seen: bool,
    /// Reads the rest before the answer ends.
    reading: Option<LocalBoxFuture<'static, ()>>,
    /// The unread rest. Kept, because the library would read the body for ever once it is dropped.
    _left: Option<Rc<Rest>>,
    connection: Option<Rc<ClientConnection>>,
}

impl std::fmt::Debug for DrainingBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DrainingBody").finish_non_exhaustive()
    }
}

impl MessageBody for DrainingBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if !self.is_seen {
            let next = ready!(Pin::new(&mut self.body).poll_next(context));
            self.is_seen = next.is_none();
            if !self.is_seen {
                return Poll::Ready(next);
            }
        }
        if let Some(reading) = &mut self.reading {
            ready!(reading.as_mut().poll(context));
            self.reading = None;
        }
        Poll::Ready(None)
    }
}

impl Drop for DrainingBody {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.response_finished();
        }
    }
}
