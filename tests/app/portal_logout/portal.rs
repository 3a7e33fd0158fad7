//! A portal that answers as the test says, and keeps what it was sent.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::eventually;

/// What it answers.
#[derive(Debug, Clone)]
pub(super) enum Mood {
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
    /// Nothing, for this long, and then 200.
    Slow(Duration),
}

/// A request: its head, and the header and claims of its logout token.
#[derive(Debug, Clone)]
pub(super) struct Received {
    pub(super) head: String,
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Received {
    pub(super) fn sid(&self) -> &str {
        self.claims["sid"].as_str().unwrap()
    }
}

#[derive(Debug)]
pub(super) struct Portal {
    pub(super) address: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    mood: Mood,
    received: Vec<Received>,
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Portal {
    /// Listens on a free port.
    pub(super) async fn start(mood: Mood) -> Self {
        Self::start_at(0, mood).await
    }

    pub(super) async fn start_at(port: u16, mood: Mood) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let address = format!("http://{}/logout", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            mood,
            received: Vec::new(),
        }));
        let of_task = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&of_task)));
            }
        });
        Self { address, state, task }
    }

    pub(super) fn feels(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Everything that it was sent, in the order of arrival.
    pub(super) fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// The names of the sessions that it was told of, each once. The clock of the service may have gone on during a try,
    /// which is then repeated.
    pub(super) fn sessions(&self) -> BTreeSet<String> {
        self.received().iter().map(|it| it.sid().to_owned()).collect()
    }

    /// Waits until it has been sent this many tokens, and gives their sessions in order of their names.
    pub(super) async fn is_told(&self, times: usize) -> Vec<String> {
        eventually("a logout token", async || self.received().len() >= times).await;
        let mut sids: Vec<String> = self.received().iter().map(|it| it.sid().to_owned()).collect();
        assert_eq!(sids.len(), times);
        sids.sort();
        sids
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut text = String::new();
    let (head, body) = loop {
        let mut buffer = [0; 4096];
        let Ok(length @ 1..) = stream.read(&mut buffer).await else {
            return;
        };
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase();
            let length = length.split("content-length: ").nth(1).unwrap().lines().next().unwrap();
            if body.len() == length.parse::<usize>().unwrap() {
                break (head.to_owned(), body.to_owned());
            }
        }
    };
    let token = body.strip_prefix("logout_token=").expect("one field");
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut part = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    let received = Received {
        head,
        header: part(),
        claims: part(),
    };
    let mood = {
        let mut state = state.lock().unwrap();
        state.received.push(received);
        state.mood.clone()
    };
    let (status, more) = match mood {
        Mood::Status(status) => (status, String::new()),
        Mood::Redirect(to) => (307, format!("Location: {to}\r\n")),
        Mood::Slow(time) => {
            #[expect(clippy::disallowed_methods, reason = "this portal is slow by the clock on the wall")]
            tokio::time::sleep(time).await;
            (200, String::new())
        }
    };
    let head = format!("HTTP/1.1 {status} As said\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
    // OK to ignore because the service may have given up.
    let _ = stream.write_all(head.as_bytes()).await;
}
