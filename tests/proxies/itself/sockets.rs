//! An open WebSocket or stream ends with its session, and with the service.

use std::time::Duration;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::connections::{opens, reads};
use crate::scene::{Scene, plays_alone, under_a_path};
use crate::support::{Browser, mins, secs};

/// The longest time that a connection may outlive its session.
const AT_MOST: Duration = Duration::from_secs(5);

/// An open WebSocket.
async fn socket(scene: &Scene, browser: &Browser) -> TcpStream {
    let mut socket = opens(scene, &format!("{}\r\n", Scene::cookie(browser))).await;
    let head = reads(&mut socket, "\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    speaks(&mut socket).await;
    socket
}

async fn speaks(socket: &mut TcpStream) {
    socket.write_all(b"still here").await.unwrap();
    assert_eq!(reads(socket, "still here").await, "still here");
}

/// Waits for the end of a connection on which nothing more is sent.
async fn ends(socket: &mut TcpStream) {
    let end = tokio::time::timeout(AT_MOST, socket.read(&mut [0; 64])).await;
    // A connection that is reset has ended too.
    assert!(matches!(end.expect("the end"), Ok(0) | Err(_)));
}

/// An event stream whose first event has come.
async fn stream(scene: &Scene, browser: &Browser) -> reqwest::Response {
    let request = browser
        .request(Method::GET, &scene.at("/events"))
        .header("accept", "text/event-stream");
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "data: one\n\n");
    answer
}

async fn wait_for_end(mut stream: reqwest::Response) {
    let end = tokio::time::timeout(AT_MOST, stream.chunk()).await;
    assert!(matches!(end.expect("the end"), Ok(None) | Err(_)));
}

#[tokio::test]
async fn sockets_and_streams_end_within_five_seconds_of_their_session() {
    plays_alone(under_a_path, async |scene: Scene| {
        let (here, elsewhere) = (scene.signed_in().await, scene.signed_in().await);
        let mut socket_here = socket(&scene, &here).await;
        let stream_here = stream(&scene, &here).await;
        let mut socket_elsewhere = socket(&scene, &elsewhere).await;
        here.signs_out().await;
        ends(&mut socket_here).await;
        wait_for_end(stream_here).await;
        speaks(&mut socket_elsewhere).await;

        let stream_elsewhere = stream(&scene, &elsewhere).await;
        // The session's own limit: an open connection is no use of it.
        scene.app.advance(mins(31));
        ends(&mut socket_elsewhere).await;
        wait_for_end(stream_elsewhere).await;
    })
    .await;
}

#[tokio::test]
async fn a_socket_on_which_nothing_moves_is_closed() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let mut socket = socket(&scene, &browser).await;
        scene.app.advance(mins(9));
        speaks(&mut socket).await;
        scene.app.advance(mins(9));
        speaks(&mut socket).await;
        scene.app.advance(mins(11));
        ends(&mut socket).await;
    })
    .await;
}

#[tokio::test]
async fn sockets_and_streams_end_when_the_service_does() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let mut socket = socket(&scene, &browser).await;
        let stream = stream(&scene, &browser).await;
        scene.app.stops();
        ends(&mut socket).await;
        wait_for_end(stream).await;
    })
    .await;
}

#[tokio::test]
async fn the_portal_hangs_up_when_the_browser_does() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let socket = socket(&scene, &browser).await;
        assert_eq!(scene.portal.sockets(), 1);
        drop(socket);
        let hung_up = crate::support::eventually("the end of the socket", async || scene.portal.sockets() == 0);
        tokio::time::timeout(secs(10), hung_up).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_portal_that_refuses_a_websocket_has_its_answer_passed_on() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let cookie = Scene::cookie(&browser);
        let mut socket = opens(&scene, &format!("{cookie}\r\nX-No-Socket: 1\r\n")).await;
        let answer = reads(&mut socket, "the portal's own").await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
        // What the browser sends then is not read as a request.
        let smuggled = format!("GET /smuggled HTTP/1.1\r\nHost: x\r\n{cookie}\r\n\r\n");
        // OK to ignore because the connection may be closed by now.
        let _ = socket.write_all(smuggled.as_bytes()).await;
        ends(&mut socket).await;
        assert_eq!(scene.portal.take_received(), ["/live"]);
    })
    .await;
}
