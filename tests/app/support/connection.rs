//! Requests written byte for byte, for what no client library sends.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection to a port of this machine.
pub(crate) async fn connect(port: u16) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap()
}

/// A request and its answer, on a connection that stays open.
pub(crate) async fn asks(connection: &mut TcpStream, port: u16) {
    let request = format!("HEAD /signed-out HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = connection.read_buf(&mut head).await.unwrap();
        assert_ne!(read, 0, "the connection is closed");
    }
    assert!(head.starts_with(b"HTTP/1.1 200 "));
}
