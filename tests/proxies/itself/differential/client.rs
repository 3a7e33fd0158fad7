//! The client that sends the requests, on raw sockets.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::random::Rng;
use super::requests::{Fate, Outgoing};
use crate::support::secs;

/// How the end of a body is marked.
#[derive(Debug, Clone, Copy)]
enum End {
    Length(usize),
    Chunked,
    Close,
}

/// A connection, and the bytes that came on it and were not read yet.
struct Talk {
    stream: TcpStream,
    heard: Vec<u8>,
    /// Whether an answer said that it is the last.
    is_over: bool,
}

/// How far a connection got.
#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) sent: usize,
    /// The other requests may have arrived or not.
    pub(super) answered: usize,
}

impl Progress {
    fn to(count: usize) -> Self {
        Self {
            sent: count,
            answered: count,
        }
    }
}

/// Sends the requests of a connection and reads the answers, one after the other or all at once.
pub(super) async fn talks(port: u16, rng: &mut Rng, requests: &[Outgoing]) -> Progress {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut talk = Talk {
        stream,
        heard: Vec::new(),
        is_over: false,
    };
    let is_plain = |request: &Outgoing| {
        let is_heard = request.sent.fate == Fate::Arrives && !request.is_half_answered;
        is_heard && request.expects.is_none() && !request.is_socket
    };
    if requests.len() > 1 && requests.iter().all(is_plain) && rng.once_in(2) {
        return Progress {
            sent: requests.len(),
            answered: talk.sends_all_at_once(requests).await,
        };
    }
    for (at, request) in requests.iter().enumerate() {
        let goes_on = tokio::time::timeout(secs(60), talk.asks(rng, request)).await;
        if !goes_on.unwrap_or_else(|_| panic!("no end of {request:?}")) {
            return Progress::to(at + 1);
        }
    }
    Progress::to(requests.len())
}

impl Talk {
    /// Sends one request. Gives whether the connection can take another.
    async fn asks(&mut self, rng: &mut Rng, request: &Outgoing) -> bool {
        if request.is_broken && rng.once_in(3) {
            // Hangs up at once.
            self.says(&request.head).await;
            self.says(&request.body).await;
            return false;
        }
        self.says(&request.head).await;
        if let Some(is_refused) = request.expects {
            let first = self.hears(request, true).await;
            let is_told = first == Some(100);
            assert!(!(is_refused && is_told), "told to go on, and refused: {request:?}");
            let must_be = request.sent.fate == Fate::Arrives;
            assert!(is_told || !must_be, "not told to go on: {first:?} {request:?}");
            if !is_told {
                return false;
            }
        }
        self.says_in_pieces(rng, &request.body).await;
        if request.is_broken {
            // OK to ignore because the connection may have been cut off.
            let _ = self.stream.shutdown().await;
        }
        let status = self.hears(request, false).await;
        if request.is_socket {
            assert_eq!(status, Some(101), "{request:?}");
            self.says(b"GET /smuggled?m=whole HTTP/1.1\r\nHost: x\r\n\r\n").await;
            self.hears_to("smuggled").await;
            return false;
        }
        assert_ne!(status, Some(101), "{request:?}");
        if request.sent.fate != Fate::Arrives || request.is_half_answered {
            return false;
        }
        assert!(matches!(status, Some(200 | 502)), "{status:?}: {request:?}");
        !self.is_over
    }

    /// How many requests were answered. A connection may end before all are, and a client that sends ahead must then
    /// ask again (RFC 9112 §9.3.2).
    async fn sends_all_at_once(&mut self, requests: &[Outgoing]) -> usize {
        let all: Vec<u8> = requests
            .iter()
            .flat_map(|one| [&one.head[..], &one.body].concat())
            .collect();
        self.says(&all).await;
        for (at, request) in requests.iter().enumerate() {
            let hearing = tokio::time::timeout(secs(60), self.hears(request, false));
            let status = hearing.await.unwrap_or_else(|_| panic!("no end of {request:?}"));
            if status.is_none() && at > 0 {
                return at;
            }
            assert!(matches!(status, Some(200 | 502)), "{status:?}: {request:?}");
            if self.is_over {
                return at + 1;
            }
        }
        requests.len()
    }

    async fn says(&mut self, bytes: &[u8]) {
        // OK to ignore because connections with bad requests are cut off.
        let _ = self.stream.write_all(bytes).await;
    }

    async fn says_in_pieces(&mut self, rng: &mut Rng, bytes: &[u8]) {
        let (before, after) = bytes.split_at(rng.below(bytes.len() + 1));
        self.says(before).await;
        if rng.once_in(4) {
            tokio::task::yield_now().await;
        }
        self.says(after).await;
    }

    /// The status of the next answer, which must be an answer to this request; `None` when the connection ends instead.
    async fn hears(&mut self, request: &Outgoing, is_expected: bool) -> Option<u16> {
        loop {
            if let Some((status, how)) = self.head(request) {
                if status == 100 && !is_expected {
                    continue;
                }
                return self.has_body(request, how).await.then_some(status);
            }
            if !self.more().await {
                return None;
            }
        }
    }

    /// Reads the head of an answer: its status, and how its body ends.
    fn head(&mut self, request: &Outgoing) -> Option<(u16, End)> {
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut answer = httparse::Response::new(&mut lines);
        let parsed = answer.parse(&self.heard).unwrap_or_else(|error| {
            panic!(
                "no answer ({error}): {:?} to {request:?}",
                String::from_utf8_lossy(&self.heard)
            )
        });
        let httparse::Status::Complete(end) = parsed else {
            return None;
        };
        let status = answer.code.unwrap();
        let mut end_of_body = End::Close;
        for line in answer.headers.iter() {
            let value = std::str::from_utf8(line.value).unwrap_or_default();
            if line.name.eq_ignore_ascii_case("x-seen") {
                assert_eq!(value, request.sent.target, "an answer to somebody else");
            }
            if line.name.eq_ignore_ascii_case("transfer-encoding") {
                end_of_body = End::Chunked;
            }
            if line.name.eq_ignore_ascii_case("connection") {
                self.is_over |= value.eq_ignore_ascii_case("close");
            }
            if line.name.eq_ignore_ascii_case("content-length") {
                end_of_body = End::Length(value.parse().unwrap());
            }
        }
        let has_none = status < 200 || status == 204 || status == 304 || request.head.starts_with(b"HEAD");
        self.heard.drain(..end);
        Some((status, if has_none { End::Length(0) } else { end_of_body }))
    }

    /// Whether the body of an answer is complete.
    async fn has_body(&mut self, request: &Outgoing, how: End) -> bool {
        loop {
            let end = match how {
                End::Length(length) => (self.heard.len() >= length).then_some(length),
                End::Chunked => {
                    let mut ends = self.heard.windows(5);
                    ends.position(|end| end == b"0\r\n\r\n").map(|at| at + 5)
                }
                End::Close => None,
            };
            if let Some(end) = end {
                let body = String::from_utf8_lossy(&self.heard[..end]).into_owned();
                assert!(!body.contains("EVIL"), "{body}: {request:?}");
                self.heard.drain(..end);
                return true;
            }
            if !self.more().await {
                return matches!(how, End::Close);
            }
        }
    }

    async fn hears_to(&mut self, until: &str) {
        while !String::from_utf8_lossy(&self.heard).contains(until) {
            assert!(self.more().await, "the end before {until}");
        }
    }

    /// Whether more bytes came before the end.
    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.heard).await, Ok(1..))
    }
}
