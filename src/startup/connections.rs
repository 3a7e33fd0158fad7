//! Serves connections, for any application.
//!
//! Does what `actix_web::HttpServer` does, and three more things: bytes come through a [`Wire`], a request passes
//! [`crate::web::middleware::unread_body::asks`] before it reaches the application, and a client that sent `Expect: 100-continue` is told to
//! continue by the code that wants the body ([`patiently`]).

use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, Request};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, ServiceFactory};
use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, ServiceResponse};
use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::accepting::Accepting;
use super::newest::NewestFactory;
use super::worker_state::{Port, Shared};
use crate::clock::Clock;
use crate::web::middleware::connection::ClientConnection;
use crate::web::middleware::expect::patiently;
use crate::web::middleware::paced_socket::Pace;

/// Longer than the pools of the proxies in front keep idle connections (nginx: 60 s).
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long the head of the first request may take to arrive.
const HEAD: Duration = Duration::from_secs(5);

/// How long a client that is still sending has after its answer before it is cut off, so that it can read the answer.
const LINGER: Duration = Duration::from_secs(1);

/// How many bytes of an answer wait in the system to be sent. The system reports room for more when half of them have
/// been sent.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 64 * 1024;

/// What the connections of one port share.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    pub(super) port: Port,
    /// The state of the service, another one whenever its settings are reloaded.
    pub(super) state: watch::Receiver<Shared>,
    pub(super) clock: Arc<dyn Clock>,
    /// How long a client may read nothing of an answer.
    pub(super) patience: Duration,
}

/// Makes the system accept, on every connection of this port, only as much of an answer as the client may soon have
/// read. By default it would accept some MiB and report room for more only when a third of them has been sent, so a
/// slow client would seem to read nothing for minutes.
#[cfg(target_os = "linux")]
fn keeps_little(listener: &TcpListener) -> io::Result<()> {
    socket2::SockRef::from(listener).set_tcp_notsent_lowat(UNSENT)
}

/// Other systems are for development only.
#[cfg(not(target_os = "linux"))]
fn keeps_little(_: &TcpListener) -> io::Result<()> {
    Ok(())
}

/// Serves on a port the application that `app` makes of the state.
pub(super) fn listens<A, I, F>(
    server: ServerBuilder,
    listener: TcpListener,
    connections: Connections,
    app: A,
) -> io::Result<ServerBuilder>
where
    A: Fn(&Shared) -> I + Send + Clone + 'static,
    I: IntoServiceFactory<F, Request> + 'static,
    F: ServiceFactory<Request, Config = AppConfig, Response = ServiceResponse<BoxBody>, Error = Error, InitError = ()>
        + 'static,
    F::Service: 'static,
    F::Future: 'static,
{
    let stopping = server.graceful_shutdown_signal();
    keeps_little(&listener)?;
    server.listen("portico", listener, move || {
        let Connections {
            port,
            state,
            clock,
            patience,
        } = connections.clone();
        // Shared, because every connection waits for it.
        let stopping = stopping.clone();
        let stopping = async move { stopping.notified().await }.boxed_local().shared();
        let ending = stopping.clone();
        let pace = Pace { clock, patience };
        let (app, expecting) = patiently(NewestFactory::new(port, state.clone(), app.clone()));
        let http = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD)
            .client_disconnect_timeout(LINGER)
            .graceful_shutdown_signal(move || {
                let connection = ClientConnection::current().unwrap_or_default();
                connection.is_ending(ending.clone())
            })
            .expect(expecting)
            .finish(app);
        let accepting = Accepting {
            port,
            state,
            pace: Rc::new(pace),
            waiting: Rc::default(),
            stopping,
        };
        accepting.in_front_of(http)
    })
}
