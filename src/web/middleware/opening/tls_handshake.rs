//! The TLS handshake, and what a client is told that speaks HTTP in the clear instead.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::rt::net::TcpStream;
use rustls::ServerConfig;
use rustls::server::Acceptor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::refusal::{Closed, OpeningRefusal};
use crate::web::middleware::client_socket::ClientSocket;
use crate::web::middleware::paced_socket::{Pace, PacedSocket};

/// What a browser shows to a customer who typed http.
const SPEAKS_HTTPS: &str = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
                            content-length: 77\r\nconnection: close\r\n\r\n\
                            This address works with https only: please use https:// instead of http://.\r\n";

/// How many bytes of a request in the clear are read away, so that its client gets to see the answer.
const UNREAD: usize = 64 * 1024;

pub(super) async fn shakes_hands(
    mut stream: TcpStream,
    tls: Arc<ServerConfig>,
    pace: &Rc<Pace>,
) -> Result<ClientSocket, Closed> {
    // A connection that says nothing costs no more than its socket.
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(1..) => {}
        Ok(0) | Err(_) => return Err(Closed::Gone),
    }
    let [first] = first;
    if first.is_ascii_uppercase() {
        points_to_https(&mut stream).await;
        return Err(OpeningRefusal::PlainHttp.into());
    }
    let socket = PacedSocket::new(stream, Rc::clone(pace));
    match finishes(socket, tls).await {
        Ok(socket) => Ok(ClientSocket::Tls(Box::new(socket))),
        Err(_) => Err(OpeningRefusal::Tls.into()),
    }
}

/// In two steps, because only then a client whose offer does not suit is told so by a whole alert.
async fn finishes(socket: PacedSocket, tls: Arc<ServerConfig>) -> io::Result<TlsStream<PacedSocket>> {
    let begun = LazyConfigAcceptor::new(Acceptor::default(), socket).await?;
    begun.into_stream(tls).await
}

/// OK to ignore errors: the client is gone.
async fn points_to_https(stream: &mut TcpStream) {
    let _ = stream.write_all(SPEAKS_HTTPS.as_bytes()).await;
    let _ = stream.shutdown().await;
    let mut unread = stream.take(UNREAD as u64);
    let mut piece = [0; 1024];
    while let Ok(1..) = unread.read(&mut piece).await {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_is_as_long_as_it_says() {
        let (head, body) = SPEAKS_HTTPS.split_once("\r\n\r\n").unwrap();
        assert!(
            head.contains(&format!("content-length: {}\r\n", body.len())),
            "{}",
            body.len()
        );
    }
}
