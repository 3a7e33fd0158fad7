//! No request reaches the portal inside another one, however its end is marked.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw_portal::RawPortal;
use crate::scene::Scene;
use crate::support::secs;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

/// A request that the gate would refuse: it has no session.
const INNER: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";

/// Header lines of a post, and what follows its head.
fn corpus() -> Vec<(String, String)> {
    let inner = INNER.len();
    let chunk = format!("{inner:x}\r\n{INNER}\r\n0\r\n\r\n");
    let after_end = format!("0\r\n\r\n{INNER}");
    let mut corpus: Vec<(String, String)> = [
        // Two lengths, or a length and chunks.
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", after_end.as_str()),
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", after_end.as_str()),
        ("Content-Length: 0\r\nContent-Length: 44", INNER),
        ("Content-Length: 44\r\nContent-Length: 0", INNER),
        ("Content-Length: 0, 44", INNER),
        ("Content-Length: 44, 44", INNER),
        // Lengths that some parsers accept.
        ("Content-Length: +0", INNER),
        ("Content-Length: -1", INNER),
        ("Content-Length: 0x0", INNER),
        ("Content-Length: 0 0", INNER),
        ("Content-Length: 00000000000000000000000000", INNER),
        ("Content-Length: 18446744073709551616", INNER),
        ("Content-Length:\u{b}0", INNER),
        ("Content-Length : 0", INNER),
        ("Content-Length\t: 0", INNER),
        ("Content_Length: 44", INNER),
        (" Content-Length: 0", INNER),
        ("X: y\r\n Content-Length: 44", INNER),
        // Chunked encodings that some parsers accept.
        ("Transfer-Encoding: xchunked", after_end.as_str()),
        ("Transfer-Encoding : chunked", after_end.as_str()),
        ("Transfer-Encoding:\u{b}chunked", after_end.as_str()),
        ("Transfer-Encoding: chunked, identity", after_end.as_str()),
        ("Transfer-Encoding: identity, chunked", after_end.as_str()),
        ("Transfer-Encoding: gzip, chunked", after_end.as_str()),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            after_end.as_str(),
        ),
        (
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            after_end.as_str(),
        ),
        ("Transfer-Encoding: \"chunked\"", after_end.as_str()),
        ("Transfer-Encoding: chunked;x=y", after_end.as_str()),
        ("Transfer-Encoding:\r\n chunked", after_end.as_str()),
        ("X: y\r\n\tTransfer-Encoding: chunked", after_end.as_str()),
        ("Transfer_Encoding: chunked", after_end.as_str()),
        ("X: y\nTransfer-Encoding: chunked", after_end.as_str()),
        ("X: y\rTransfer-Encoding: chunked", after_end.as_str()),
        ("X: y\0\r\nTransfer-Encoding: chunked", after_end.as_str()),
        // Headers that a hop must not pass on.
        ("Connection: Content-Length\r\nContent-Length: 44", INNER),
        (
            "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
            chunk.as_str(),
        ),
        (
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
            INNER,
        ),
        (
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777",
            INNER,
        ),
        ("Expect: 100-continue\r\nContent-Length: 0", INNER),
    ]
    .into_iter()
    .map(|(lines, rest)| (lines.to_owned(), rest.to_owned()))
    .collect();
    // Sizes of chunks that some parsers accept.
    for size in [
        "0x0",
        "+0",
        "-0",
        " 0",
        "0 ",
        "0;x=\"\r\n\"",
        "00000000000000000",
        "0\n",
        "fffffffffffffffff",
        "",
        "g",
    ] {
        corpus.push((
            "Transfer-Encoding: chunked".to_owned(),
            format!("{size}\r\n\r\n{INNER}"),
        ));
    }
    for end in ["\n", "\r", "", "\n\r", "XX"] {
        corpus.push((
            "Transfer-Encoding: chunked".to_owned(),
            format!("1{end}Z{end}0{end}{end}{INNER}"),
        ));
    }
    corpus
}

