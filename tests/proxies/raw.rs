//! Requests that no library would make.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::secs;

/// The answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    head: String,
}

impl Answer {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
            head: head.to_owned(),
            body: whole(head, body),
        }
    }

    /// The value of a header; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.all(name).first().copied().unwrap_or_default()
    }

    /// Every value of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).collect()
    }
}

/// Sends one request and reads one answer. `Connection: close` unless the lines say otherwise.
pub(crate) async fn exchange(port: u16, first: &str, lines: &[String]) -> Answer {
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    exchange_octets(port, first, &lines).await
}

/// The same with lines that may be no text.
pub(crate) async fn exchange_octets(port: u16, first: &str, lines: &[&[u8]]) -> Answer {
    let has = |name: &str| lines.iter().any(|line| line.starts_with(name.as_bytes()));
    let mut head = vec![format!("{first} HTTP/1.1")];
    if !has("Host:") {
        head.push(format!("Host: localhost:{port}"));
    }
    if !has("Connection:") {
        head.push("Connection: close".to_owned());
    }
    let own = head.iter().map(String::as_bytes);
    let head: Vec<&[u8]> = own.chain(lines.iter().copied()).collect();
    let head = [&head.join(&b"\r\n"[..])[..], b"\r\n\r\n"].concat();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(&head).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    // OK to ignore because a proxy may reset a connection after its last answer.
    let _ = tokio::time::timeout(secs(20), read)
        .await
        .expect("the end of the answer");
    Answer::of(&String::from_utf8_lossy(&answer))
}

/// The body without the sizes of its chunks.
fn whole(head: &str, body: &str) -> String {
    if !head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        return body.to_owned();
    }
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else {
            break;
        };
        let Some(chunk) = after.get(..size).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        whole.push_str(chunk);
        rest = after.get(size + 2..).unwrap_or_default();
    }
    whole
}
