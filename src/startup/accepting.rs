//! Takes the connections of a port from the system, and hands them to the HTTP library when HTTP begins on them.

use std::net::SocketAddr;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_http::Protocol;
use actix_service::{Service, ServiceFactory, fn_factory};
use actix_web::rt::net::TcpStream;
use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, Shared};
use tokio::sync::watch;

use super::worker_state;
use super::worker_state::Port;
use crate::domain::session::after;
use crate::web::middleware::connection::{Wire, serves};
use crate::web::middleware::opening::{BegunConnection, WaitingRoom, opens, opens_at_once};
use crate::web::middleware::paced_socket::Pace;

/// How long a handshake that is under way may take when the service stops.
const LAST: Duration = Duration::from_secs(1);

/// What the library takes.
type Begun = (Wire, Protocol, Option<SocketAddr>);

/// What the connections of a port have in common on one worker.
#[derive(Clone)]
pub(super) struct Accepting {
    pub(super) port: Port,
    pub(super) state: watch::Receiver<worker_state::Shared>,
    pub(super) pace: Rc<Pace>,
    pub(super) waiting: Rc<WaitingRoom>,
    /// Completes when no more connections are accepted.
    pub(super) stopping: Shared<LocalBoxFuture<'static, ()>>,
}

impl Accepting {
    /// Accepts for this HTTP service.
    pub(super) fn in_front_of<H>(
        self,
        http: H,
    ) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = H::Error, InitError = H::InitError>
    where
        H: ServiceFactory<Begun, Config = (), Response = ()>,
        H::Service: 'static,
        H::Future: 'static,
    {
        fn_factory(move || {
            let accepting = self.clone();
            let http = http.new_service(());
            async move {
                Ok(Accepts {
                    http: Rc::new(http.await?),
                    accepting,
                })
            }
        })
    }
}

struct Accepts<S> {
    http: Rc<S>,
    accepting: Accepting,
}

impl<S: Service<Begun, Response = ()> + 'static> Service<TcpStream> for Accepts<S> {
    type Response = ();
    type Error = S::Error;
    type Future = LocalBoxFuture<'static, Result<(), S::Error>>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.http.poll_ready(context)
    }

    fn call(&self, stream: TcpStream) -> Self::Future {
        // OK to ignore: the connection is only slower without it.
        let _ = stream.set_nodelay(true);
        let Accepting {
            port,
            ref state,
            ref pace,
            ref waiting,
            ref stopping,
        } = self.accepting;
        let opening = state.borrow().opening(port);
        let Some(opening) = opening else {
            return begins(&self.http, opens_at_once(stream, pace), Rc::clone(pace));
        };
        let (http, pace, stopping) = (Rc::clone(&self.http), Rc::clone(pace), stopping.clone());
        // By itself, so that nothing of it is left while the connection is served.
        let opens = opens(opening, stream, Rc::clone(&pace), Rc::clone(waiting)).boxed_local();
        async move {
            let opened = tokio::select! {
                opened = opens => opened,
                () = is_over(stopping, &pace) => None,
            };
            match opened {
                Some(opened) => begins(&http, opened, pace).await,
                None => Ok(()),
            }
        }
        .boxed_local()
    }
}

/// Completes a moment after no more connections are accepted: long enough for a handshake that is under way, and silent
/// connections do not delay the end.
async fn is_over(stopping: Shared<LocalBoxFuture<'static, ()>>, pace: &Pace) {
    stopping.await;
    pace.clock.sleep_until(after(pace.clock.now(), LAST)).await;
}

/// HTTP begins.
fn begins<S: Service<Begun, Response = ()> + 'static>(
    http: &Rc<S>,
    (socket, peer): BegunConnection,
    pace: Rc<Pace>,
) -> LocalBoxFuture<'static, Result<(), S::Error>>
where
    S::Future: 'static,
{
    let wire = Wire::new(socket, pace);
    serves(wire.connection(), || http.call((wire, Protocol::Http1, peer)))
}
