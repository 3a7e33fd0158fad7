//! Answers are framed as cleanly as requests, whatever the portal sends: no answer runs into the next one.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw_portal::RawPortal;
use crate::scene::Scene;
use crate::support::{eventually, secs};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
const PIECES: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nO\r\n1\r\nK\r\n0\r\n\r\n";
const EVENTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n\
                      2\r\nOK\r\n0\r\n\r\n";
const UNTIL_THE_END: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nOK";

/// An answer, as a strict client reads it (RFC 9112 §6.3).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) status: u16,
    version: u8,
    /// The header lines about its length.
    framing: Vec<String>,
    body: String,
}

/// Sends all of this on one connection, and reads until it ends.
pub(super) async fn hears(scene: &Scene, sent: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    to_the_end(stream).await
}

async fn to_the_end(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let end = tokio::time::timeout(secs(20), stream.read_to_end(&mut heard));
    // OK to ignore because a connection may be reset after its last answer.
    let _ = end.await.expect("the end of the connection");
    String::from_utf8(heard).unwrap()
}

/// Cuts what came into answers to requests with these methods. Nothing may be left over.
pub(super) fn answers(heard: &str, methods: &[&str]) -> Vec<Heard> {
    let mut rest = heard;
    let mut answers = Vec::new();
    for method in methods {
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut answer = httparse::Response::new(&mut lines);
        let Ok(httparse::Status::Complete(end)) = answer.parse(rest.as_bytes()) else {
            panic!("no answer to {method}: {rest:?} of {heard:?}");
        };
        let framing: Vec<String> = answer
            .headers
            .iter()
            .filter(|line| ["content-length", "transfer-encoding"].contains(&line.name))
            .map(|line| format!("{}: {}", line.name, String::from_utf8_lossy(line.value)))
            .collect();
        let status = answer.code.unwrap();
        let behind = &rest[end..];
        let has_none = *method == "HEAD" || matches!(status, 100..=199 | 204 | 304);
        let (body, after) = match framing.first().map(|line| line.split_once(": ").unwrap()) {
            _ if has_none => (String::new(), behind),
            Some(("content-length", length)) => {
                let (body, after) = behind.split_at(length.parse().unwrap());
                (body.to_owned(), after)
            }
            Some(_) => {
                let (pieces, after) = behind.split_once("0\r\n\r\n").expect(heard);
                let lines = pieces.split("\r\n").skip(1).step_by(2);
                (lines.collect(), after)
            }
            None => (behind.to_owned(), ""),
        };
        rest = after;
        answers.push(Heard {
            status,
            version: answer.version.unwrap(),
            framing,
            body,
        });
    }
    assert_eq!(rest, "", "more than was asked for: {heard:?}");
    answers
}

pub(super) fn asks(scene: &Scene, first: &str, lines: &str) -> String {
    format!("{first}\r\nHost: localhost:{}\r\n{lines}\r\n", scene.port)
}

#[tokio::test]
async fn sec_309_an_answer_without_a_body_announces_none() {
    for (answer, status) in [
        ("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", 204),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", 204),
        (
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\nETag: \"1\"\r\n\r\n",
            304,
        ),
        ("HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", 304),
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        let methods = ["GET", "HEAD", "DELETE"];
        let mut sent: String = methods
            .iter()
            .map(|method| asks(&scene, &format!("{method} /open HTTP/1.1"), ""))
            .collect();
        sent.push_str(&asks(&scene, "GET /shut HTTP/1.1", "Connection: close\r\n"));
        let heard = hears(&scene, &sent).await;
        let heard = answers(&heard, &[&methods[..], &["GET"]].concat());
        for one in &heard[..3] {
            assert_eq!((one.status, &one.framing[..]), (status, &[][..]), "{answer}");
        }
        assert_eq!(heard[3].status, 403, "{answer}");
    }
}

#[tokio::test]
async fn sec_309_an_answer_to_head_has_the_length_and_no_body() {
    for (answer, framing) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "content-length: 5"),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "transfer-encoding: chunked",
        ),
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        let first = asks(&scene, "HEAD /open HTTP/1.1", "");
        let last = asks(&scene, "GET /shut HTTP/1.1", "Connection: close\r\n");
        let heard = hears(&scene, &format!("{first}{first}{last}")).await;
        let heard = answers(&heard, &["HEAD", "HEAD", "GET"]);
        let statuses: Vec<u16> = heard.iter().map(|one| one.status).collect();
        assert_eq!(statuses, [200, 200, 403], "{answer}");
        for one in &heard[..2] {
            assert_eq!(one.framing, [framing], "{answer}");
        }
    }
}

/// Interim answers of the portal (1xx) are between it and the service: this client has not asked for them. What the
/// library makes of them would have a browser save the answer as a file (RFC 9110 §8.3).
#[tokio::test]
async fn of_a_body_whose_kind_the_portal_does_not_tell_nobody_tells_it() {
    for answer in [OK, PIECES, UNTIL_THE_END] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        let asked = format!(
            "GET /open HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n",
            scene.port
        );
        let heard = hears(&scene, &asked).await.to_lowercase();
        assert!(heard.starts_with("http/1.1 200"), "{answer}: {heard}");
        assert!(!heard.contains("content-type"), "{answer}: {heard}");
    }
}

