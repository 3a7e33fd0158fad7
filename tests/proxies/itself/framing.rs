//! The body is as long as its head says, and a connection that may be out of step is not used again.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::raw_portal::RawPortal;
use crate::connections::reads;
use crate::portal::Portal;
use crate::raw::{Answer, exchange};
use crate::scene::{Scene, under_a_path};
use crate::support::{eventually, secs};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

/// Sends a request byte for byte and reads until the connection ends.
async fn sends(scene: &Scene, first: &str, lines: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let request = format!(
        "{first} HTTP/1.1\r\nHost: localhost:{}\r\n{lines}\r\n\r\n{body}",
        scene.port
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // OK to ignore because it may be closed already.
    let _ = stream.shutdown().await;
    let mut heard = Vec::new();
    // OK to ignore because a connection may be reset after its last answer.
    let _ = stream.read_to_end(&mut heard).await;
    String::from_utf8_lossy(&heard).into_owned()
}

async fn asks(scene: &Scene, path: &str) -> Answer {
    exchange(scene.port, &format!("GET {path}"), &[]).await
}

fn heard(portal: &RawPortal) -> Vec<String> {
    let connections = portal.connections();
    let texts = connections
        .iter()
        .map(|one| String::from_utf8_lossy(&one.heard).into_owned());
    texts.collect()
}

#[tokio::test]
async fn sec_313_a_socket_has_no_body_and_no_other_method() {
    const INNER: &str = "GET /smuggled HTTP/1.1\r\nHost: x\r\nPortico-User: forged\r\n\r\n";
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    let length = format!("Content-Length: {}", INNER.len());
    let pieces = format!("{:x}\r\n{INNER}\r\n0\r\n\r\n", INNER.len());
    let chunked = "Transfer-Encoding: chunked";
    for method in ["GET", "HEAD", "POST", "OPTIONS"] {
        for (framing, body) in [(length.as_str(), INNER), (chunked, &pieces)] {
            let answer = sends(
                &scene,
                &format!("{method} /open"),
                &format!("{SOCKET}\r\n{framing}"),
                body,
            )
            .await;
            assert!(answer.starts_with("HTTP/1.1 400"), "{method} {framing}: {answer}");
        }
        // A malformed chunk ends the connection, before the answer or after it.
        let broken = format!("{SOCKET}\r\n{chunked}");
        let answer = sends(&scene, &format!("{method} /open"), &broken, INNER).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
            "{method}: {answer}"
        );
    }
    for lines in [SOCKET, &format!("{SOCKET}\r\nContent-Length: 0")] {
        let answer = sends(&scene, "POST /open", lines, INNER).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{lines}: {answer}");
    }
    assert_eq!(heard(&portal), Vec::<String>::new());
}

#[tokio::test]
async fn an_offer_of_another_protocol_is_dropped_and_the_body_is_passed_on() {
    let portal = RawPortal::saying(Some(OK), 4).await;
    let scene = portal.scene(&[]).await;
    for upgrade in ["h2c", "h2c, websocket", "own/1"] {
        let lines = format!(
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 4"
        );
        let answer = sends(&scene, "POST /open", &lines, "body").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let all = heard(&portal).concat().to_lowercase();
    assert_eq!(all.matches("content-length: 4\r\n").count(), 3, "{all}");
    assert_eq!(all.matches("\r\n\r\nbody").count(), 3, "{all}");
    assert!(!all.contains("upgrade") && !all.contains("http2-settings"), "{all}");
}

#[tokio::test]
async fn a_body_is_kept_whatever_the_method() {
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "POST"] {
        for (lines, body) in [
            ("Content-Length: 4", "body"),
            ("Transfer-Encoding: chunked", "4\r\nbody\r\n0\r\n\r\n"),
        ] {
            let portal = RawPortal::saying(Some("HTTP/1.1 204 No Content\r\n\r\n"), body.len()).await;
            let scene = portal.scene(&[]).await;
            let answer = sends(&scene, &format!("{method} /open"), lines, body).await;
            assert!(answer.starts_with("HTTP/1.1 204"), "{method} {lines}: {answer}");
            let heard = heard(&portal).concat();
            let is_framed = heard.to_lowercase().contains(&lines.to_lowercase());
            assert!(
                is_framed && heard.ends_with(&format!("\r\n\r\n{body}")),
                "{method} {lines}: {heard}"
            );
        }
    }
}

