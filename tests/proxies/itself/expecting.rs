//! A client that asks before it sends a body gets the gate's answer, and `100 Continue` only if it asked.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answers::{answers, asks, hears};
use super::raw_portal::RawPortal;
use crate::connections::{opens, reads};
use crate::scene::{Scene, plays_alone, under_a_path};
use crate::support::secs;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

async fn begins(scene: &Scene, first: &str, lines: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let head = format!(
        "{first} HTTP/1.1\r\nHost: localhost:{}\r\nExpect: 100-continue\r\n{lines}\r\n",
        scene.port
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

async fn hears_to_the_end(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let end = tokio::time::timeout(secs(20), stream.read_to_end(&mut heard));
    // OK to ignore because a connection may be reset after its last answer.
    let _ = end.await.expect("the end of the connection");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_refused_client_need_not_send_the_body() {
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    for framing in ["Content-Length: 4\r\n", "Transfer-Encoding: chunked\r\n"] {
        let stream = begins(&scene, "POST /orders", framing).await;
        let answer = hears_to_the_end(stream).await;
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
    }
    // A request with two meanings is refused too.
    let socket = "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n";
    let stream = begins(&scene, "POST /open", socket).await;
    let answer = hears_to_the_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(portal.connections().is_empty());
}

#[tokio::test]
async fn an_allowed_client_gets_100_continue_before_the_portal_answers() {
    for (framing, body) in [
        ("Content-Length: 4\r\n", "body"),
        ("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n"),
    ] {
        let portal = RawPortal::saying(Some(OK), 4).await;
        let scene = portal.scene(&[]).await;
        let mut stream = begins(&scene, "POST /open", framing).await;
        assert_eq!(reads(&mut stream, "\r\n\r\n").await, CONTINUE);
        stream.write_all(body.as_bytes()).await.unwrap();
        let answer = reads(&mut stream, "OK").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        // The connection can be used again.
        let next = format!("GET /open/next HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", scene.port);
        stream.write_all(next.as_bytes()).await.unwrap();
        portal.hears("/open/next").await;
    }
}

#[tokio::test]
async fn the_pages_answer_100_continue_too() {
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    let lines = "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4\r\n\
                 Connection: close\r\n";
    let mut stream = begins(&scene, "POST /auth/sign-in", lines).await;
    assert_eq!(reads(&mut stream, "\r\n\r\n").await, CONTINUE);
    stream.write_all(b"form").await.unwrap();
    let answer = hears_to_the_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    // There is no such page, so no body is asked for.
    let stream = begins(&scene, "POST /auth/nowhere", lines).await;
    let answer = hears_to_the_end(stream).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

#[tokio::test]
async fn sec_309_a_client_that_expects_100_continue_is_answered_once() {
    let portal = RawPortal::saying(Some(OK), 0).await;
    let scene = portal.scene(&[]).await;
    let next = asks(&scene, "GET /open/next HTTP/1.1", "");
    // It is refused, and the body comes all the same.
    for (framing, body) in [
        ("Content-Length: 4\r\n", "body"),
        ("Transfer-Encoding: chunked\r\n", "4\r\nbody\r\n0\r\n\r\n"),
    ] {
        let lines = format!("Expect: 100-continue\r\n{framing}");
        let begun = asks(&scene, "POST /shut HTTP/1.1", &lines);
        let heard = hears(&scene, &format!("{begun}{body}{next}")).await;
        let heard = answers(&heard, &["POST"]);
        assert_eq!(heard[0].status, 403, "{framing}");
    }
    assert!(portal.connections().is_empty());
    // There is no body to wait for, and the connection can be used again.
    for (method, lines) in [("GET", ""), ("POST", "Content-Length: 0\r\n")] {
        let lines = format!("Expect: 100-continue\r\n{lines}");
        let first = asks(&scene, &format!("{method} /open HTTP/1.1"), &lines);
        let last = asks(&scene, "GET /shut HTTP/1.1", "Connection: close\r\n");
        let heard = hears(&scene, &format!("{first}{last}")).await;
        let heard = answers(&heard, &[method, "GET"]);
        assert_eq!((heard[0].status, heard[1].status), (200, 403), "{method}");
    }
}

#[tokio::test]
async fn sec_309_a_websocket_request_that_expects_100_continue_is_answered_once() {
    plays_alone(under_a_path, async |scene: Scene| {
        let cookie = Scene::cookie(&scene.signed_in().await);
        let lines = format!("{cookie}\r\nExpect: 100-continue\r\n");
        let mut socket = opens(&scene, &lines).await;
        let head = reads(&mut socket, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert_eq!(head.matches("HTTP/1.").count(), 1, "{head}");
        for words in ["first words", "and others"] {
            socket.write_all(words.as_bytes()).await.unwrap();
            assert_eq!(reads(&mut socket, words).await, words);
        }
    })
    .await;
}
