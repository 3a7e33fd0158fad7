//! A portal that answers with exactly the bytes that a test specifies, and records every byte of its requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::portal::Portal;
use crate::scene::{Scene, under_a_path};
use crate::support::eventually;

/// The portal.
#[derive(Debug, Clone)]
pub(super) struct RawPortal {
    pub(super) port: u16,
    connections: Arc<Mutex<Vec<Connection>>>,
}

/// The bytes that came on one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection {
    pub(super) heard: Vec<u8>,
    pub(super) is_over: bool,
}

impl RawPortal {
    /// One that sends `answer` as soon as the head of a request, and `after` more bytes, have come. `None`: it never
    /// answers.
    pub(super) async fn saying(answer: Option<&'static str>, after: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut all = all.lock().unwrap();
                    all.push(Connection::default());
                    all.len() - 1
                };
                tokio::spawn(serves(stream, Arc::clone(&all), number, answer, after));
            }
        });
        Self { port, connections }
    }

    /// The service in front of it, with these settings too.
    pub(super) async fn scene(&self, more: &[(&str, &str)]) -> Scene {
        let upstream = format!("http://127.0.0.1:{}", self.port);
        let mut settings = vec![("portal.upstream", upstream.as_str())];
        settings.extend_from_slice(more);
        Scene::alone(&under_a_path(), Portal::start(), &settings).await
    }

    /// The bytes so far, connection by connection.
    pub(super) fn connections(&self) -> Vec<Connection> {
        self.connections.lock().unwrap().clone()
    }

    /// Waits until this text has come on some connection.
    pub(super) async fn hears(&self, text: &str) {
        eventually(text, async || {
            let connections = self.connections();
            let mut heard = connections
                .iter()
                .map(|one| String::from_utf8_lossy(&one.heard).into_owned());
            heard.any(|heard| heard.contains(text))
        })
        .await;
    }
}

async fn serves(
    mut stream: TcpStream,
    all: Arc<Mutex<Vec<Connection>>>,
    number: usize,
    answer: Option<&str>,
    after: usize,
) {
    let mut buffer = vec![0; 64 * 1024];
    let mut answered = 0;
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        let heads = {
            let mut all = all.lock().unwrap();
            let connection = &mut all[number];
            connection.heard.extend_from_slice(&buffer[..count]);
            connection.is_over = count == 0;
            heads(&connection.heard, after)
        };
        if count == 0 {
            return;
        }
        for _ in answered..heads {
            if let Some(answer) = answer {
                // OK to ignore because the client may be gone.
                let _ = stream.write_all(answer.as_bytes()).await;
                // An answer that says so is the last one.
                if answer.contains("Connection: close") {
                    let _ = stream.shutdown().await;
                    return;
                }
            }
        }
        answered = heads;
    }
}

/// How many heads have come, with this many bytes behind the last.
fn heads(heard: &[u8], after: usize) -> usize {
    let ends = heard.windows(4).enumerate();
    ends.filter(|(at, window)| window == b"\r\n\r\n" && heard.len() >= at + 4 + after)
        .count()
}
