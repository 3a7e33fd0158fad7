//! A portal that writes down what it gets.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Names in small letters. A header that came twice has both values.
pub(super) type Headers = BTreeMap<String, Vec<String>>;

/// A portal that answers every request.
#[derive(Debug, Clone)]
pub(super) struct Portal {
    pub(super) address: String,
    seen: Arc<Mutex<Vec<Headers>>>,
}

impl Portal {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let portal = Self {
            address: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
        };
        let seen = Arc::clone(&portal.seen);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let headers = answer(connection).await;
                seen.lock().unwrap().push(headers);
            }
        });
        portal
    }

    /// The headers of the last request.
    pub(super) fn last(&self) -> Headers {
        self.seen.lock().unwrap().last().cloned().expect("a request")
    }
}

async fn answer(mut connection: TcpStream) -> Headers {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let mut headers = Headers::new();
    for line in String::from_utf8(head).unwrap().lines().skip(1) {
        if let Some((name, value)) = line.split_once(": ") {
            headers.entry(name.to_lowercase()).or_default().push(value.to_owned());
        }
    }
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    connection.write_all(answer).await.unwrap();
    headers
}