#[tokio::test]
async fn a_portal_that_switches_to_another_protocol_is_disconnected() {
    for offered in [SOCKET, "X: y"] {
        for answer in [
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: own\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nUpgrade: own\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            let portal = RawPortal::saying(Some(answer), 0).await;
            let scene = portal.scene(&[]).await;
            let told = sends(&scene, "GET /open", offered, "").await;
            assert!(told.starts_with("HTTP/1.1 502"), "{offered} {answer}: {told}");
            eventually("the end of the connection", async || {
                portal.connections().iter().all(|one| one.is_over)
            })
            .await;
            assert_eq!(portal.connections().len(), 1);
        }
    }
}

/// On such a connection the library would answer in HTTP/1.0, which has no chunked encoding: the body of a later
/// request would be lost.
#[tokio::test]
async fn a_connection_on_which_the_end_was_unclear_takes_no_other_request() {
    for (answer, body) in [
        (
            "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nOK",
            "OK",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nOK",
            "OK",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
            "OK",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOKHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL",
            "OK",
        ),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nEVIL", ""),
        (
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nOK",
            "OK",
        ),
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        for number in 1..4 {
            let told = asks(&scene, &format!("/open/{number}")).await;
            assert_eq!(told.body, body, "{answer}: {told:?}");
            assert_eq!(portal.connections().len(), number, "{answer}");
        }
    }
    // Otherwise it is used again.
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    for number in 1..4 {
        asks(&scene, &format!("/open/{number}")).await;
    }
    assert_eq!(portal.connections().len(), 1);
}

/// A late answer to it cannot be told from the answer to the next request.
#[tokio::test]
async fn a_connection_on_which_a_body_was_announced_that_nobody_waits_for_takes_no_other_request() {
    for (first, answer, connections) in [
        ("HEAD /open", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", 3),
        ("GET /open", "HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", 3),
        ("HEAD /open", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 1),
        ("HEAD /open", "HTTP/1.1 200 OK\r\n\r\n", 1),
        ("GET /open", "HTTP/1.1 304 Not Modified\r\n\r\n", 1),
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        for _ in 0..3 {
            let told = sends(&scene, first, "X: y", "").await;
            assert!(told.starts_with(&answer[..12]), "{first} {answer}: {told}");
        }
        assert_eq!(portal.connections().len(), connections, "{first} {answer}");
    }
}

#[tokio::test]
async fn a_connection_that_was_answered_too_early_takes_no_other_request() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&under_a_path(), Portal::start(), &settings).await;
    let mut browser = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let head = format!(
        "POST /open HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 8\r\n\r\nhalf",
        scene.port
    );
    browser.write_all(head.as_bytes()).await.unwrap();
    let (mut portal, _) = listener.accept().await.unwrap();
    reads(&mut portal, "half").await;
    // The answer has begun, and goes on until the upload is complete.
    portal
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi")
        .await
        .unwrap();
    reads(&mut browser, "fi").await;
    browser.write_all(b"rest").await.unwrap();
    reads(&mut portal, "rest").await;
    portal.write_all(b"ne").await.unwrap();
    reads(&mut browser, "ne").await;
    // Both are complete by now; still the connection is not used again.
    let port = scene.port;
    let next = tokio::spawn(async move { exchange(port, "GET /open/next", &[]).await });
    let accepted = tokio::time::timeout(secs(20), listener.accept()).await;
    let (mut another, _) = accepted.expect("a connection of its own").unwrap();
    reads(&mut another, "/open/next").await;
    another.write_all(OK.as_bytes()).await.unwrap();
    assert_eq!(next.await.unwrap().body, "OK");
    let mut rest = Vec::new();
    portal.read_to_end(&mut rest).await.unwrap();
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

/// A page instead of a WebSocket.
#[tokio::test]
async fn an_answer_to_an_upgrade_request_is_framed_as_its_head_says() {
    const PAGE: &str = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n";
    let portal = RawPortal::saying(Some(PAGE), 0).await;
    let scene = portal.scene(&[]).await;
    for lines in [SOCKET, "Upgrade: websocket", "Connection: Upgrade\r\nUpgrade: h2c"] {
        let answer = sends(&scene, "GET /open", lines, "").await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 403"), "{lines}: {answer}");
        let head = head.to_lowercase();
        assert!(head.contains("connection: close"), "{lines}: {answer}");
        assert!(!head.contains("transfer-encoding"), "{lines}: {answer}");
        assert_eq!(body, "no", "{lines}: {answer}");
    }
}
