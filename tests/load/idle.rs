//! A connection as a proxy keeps it: used once, then idle, then used again without checking that it is still open.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::run::BOUND;

#[derive(Debug)]
pub(crate) struct Idle {
    socket: TcpStream,
    port: u16,
}

impl Idle {
    /// Connects, and sends one request.
    pub(crate) async fn open(port: u16) -> Self {
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
        let mut idle = Self {
            socket: socket.expect("a connection"),
            port,
        };
        idle.asks().await;
        idle
    }

    /// Sends a request, and expects an answer.
    pub(crate) async fn asks(&mut self) {
        let request = format!("HEAD /signed-out HTTP/1.1\r\nhost: localhost:{}\r\n\r\n", self.port);
        let asking = async {
            self.socket.write_all(request.as_bytes()).await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && self.socket.read_buf(&mut head).await? > 0 {}
            Ok::<_, std::io::Error>(head)
        };
        let head = timeout(BOUND, asking).await.expect("an answer in time");
        let head = head.expect("a connection that stands");
        assert!(head.starts_with(b"HTTP/1.1 200 "), "the connection was closed");
    }
}