#[tokio::test]
async fn sec_309_there_is_one_answer_to_a_request() {
    for interim in [
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let answer: &'static str = Box::leak(format!("{interim}{OK}").into_boxed_str());
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        for version in ["1.1", "1.0"] {
            let first = asks(
                &scene,
                &format!("GET /open HTTP/{version}"),
                "Connection: keep-alive\r\n",
            );
            let last = asks(&scene, "GET /open HTTP/1.1", "Connection: close\r\n");
            let heard = hears(&scene, &format!("{first}{last}")).await;
            for one in answers(&heard, &["GET", "GET"]) {
                assert_eq!((one.status, one.body.as_str()), (200, "OK"), "{interim}");
            }
        }
    }
}

/// HTTP/1.0 has no chunked encoding (RFC 9112 §6.1).
#[tokio::test]
async fn sec_309_an_answer_of_unknown_length_to_http_1_0_ends_with_its_connection() {
    for answer in [PIECES, EVENTS, UNTIL_THE_END] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        for lines in ["", "Connection: keep-alive\r\n"] {
            let old = asks(&scene, "GET /open HTTP/1.0", lines);
            let heard = hears(&scene, &format!("{old}{old}")).await;
            let body = "OK".to_owned();
            let expected = Heard {
                status: 200,
                version: 0,
                framing: Vec::new(),
                body,
            };
            assert_eq!(answers(&heard, &["GET"]), [expected], "{answer}: {heard}");
            assert!(!heard.contains("keep-alive"), "{answer}: {heard}");
        }
        // In HTTP/1.1 the connection goes on.
        let new = asks(&scene, "GET /open HTTP/1.1", "");
        let last = asks(&scene, "GET /shut HTTP/1.1", "Connection: close\r\n");
        let heard = hears(&scene, &format!("{new}{last}")).await;
        let heard = answers(&heard, &["GET", "GET"]);
        assert_eq!((heard[0].body.as_str(), heard[1].status), ("OK", 403));
    }
    // An answer of known length is not the last one either.
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    let kept = asks(&scene, "GET /open HTTP/1.0", "Connection: keep-alive\r\n");
    let last = asks(&scene, "GET /open HTTP/1.0", "");
    let heard = hears(&scene, &format!("{kept}{last}")).await;
    for one in answers(&heard, &["GET", "GET"]) {
        assert_eq!((one.version, one.body.as_str()), (0, "OK"));
    }
}

/// An offer of another protocol gets one answer, from our own pages as well, and nothing behind it is read as a
/// request.
#[tokio::test]
async fn sec_309_an_offer_that_is_not_taken_up_ends_with_its_answer() {
    const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let portal = RawPortal::saying(Some(PIECES), 0).await;
    let scene = portal.scene(&[]).await;
    let next = asks(&scene, "GET /open/next HTTP/1.1", "");
    for path in ["/open", "/shut", "/auth/sign-in", "/auth/nothing", "/orders"] {
        for lines in [SOCKET, "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Upgrade: h2c\r\n"] {
            let offer = asks(&scene, &format!("GET {path} HTTP/1.1"), lines);
            let heard = hears(&scene, &format!("{offer}{next}")).await;
            let heard_of = answers(&heard, &["GET"]);
            assert!(heard.contains("connection: close\r\n"), "{path}: {heard}");
            assert!(!heard.contains("transfer-encoding"), "{path}: {heard}");
            if path == "/open" {
                assert_eq!(heard_of[0].body, "OK");
            }
        }
    }
    let asked = portal.connections().into_iter().map(|one| one.heard);
    let asked = String::from_utf8(asked.flatten().collect()).unwrap();
    assert!(!asked.contains("/open/next"), "{asked}");
}

/// The same on the way to a portal that waits for it: one answer, and both connections end.
#[tokio::test]
async fn sec_309_a_body_that_breaks_off_is_answered_once() {
    for (framing, half, breaks) in [
        ("Transfer-Encoding: chunked", "4\r\nhalf\r\n", Some("zz\r\n")),
        ("Transfer-Encoding: chunked", "4\r\nhalf", Some("XX")),
        ("Transfer-Encoding: chunked", "4\r\nhalf\r\n", None),
        ("Content-Length: 100", "half", None),
    ] {
        let portal = RawPortal::saying(None, 0).await;
        let scene = portal.scene(&[]).await;
        let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
        let begun = asks(&scene, "POST /open HTTP/1.1", &format!("{framing}\r\n"));
        let begun = format!("{begun}{half}");
        stream.write_all(begun.as_bytes()).await.unwrap();
        portal.hears("half").await;
        match breaks {
            Some(breaks) => {
                let next = asks(&scene, "GET /open/next HTTP/1.1", "");
                let rest = format!("{breaks}{next}");
                stream.write_all(rest.as_bytes()).await.unwrap();
            }
            None => stream.shutdown().await.unwrap(),
        }
        let heard = to_the_end(stream).await;
        let answer = &answers(&heard, &["POST"])[0];
        assert_eq!(answer.status, 400, "{framing} {breaks:?}: {heard}");
        assert_eq!(answer.body, r#"{"error":"request_broke_off"}"#);
        assert!(heard.contains("connection: close\r\n"), "{heard}");
        eventually("the end of the connection", async || portal.connections()[0].is_over).await;
        let asked = portal.connections();
        assert_eq!(asked.len(), 1, "{framing} {breaks:?}");
        let asked = String::from_utf8(asked[0].heard.clone()).unwrap();
        assert!(!asked.contains("\r\n0\r\n"), "it looks whole: {asked}");
        assert!(!asked.contains("/open/next"), "{asked}");
    }
}
