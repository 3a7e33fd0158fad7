//! The application of a worker. When the settings are reloaded, the worker makes another one: a request goes to the
//! newest application there is at its begin, and ends where it began.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::{Rc, Weak};

use actix_http::{Request, Response};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, always_ready};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, ServiceResponse};
use actix_web::rt;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use tokio::sync::watch;

use super::worker_state::{Port, Shared};
use crate::panics::caught;
use crate::web::middleware::unread_body;
use crate::web::middleware::unread_body::{Answering, DrainingBody};

/// Makes the newest application of one port for each worker.
pub(super) struct NewestFactory<A, I, F> {
    port: Port,
    state: watch::Receiver<Shared>,
    app: A,
    /// What `app` gives, and what is made of that.
    made: PhantomData<fn() -> (I, F)>,
}

impl<A: Fn(&Shared) -> I, I, F> NewestFactory<A, I, F> {
    /// `app` makes an application of a state.
    pub(super) fn new(port: Port, state: watch::Receiver<Shared>, app: A) -> Self {
        Self {
            port,
            state,
            app,
            made: PhantomData,
        }
    }
}

impl<A, I, F> ServiceFactory<Request> for NewestFactory<A, I, F>
where
    A: Fn(&Shared) -> I + Clone + 'static,
    I: IntoServiceFactory<F, Request> + 'static,
    F: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
        + 'static,
    F::Service: 'static,
    F::Future: 'static,
{
    type Response = Response<DrainingBody>;
    type Error = Error;
    type Config = ();
    type Service = Newest<F::Service>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<Self::Service, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (port, mut state, app) = (self.port, self.state.clone(), self.app.clone());
        async move {
            let first = state.borrow_and_update().clone();
            let current = Rc::new(RefCell::new(Rc::new(Made::new(port, &first, &app).await?)));
            // Ends with the service.
            drop(rt::spawn(follow(Rc::downgrade(&current), port, state, app)));
            Ok(Newest { current })
        }
        .boxed_local()
    }
}

/// An application with what its answers share.
struct Made<S> {
    app: S,
    answering: Rc<Answering>,
}

impl<S> Made<S> {
    async fn new<A, I, F>(port: Port, state: &Shared, app: &A) -> Result<Self, ()>
    where
        A: Fn(&Shared) -> I,
        I: IntoServiceFactory<F, Request>,
        F: ServiceFactory<Request, Config = AppConfig, Service = S, InitError = ()>,
    {
        Ok(Self {
            app: app(state).into_factory().new_service(AppConfig::default()).await?,
            answering: Rc::new(state.answering(port)),
        })
    }
}

/// Makes another application for each new state.
async fn follow<A, I, F>(
    current: Weak<RefCell<Rc<Made<F::Service>>>>,
    port: Port,
    mut state: watch::Receiver<Shared>,
    app: A,
) where
    A: Fn(&Shared) -> I,
    I: IntoServiceFactory<F, Request>,
    F: ServiceFactory<Request, Config = AppConfig, InitError = ()>,
{
    while state.changed().await.is_ok() {
        let newest = state.borrow_and_update().clone();
        let made = caught(Made::new(port, &newest, &app)).await;
        let Some(current) = current.upgrade() else {
            return;
        };
        if let Ok(Ok(made)) = made {
            current.replace(Rc::new(made));
        } else {
            tracing::error!("a worker could not use the reloaded settings and goes on with the former ones; restart");
        }
    }
}

/// The newest application of a worker.
pub(super) struct Newest<S> {
    current: Rc<RefCell<Rc<Made<S>>>>,
}

impl<S> Service<Request> for Newest<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
    S::Future: 'static,
{
    type Response = Response<DrainingBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    always_ready!();

    fn call(&self, req: Request) -> Self::Future {
        let made = Rc::clone(&self.current.borrow());
        unread_body::asks(&made.answering, req, &made.app)
    }
}
