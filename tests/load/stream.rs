//! A connection that waits for one event.
//!
//! Ten thousand of them wait in one process, so each is a socket and the bytes that came on it, and nothing more.

use std::io::ErrorKind;
use std::net::Ipv4Addr;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::run::BOUND;
use crate::visitor::BROWSER;

/// The beginning of an event.
const EVENT: &str = "event: ";

#[derive(Debug)]
pub(crate) struct Stream {
    socket: TcpStream,
    heard: String,
}

impl Stream {
    /// Connects, asks, and returns at the first event, which says to wait.
    pub(crate) async fn open(port: u16, path: &str, headers: &[(&str, String)]) -> Self {
        let mut request = format!("GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: text/event-stream\r\n");
        let usual = BROWSER.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in usual.chain(headers.iter().cloned()) {
            request.extend([name, ": ", &value, "\r\n"]);
        }
        request.push_str("\r\n");
        let open = async {
            let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .expect("a connection");
            socket.writable().await.unwrap();
            let written = socket.try_write(request.as_bytes()).expect("room for a request");
            assert_eq!(written, request.len());
            let mut stream = Self {
                socket,
                heard: String::new(),
            };
            assert_eq!(stream.next().await, "waiting");
            stream
        };
        timeout(BOUND, open).await.expect("a stream in time")
    }

    /// The name of the next event.
    pub(crate) async fn next(&mut self) -> String {
        let mut is_open = true;
        loop {
            if let Some(event) = self.event() {
                return event;
            }
            assert!(is_open, "the stream ended without an event: {}", self.heard);
            self.socket.readable().await.unwrap();
            // The last event comes with the end.
            is_open = self.hears();
        }
    }

    /// Whether nothing but heartbeats has come, and the connection is open.
    pub(crate) fn still_waits(&mut self) -> bool {
        self.hears() && self.event().is_none()
    }

    fn event(&mut self) -> Option<String> {
        let (_, after) = self.heard.split_once(EVENT)?;
        let (name, rest) = after.split_once('\n')?;
        let (name, rest) = (name.to_owned(), rest.to_owned());
        self.heard = rest;
        Some(name)
    }

    /// Reads what has come; false when the connection is closed.
    fn hears(&mut self) -> bool {
        let mut buffer = [0; 2048];
        loop {
            match self.socket.try_read(&mut buffer) {
                Ok(0) => return false,
                Ok(length) => self
                    .heard
                    .push_str(&String::from_utf8_lossy(buffer.get(..length).unwrap_or_default())),
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }
}
