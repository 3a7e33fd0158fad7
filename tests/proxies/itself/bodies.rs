//! Bodies pass unchanged, and a broken one arrives broken.

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::raw_portal::RawPortal;
use crate::connections::reads;
use crate::scene::Scene;
use crate::support::{eventually, secs};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";

/// Opens a connection and sends the head of a post with a session.
async fn posts(scene: &Scene, lines: &str) -> TcpStream {
    let browser = scene.signed_in().await;
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let (port, cookie) = (scene.port, Scene::cookie(&browser));
    let head = format!("POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\n{cookie}\r\n{lines}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn an_upload_arrives_while_it_is_sent() {
    for lines in ["Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"] {
        let portal = RawPortal::saying(Some(OK), 10).await;
        let scene = portal.scene(&[]).await;
        let mut stream = posts(&scene, lines).await;
        let is_chunked = lines.contains("chunked");
        let piece = |text: &str| {
            if is_chunked {
                format!("{:x}\r\n{text}\r\n", text.len())
            } else {
                text.to_owned()
            }
        };
        stream.write_all(piece("first").as_bytes()).await.unwrap();
        portal.hears("first").await;
        stream.write_all(piece("other").as_bytes()).await.unwrap();
        if is_chunked {
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        }
        let answer = reads(&mut stream, "OK").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let heard = String::from_utf8(portal.connections()[0].heard.clone()).unwrap();
        let framing = if is_chunked {
            "transfer-encoding: chunked"
        } else {
            "content-length: 10"
        };
        assert!(heard.to_lowercase().contains(framing), "{heard}");
    }
}

/// Half an upload must never pass for a whole one.
#[tokio::test]
async fn an_upload_that_breaks_off_arrives_broken() {
    for (lines, half) in [
        ("Content-Length: 1000\r\n", "half"),
        ("Transfer-Encoding: chunked\r\n", "4\r\nhalf\r\n"),
    ] {
        let portal = RawPortal::saying(None, 0).await;
        let scene = portal.scene(&[]).await;
        let mut stream = posts(&scene, lines).await;
        stream.write_all(half.as_bytes()).await.unwrap();
        portal.hears("half").await;
        drop(stream);
        eventually("the end of the connection", async || portal.connections()[0].is_over).await;
        let heard = String::from_utf8(portal.connections()[0].heard.clone()).unwrap();
        assert!(!heard.contains("\r\n0\r\n"), "it looks whole: {heard}");
        assert_eq!(portal.connections().len(), 1, "asked once only");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_arrives_broken() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\nhalf\r\n",
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[]).await;
        let browser = scene.signed_in().await;
        let request = browser.request(Method::GET, &scene.at("/orders"));
        let answered = request.send().await.unwrap();
        assert_eq!(answered.status(), 200);
        assert!(answered.bytes().await.is_err(), "{answer:?}");
    }
}

#[tokio::test]
async fn an_early_answer_of_the_portal_is_passed_on() {
    const NO: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nNO";
    let portal = RawPortal::saying(Some(NO), 0).await;
    let scene = portal.scene(&[]).await;
    let mut stream = posts(&scene, "Content-Length: 100000000\r\n").await;
    stream.write_all(b"the first of very many").await.unwrap();
    let answer = reads(&mut stream, "NO").await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // The rest of the body would be read as the next request.
    let end = tokio::time::timeout(secs(10), async {
        while let Ok(1..) = stream.read(&mut [0; 64]).await {}
    });
    end.await.expect("the end of the connection");
}

#[tokio::test]
async fn a_client_that_expects_100_continue_gets_it() {
    let portal = RawPortal::saying(Some(OK), 4).await;
    let scene = portal.scene(&[]).await;
    let mut stream = posts(&scene, "Content-Length: 4\r\nExpect: 100-continue\r\n").await;
    let answer = reads(&mut stream, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 100 Continue"), "{answer}");
    stream.write_all(b"body").await.unwrap();
    let answer = reads(&mut stream, "OK").await;
    assert!(answer.contains("HTTP/1.1 200"), "{answer}");
    let heard = String::from_utf8(portal.connections()[0].heard.clone()).unwrap();
    assert!(heard.ends_with("\r\n\r\nbody"), "{heard}");
    assert!(!heard.to_lowercase().contains("expect"), "{heard}");
}
