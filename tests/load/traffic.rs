//! Questions as Traefik asks them, without a pause, over connections that are kept.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::Process;

/// Connections that are kept open, as a proxy keeps them.
const CONNECTIONS: usize = 64;

/// Rounds of each kind, in turn. The quickest counts, since other work on the machine only adds.
const ROUNDS: usize = 5;

/// A program.
const PROGRAM: &str = "Accept: application/json\r\n";

/// A browser that is about to show a page.
const PAGE: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

/// A client that asks without a pause.
pub(crate) struct Load<'a> {
    process: &'a Process,
    port: u16,
    requests: Vec<Vec<u8>>,
    /// How each answer begins.
    answer: &'static str,
}

impl<'a> Load<'a> {
    /// Programs with these cookies, one after the other. They pass.
    pub(crate) fn passes(process: &'a Process, port: u16, cookies: &[String]) -> Self {
        Self::of(process, port, cookies, PROGRAM, "HTTP/1.1 200 ")
    }

    /// A program that nobody knows.
    pub(crate) fn is_refused(process: &'a Process, port: u16) -> Self {
        Self::of(process, port, &["nobody".to_owned()], PROGRAM, "HTTP/1.1 401 ")
    }

    /// A browser with this cookie. It passes.
    pub(crate) fn page_passes(process: &'a Process, port: u16, cookie: &str) -> Self {
        Self::of(process, port, &[cookie.to_owned()], PAGE, "HTTP/1.1 200 ")
    }

    /// A browser that nobody knows. It is sent to the form.
    pub(crate) fn page_is_refused(process: &'a Process, port: u16) -> Self {
        Self::of(process, port, &["nobody".to_owned()], PAGE, "HTTP/1.1 302 ")
    }

    /// Anybody who asks for this page.
    pub(crate) fn shows(process: &'a Process, port: u16, request: Vec<u8>) -> Self {
        Self {
            process,
            port,
            requests: vec![request],
            answer: "HTTP/1.1 200 ",
        }
    }

    fn of(process: &'a Process, port: u16, cookies: &[String], client: &str, answer: &'static str) -> Self {
        let request = |cookie: &String| {
            format!(
                "GET /verify/traefik HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-Proto: http\r\n\
                 X-Forwarded-Host: localhost:{port}\r\nX-Forwarded-Uri: /orders/4711?page=2\r\n\
                 X-Forwarded-Method: GET\r\nX-Forwarded-For: 127.0.0.1\r\n{client}\
                 User-Agent: load\r\nCookie: theme=dark; portico-session={cookie}\r\n\r\n"
            )
            .into_bytes()
        };
        Self {
            process,
            port,
            requests: cookies.iter().map(request).collect(),
            answer,
        }
    }

    /// Sends each request once, and as many as a round has.
    pub(crate) async fn warms_up(&self, round: usize) {
        self.runs(round.max(self.requests.len())).await;
    }

    /// Sends this many requests, over all connections together.
    pub(crate) async fn runs(&self, count: usize) {
        let each = count.div_ceil(CONNECTIONS);
        join_all((0..CONNECTIONS).map(|number| self.connection(number * each, each))).await;
    }

    async fn connection(&self, first: usize, count: usize) {
        let address = ("127.0.0.1", self.port);
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let mut answer = vec![0; 16 * 1024];
        for number in first..first + count {
            let request = &self.requests[number % self.requests.len()];
            stream.write_all(request).await.expect("a request");
            let mut length = 0;
            while !is_whole(&answer[..length]) {
                let more = stream.read(&mut answer[length..]).await.expect("an answer");
                assert!(more > 0, "the connection was closed");
                length += more;
            }
            assert!(
                answer.starts_with(self.answer.as_bytes()),
                "{} was expected",
                self.answer
            );
        }
    }
}

/// The least processor time of a request of each, taken in turn.
pub(crate) async fn rounds<const N: usize>(requests: usize, loads: &[Load<'_>; N]) -> [Duration; N] {
    let mut times = [const { Vec::new() }; N];
    for _ in 0..ROUNDS {
        for (load, times) in loads.iter().zip(&mut times) {
            let before = load.process.cpu();
            load.runs(requests).await;
            let count = u32::try_from(requests).expect("a few requests");
            times.push(load.process.cpu().saturating_sub(before) / count);
        }
    }
    times.map(|times| times.into_iter().min().expect("rounds"))
}

/// Whether the head has arrived, and the body that it announces.
pub(crate) fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().expect("a number"));
    body.len() >= length
}

pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
