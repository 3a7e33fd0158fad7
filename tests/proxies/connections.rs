//! Connections to the portal: for a WebSocket, a stream, or requests byte for byte.

use reqwest::Method;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::scene::Scene;
use crate::support::secs;

behind_each_proxy! {
    under_a_path:
    a_websocket_opens_for_signed_in_users_only
    an_event_stream_arrives_while_it_is_written
}

pub(crate) const SOCKET: &str = "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://localhost\r\n";

/// Reads until this is part of what was read.
pub(crate) async fn reads(stream: &mut (impl AsyncRead + Unpin), until: &str) -> String {
    let mut read = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&read).contains(until) {
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "the end: {}", String::from_utf8_lossy(&read));
            read.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(secs(20), reading).await.expect(until);
    String::from_utf8_lossy(&read).into_owned()
}

/// Asks the portal for a WebSocket, with these lines too.
pub(crate) async fn opens(scene: &Scene, lines: &str) -> TcpStream {
    gets(scene, "/live", &format!("{SOCKET}{lines}")).await
}

/// Sends a request with these lines.
pub(crate) async fn gets(scene: &Scene, path: &str, lines: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n{lines}\r\n", scene.port);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

pub(crate) async fn a_websocket_opens_for_signed_in_users_only(scene: Scene) {
    let browser = scene.signed_in().await;
    let mut socket = opens(&scene, &format!("{}\r\n", Scene::cookie(&browser))).await;
    let head = reads(&mut socket, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert!(head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    for words in ["first words", "and others"] {
        socket.write_all(words.as_bytes()).await.unwrap();
        assert_eq!(reads(&mut socket, words).await, words);
    }
    assert_eq!(scene.portal.take_received(), ["/live"]);

    let mut stranger = opens(&scene, "").await;
    let head = reads(&mut stranger, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    assert!(!head.to_lowercase().contains("\r\nlocation:"), "{head}");
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn an_event_stream_arrives_while_it_is_written(scene: Scene) {
    let browser = scene.signed_in().await;
    let request = browser
        .request(Method::GET, &scene.at("/events"))
        .header("accept", "text/event-stream");
    let mut answer = tokio::time::timeout(secs(20), request.send()).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);
    let first = tokio::time::timeout(secs(20), answer.chunk())
        .await
        .expect("an event")
        .unwrap();
    assert_eq!(first.unwrap(), "data: one\n\n");
    let stranger = scene.app.browser().request(Method::GET, &scene.at("/events"));
    let refused = stranger.header("accept", "text/event-stream").send().await.unwrap();
    assert_eq!(refused.status(), 401);
}
