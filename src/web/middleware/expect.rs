//! `Expect: 100-continue` (RFC 9110 §10.1.1): a client that waits before it sends a body is told to continue when a
//! handler reads the body, and not before. A refusal is sent at once, and the client need not send the body.
//!
//! The library first calls a separate service, sends "100 Continue" when that has succeeded, and only then calls the
//! application. So that service starts the application's answer, stops where the body is wanted, and hands over the
//! unfinished answer.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_http::error::PayloadError;
use actix_http::{BoxedPayloadStream, ConnectionType, HttpMessage, Payload, Request, Response};
use actix_service::fn_service;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceFactory};
use actix_web::web::Bytes;
use futures_util::future::{Either, LocalBoxFuture};
use futures_util::{FutureExt as _, Stream};

/// The application, and the service that the library calls before it for a request with `Expect: 100-continue`.
pub fn patiently<F, B>(
    app: F,
) -> (
    Patient<F>,
    impl ServiceFactory<
        Request,
        Config = (),
        Response = Request,
        Error = Response<BoxBody>,
        InitError = (),
        Service: 'static,
        Future: 'static,
    >,
)
where
    F: ServiceFactory<Request>,
    F::Service: 'static,
    F::Response: Into<Response<B>> + 'static,
    F::Error: Into<Response<BoxBody>> + 'static,
    B: MessageBody + 'static,
{
    let shared = Shared::<F::Service>::default();
    let asked = Rc::clone(&shared);
    let expecting = fn_service(move |req| asks_first(Rc::clone(&asked), req).boxed_local());
    (Patient { app, shared }, expecting)
}

type Shared<S> = Rc<RefCell<Option<Rc<S>>>>;

/// Makes the application.
pub struct Patient<F: ServiceFactory<Request>> {
    app: F,
    shared: Shared<F::Service>,
}

impl<F: ServiceFactory<Request>> fmt::Debug for Patient<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Patient").finish_non_exhaustive()
    }
}

impl<F> ServiceFactory<Request> for Patient<F>
where
    F: ServiceFactory<Request, Config = ()>,
    F::Future: 'static,
    F::Service: 'static,
    <F::Service as Service<Request>>::Future: 'static,
    F::Response: 'static,
    F::Error: 'static,
{
    type Response = F::Response;
    type Error = F::Error;
    type Config = ();
    type Service = GoesOn<F::Service>;
    type InitError = F::InitError;
    type Future = LocalBoxFuture<'static, Result<Self::Service, Self::InitError>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (app, shared) = (self.app.new_service(()), Rc::clone(&self.shared));
        Box::pin(async move {
            let app = Rc::new(app.await?);
            shared.replace(Some(Rc::clone(&app)));
            Ok(GoesOn(app))
        })
    }
}

/// The application. It continues an answer that was started.
pub struct GoesOn<S>(Rc<S>);

impl<S> fmt::Debug for GoesOn<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GoesOn").finish_non_exhaustive()
    }
}

/// An answer in progress.
type Answering<S> = LocalBoxFuture<'static, Result<<S as Service<Request>>::Response, <S as Service<Request>>::Error>>;

struct Begun<S: Service<Request>>(Answering<S>);

impl<S> Service<Request> for GoesOn<S>
where
    S: Service<Request> + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<Answering<S>, S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&self, req: Request) -> Self::Future {
        let begun = req.extensions_mut().remove::<Begun<S>>();
        match begun {
            Some(Begun(answer)) => Either::Left(answer),
            None => Either::Right(self.0.call(req)),
        }
    }
}

/// Starts the application's answer, and hands it over unfinished when it wants the body. An error is the final answer.
async fn asks_first<S, B>(app: Shared<S>, mut req: Request) -> Result<Request, Response<BoxBody>>
where
    S: Service<Request> + 'static,
    S::Response: Into<Response<B>> + 'static,
    S::Error: Into<Response<BoxBody>> + 'static,
    B: MessageBody + 'static,
{
    let app = app.borrow().clone();
    let Some(app) = app else {
        return Err(Response::internal_server_error().map_into_boxed_body());
    };
    let answered = |answer: Result<S::Response, S::Error>| match answer {
        Ok(answer) => answer.into().map_into_boxed_body(),
        Err(error) => error.into(),
    };
    if matches!(req.payload(), Payload::None) {
        return Err(answered(app.call(req).await));
    }
    let wish = ContinueWish::of(&mut req);
    let mut answer: Answering<S> = Box::pin(app.call(req));
    let first = poll_fn(|context| {
        // Polled first, so that a body that has already arrived is simply used.
        if let Poll::Ready(answer) = answer.as_mut().poll(context) {
            return Poll::Ready(Some(answer));
        }
        wish.poll_known(context).map(|()| None)
    });
    let Some(first) = first.await else {
        let goes_on = Request::new();
        goes_on.extensions_mut().insert(Begun::<S>(answer));
        return Ok(goes_on);
    };
    let mut answer = answered(first);
    if !wish.is_waiting() || answer.upgrade() {
        return Err(answer);
    }
    // The client may send the body anyway.
    let head = answer.head_mut();
    head.set_connection_type(ConnectionType::Close);
    Err(answer.map_body(|_, body| BoxBody::new(Refusal { body, _wish: wish })))
}

/// Whether the client of this request waits with its body until a handler reads it.
pub fn is_awaited(req: &impl HttpMessage) -> bool {
    let wish = req.extensions().get::<Rc<ContinueWish>>().cloned();
    wish.is_some_and(|wish| wish.is_waiting())
}

/// Whether the body of a request with `Expect: 100-continue` is wanted. Kept in the request's extensions.
pub struct ContinueWish {
    payload: RefCell<Payload>,
    is_answered: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

impl fmt::Debug for ContinueWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContinueWish")
            .field("is_answered", &self.is_answered)
            .finish_non_exhaustive()
    }
}

impl ContinueWish {
    /// Whether the body has not been wanted yet.
    pub fn is_waiting(&self) -> bool {
        !self.is_answered.get()
    }

    fn of(req: &mut Request) -> Rc<Self> {
        let wish = Rc::new(Self {
            payload: RefCell::new(req.take_payload()),
            is_answered: Cell::default(),
            waker: RefCell::default(),
        });
        let body: BoxedPayloadStream = Box::pin(Body(Rc::clone(&wish)));
        *req.payload() = Payload::Stream { payload: body };
        req.extensions_mut().insert(Rc::clone(&wish));
        wish
    }

    fn tells(&self) {
        if !self.is_answered.replace(true)
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }

    fn poll_known(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.is_waiting() {
            self.waker.replace(Some(context.waker().clone()));
            return Poll::Pending;
        }
        Poll::Ready(())
    }
}

/// The body. Reading it signals that it is wanted.
struct Body(Rc<ContinueWish>);

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.tells();
        Pin::new(&mut *self.0.payload.borrow_mut()).poll_next(context)
    }
}

/// The answer instead of "100 Continue". It holds the request's body meanwhile: the library would wait for ever for the
/// chunks of a dropped body.
/// pieces of a body that was dropped.
struct Refusal {
    body: BoxBody,
    _wish: Rc<ContinueWish>,
}

impl MessageBody for Refusal {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