/// Cuts what came on a connection into requests, and fails where two parsers could cut it differently.
fn requests(bytes: &[u8]) -> Vec<String> {
    let mut rest = String::from_utf8_lossy(bytes).into_owned();
    let mut requests = Vec::new();
    while !rest.is_empty() {
        let Some((head, behind)) = rest.split_once("\r\n\r\n") else {
            break;
        };
        let lines: Vec<String> = head.lines().map(str::to_lowercase).collect();
        let lengths: Vec<&String> = lines
            .iter()
            .filter(|line| line.starts_with("content-length:"))
            .collect();
        let chunked = lines
            .iter()
            .filter(|line| line.starts_with("transfer-encoding:"))
            .count();
        assert!(lengths.len() + chunked <= 1, "framed twice: {head}");
        let behind = behind.to_owned();
        requests.push(lines[0].clone());
        rest = if chunked == 1 {
            // The library writes the plainest chunks.
            let end = if behind.starts_with("0\r\n\r\n") {
                Some(5)
            } else {
                behind.find("\r\n0\r\n\r\n").map(|at| at + 7)
            };
            end.map_or_else(String::new, |end| behind[end..].to_owned())
        } else {
            let length = lengths.first().map_or(0, |line| {
                line["content-length:".len()..].trim().parse().expect("a plain number")
            });
            behind.get(length..).unwrap_or_default().to_owned()
        };
    }
    requests
}

async fn sends(scene: &Scene, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    // OK to ignore because connections with bad requests are cut off.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(secs(20), stream.read_to_end(&mut answer));
    let _ = read.await.expect("the end of the answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A portal that answers everything, and the header lines of a signed-in user.
async fn stage() -> (RawPortal, Scene, String) {
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    let cookie = Scene::cookie(&scene.signed_in().await);
    let honest = format!("Host: localhost:{}\r\n{cookie}", scene.port);
    (portal, scene, honest)
}

#[tokio::test]
async fn sec_314_no_request_hides_in_another() {
    let (portal, scene, honest) = stage().await;
    for (lines, rest) in corpus() {
        for version in ["1.1", "1.0"] {
            let request = format!("POST /orders HTTP/{version}\r\n{honest}\r\n{lines}\r\n\r\n{rest}");
            let answer = sends(&scene, request.as_bytes()).await;
            for connection in portal.connections() {
                for line in requests(&connection.heard) {
                    assert!(
                        line.starts_with("post /orders http/1.1"),
                        "{lines:?} {rest:?}: {line} got through; {answer}"
                    );
                }
            }
        }
    }
    // Without a mistake in it, the post does reach the portal.
    let plain = format!("POST /orders HTTP/1.1\r\n{honest}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
    let heard = || -> usize {
        let connections = portal.connections();
        connections.iter().map(|one| one.heard.len()).sum()
    };
    let before = heard();
    assert!(sends(&scene, plain.as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert!(heard() > before);
}

#[tokio::test]
async fn sec_314_first_lines_with_two_meanings_get_nowhere() {
    let (portal, scene, honest) = stage().await;
    for first in [
        "GET /open /secret HTTP/1.1",
        "GET  /open HTTP/1.1",
        "GET /open\tHTTP/1.1",
        "GET /open HTTP/1.1 HTTP/1.1",
        "GET /open\rGET /smuggled HTTP/1.1",
        "GET /open\u{b}HTTP/1.1",
        "GET /open HTTP/1.1\r",
        "GET /open HTTP/2.0",
        "GET /open HTTP/1.2",
        "GET /open",
        "GE T /open HTTP/1.1",
        "GET\0 /open HTTP/1.1",
        "CONNECT localhost:1 HTTP/1.1",
        "TRACE /open HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "GET * HTTP/1.1",
        "GET open HTTP/1.1",
        "GET ? HTTP/1.1",
        "GET http://evil.test/open HTTP/1.1",
        "GET //evil.test/open HTTP/1.1",
        "PRI * HTTP/2.0",
    ] {
        let request = format!("{first}\r\n{honest}\r\nConnection: close\r\n\r\n");
        let answer = sends(&scene, request.as_bytes()).await;
        assert!(!answer.starts_with("HTTP/1.1 2"), "{first:?}: {answer}");
        assert!(portal.connections().is_empty(), "{first:?}: {answer}");
    }
}
