//! Requests that are sent before the ones in front of them are answered (RFC 9112 §9.3.2): answers come in the order of
//! the requests, each to its own.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{TestApp, builder_behind_proxy, connect, secs};

/// A request, and what its answer must look like.
#[derive(Debug, Clone)]
struct Exchange {
    sent: String,
    status: u16,
    is_head: bool,
    version: u8,
    /// Text of the page.
    says: &'static str,
    is_last: bool,
}

fn exchange(port: u16, line: &str, lines: &str, body: &str, status: u16, says: &'static str) -> Exchange {
    Exchange {
        sent: format!("{line}\r\nHost: localhost:{port}\r\n{lines}\r\n{body}"),
        status,
        is_head: line.starts_with("HEAD "),
        version: u8::from(line.ends_with("HTTP/1.1")),
        says,
        is_last: line.ends_with("HTTP/1.0") || lines.contains("Connection: close"),
    }
}

/// Requests whose answers take a while, and others that are answered at once.
fn requests(port: u16) -> Vec<Exchange> {
    let form = format!("Origin: http://localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let verify = format!(
        "X-Forwarded-Host: localhost:{port}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Uri: /\r\n\
         X-Forwarded-Method: GET\r\n"
    );
    let length = format!("{form}Content-Length: 10\r\n");
    let chunked = format!("{form}Transfer-Encoding: chunked\r\n");
    let in_chunks = "3;x\r\nuse\r\n7\r\nrname=x\r\n0\r\nX-A: b\r\n\r\n";
    let exchange = |line: &str, lines: &str, body: &str, status: u16, says: &'static str| {
        exchange(port, line, lines, body, status, says)
    };
    vec![
        exchange("POST /sign-in HTTP/1.1", &length, "username=x", 403, "</html>"),
        exchange("POST /sign-in HTTP/1.1", &chunked, in_chunks, 403, "</html>"),
        exchange("POST /nothing HTTP/1.1", &chunked, in_chunks, 404, "</html>"),
        exchange("GET /sign-in HTTP/1.1", "", "", 200, "</html>"),
        exchange("HEAD /sign-in HTTP/1.1", "", "", 200, ""),
        exchange("GET /verify/caddy HTTP/1.1", &verify, "", 401, ""),
        exchange("HEAD /verify/caddy HTTP/1.1", &verify, "", 401, ""),
        exchange("GET /sign-in HTTP/1.0", "", "", 200, "</html>"),
        exchange("HEAD /nothing HTTP/1.1", "Connection: close\r\n", "", 404, ""),
        exchange("GET /sign-in HTTP/1.1", "Connection: close\r\n", "", 200, "</html>"),
    ]
}

/// Sends these on one connection in pieces of this size, and reads an answer to each and then the end.
async fn assert_answered_in_turn(port: u16, all: &[Exchange], piece: usize) {
    let (mut from, mut to) = connect(port).await.into_split();
    let sent: String = all.iter().map(|one| one.sent.as_str()).collect();
    let sending = async {
        for piece in sent.as_bytes().chunks(piece) {
            to.write_all(piece).await.unwrap();
            if sent.len() > piece.len() {
                tokio::task::yield_now().await;
            }
        }
    };
    let mut heard = Vec::new();
    let hearing = async { while let Ok(1..) = from.read_buf(&mut heard).await {} };
    let both = async { tokio::join!(sending, hearing) };
    let is_over = timeout(secs(30), both).await.is_ok();
    let text = String::from_utf8_lossy(&heard);
    assert!(is_over, "no end of {sent}: {text}");
    let mut rest = &heard[..];
    for one in all {
        rest = is_answer_to(one, rest, &sent);
    }
    assert!(rest.is_empty(), "more than was asked for: {sent}: {text}");
}

/// Checks the answer to this request, and gives the bytes behind it.
fn is_answer_to<'a>(one: &Exchange, heard: &'a [u8], sent: &str) -> &'a [u8] {
    let text = String::from_utf8_lossy(heard);
    let why = format!("{:?} in {sent}: {text}", one.sent);
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut answer = httparse::Response::new(&mut lines);
    let Ok(httparse::Status::Complete(end)) = answer.parse(heard) else {
        panic!("no answer to {why}");
    };
    assert_eq!(answer.code, Some(one.status), "{why}");
    assert_eq!(answer.version, Some(one.version), "{why}");
    let line = |name: &str| {
        let line = answer.headers.iter().find(|line| line.name == name);
        line.map(|line| std::str::from_utf8(line.value).unwrap())
    };
    let is_last = line("connection") == Some("close") || one.version == 0;
    assert_eq!(is_last, one.is_last, "{why}");
    assert_eq!(line("transfer-encoding"), None, "{why}");
    let length: usize = line("content-length").unwrap().parse().unwrap();
    let length = if one.is_head { 0 } else { length };
    let (body, rest) = heard[end..].split_at_checked(length).expect(&why);
    assert!(std::str::from_utf8(body).unwrap().contains(one.says), "{why}");
    rest
}

#[tokio::test]
async fn sec_304_each_request_is_answered_in_its_turn_and_as_it_was_asked() {
    let app = builder_behind_proxy().spawn().await;
    let port = app.port();
    let requests = requests(port);
    let (lasts, others): (Vec<_>, Vec<_>) = requests.into_iter().partition(|one| one.is_last);
    let mut cases: Vec<Vec<Exchange>> = Vec::new();
    for last in &lasts {
        for first in &others {
            cases.push(vec![first.clone(), last.clone()]);
            for second in &others {
                cases.push(vec![first.clone(), second.clone(), last.clone()]);
            }
        }
        cases.push(others.iter().chain([last]).cloned().collect());
    }
    for piece in [usize::MAX, 1, 100] {
        // As many bodies as are read away at once.
        for some in cases.chunks(8) {
            join_all(some.iter().map(|case| assert_answered_in_turn(port, case, piece))).await;
        }
    }
}

/// More than the service reads ahead, from a client that has closed its side before the last ones are answered.
#[tokio::test]
async fn a_client_that_pipelines_and_then_closes_its_side_gets_every_answer() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let mut all = Vec::new();
    let padding = format!("X-Long: {}\r\n", "a".repeat(4000));
    for at in 0..40 {
        let line = ["HEAD /sign-in HTTP/1.1", "GET /sign-in HTTP/1.1"][at % 2];
        let says = ["", "</html>"][at % 2];
        all.push(exchange(port, line, &padding, "", 200, says));
    }
    let mut stream: TcpStream = connect(port).await;
    let (mut from, mut to) = stream.split();
    let sent: String = all.iter().map(|one| one.sent.as_str()).collect();
    let sending = async {
        to.write_all(sent.as_bytes()).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let mut heard = Vec::new();
    let hearing = async { from.read_to_end(&mut heard).await };
    let both = async { tokio::join!(sending, hearing) };
    let ((), read) = timeout(secs(30), both).await.expect("an end");
    read.unwrap();
    let mut rest = &heard[..];
    for one in &all {
        rest = is_answer_to(one, rest, "forty");
    }
    assert!(rest.is_empty());
}
