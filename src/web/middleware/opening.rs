//! What comes before HTTP on a connection of the public port: a PROXY protocol header, and the TLS handshake
//! (docs/decisions/0038). Both together have as long as a head of HTTP.

mod proxy_header;
mod proxy_trouble;
mod refusal;
mod tls_handshake;
mod waiting;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use futures_util::future::Abortable;
use rustls::ServerConfig;

use super::client_address::{TrustedProxies, peer_address};
use super::client_socket::ClientSocket;
use super::paced_socket::{Pace, PacedSocket};
use crate::domain::session::after;
use crate::telemetry::Metrics;
pub use proxy_header::ProxyHeaderVersion;
pub use proxy_trouble::ProxyTroubles;
use refusal::Closed;
pub use refusal::OpeningRefusal;
pub use waiting::WaitingRoom;

/// How long it may take (SEC-308).
const OPENING: Duration = Duration::from_secs(5);

/// What comes before HTTP, and who is to be told of trouble with it.
#[derive(Debug, Clone)]
pub struct Opening {
    /// `None`: HTTP in the clear.
    pub tls: Option<Arc<ServerConfig>>,
    /// What each connection of a trusted proxy must begin with.
    pub proxy_header: Option<ProxyHeaderVersion>,
    pub trusted: Arc<TrustedProxies>,
    pub troubles: Arc<ProxyTroubles>,
    pub metrics: Arc<Metrics>,
}

/// A connection on which HTTP begins, with the address of whoever opened it.
pub type BegunConnection = (ClientSocket, Option<SocketAddr>);

/// A connection of which nothing is asked before HTTP.
pub fn opens_at_once(stream: TcpStream, pace: &Rc<Pace>) -> BegunConnection {
    let peer = stream.peer_addr().ok();
    (ClientSocket::Plain(PacedSocket::new(stream, Rc::clone(pace))), peer)
}

/// Reads what comes before HTTP. `None` where the connection is to be closed.
pub async fn opens(
    opening: Opening,
    stream: TcpStream,
    pace: Rc<Pace>,
    waiting: Rc<WaitingRoom>,
) -> Option<BegunConnection> {
    let peer = stream.peer_addr().ok();
    let metrics = Arc::clone(&opening.metrics);
    let troubles = Arc::clone(&opening.troubles);
    let begun = pace.clock.now();
    let deadline = pace.clock.sleep_until(after(begun, OPENING));
    let (_place, registration) = waiting.enters();
    let opened = Abortable::new(reads(&opening, stream, peer, &pace), registration);
    let opened = tokio::select! {
        opened = opened => opened.unwrap_or(Err(OpeningRefusal::Crowded.into())),
        () = deadline => Err(OpeningRefusal::TimedOut.into()),
    };
    match opened {
        Ok(opened) => Some(opened),
        Err(Closed::Gone) => None,
        Err(Closed::Refused(refusal)) => {
            metrics.connection_refused(refusal.name());
            if refusal == OpeningRefusal::ProxyHeader {
                troubles.add(peer_address(peer), pace.clock.now());
            }
            None
        }
    }
}

async fn reads(
    opening: &Opening,
    mut stream: TcpStream,
    peer: Option<SocketAddr>,
    pace: &Rc<Pace>,
) -> Result<BegunConnection, Closed> {
    let mut client = peer;
    if let Some(version) = opening.proxy_header
        && opening.trusted.contains(peer_address(peer))
    {
        client = proxy_header::read(&mut stream, version).await?.or(peer);
    }
    let socket = match &opening.tls {
        Some(tls) => tls_handshake::shakes_hands(stream, Arc::clone(tls), pace).await?,
        None => ClientSocket::Plain(PacedSocket::new(stream, Rc::clone(pace))),
    };
    Ok((socket, client))
}
