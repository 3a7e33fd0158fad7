//! Refused uploads: a well-behaved client sees the response, one that only holds the connection is cut off.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::connections::{opens, reads};
use crate::recipe::Kind;
use crate::scene::Scene;
use crate::support::secs;

behind_each_proxy! {
    under_a_path:
    sec_308_an_upload_after_the_end_of_the_session_sees_the_answer
}

behind_all_proxies! {
    in_haste:
    sec_308_nobody_holds_a_connection_that_was_answered
    sec_308_an_upload_to_the_portal_has_its_time
}

// `HAProxy` waits as long as the portal does; the first lines of its recipe say so.
behind_all_but_haproxy! {
    without_haproxy in_haste:
    sec_308_nobody_holds_a_connection_on_the_way_to_the_portal
}

/// The headers of a browser that posts a form.
const BROWSER: &str = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

/// 2 Mbit/s.
const PIECE: usize = 25_000;
const EVERY: Duration = Duration::from_millis(100);

/// Sends a form as a browser does on a slow line, which reads the answer when all is sent. Gives what it reads.
pub(crate) async fn uploads(scene: &Scene, lines: &str, size: usize) -> String {
    let port = scene.port;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (first, more) = lines.split_once("\r\n").unwrap_or((lines, ""));
    let head = format!(
        "{first} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n{BROWSER}\
         {more}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {size}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut pace = interval(EVERY);
    let mut left = size;
    while left > 0 {
        pace.tick().await;
        let piece = left.min(PIECE);
        let sent = stream.write_all(&vec![b'a'; piece]).await;
        assert!(sent.is_ok(), "{first}: cut off {left} of {size} bytes before the end");
        left -= piece;
    }
    let mut answer = Vec::new();
    let whole = async {
        while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
            let read = stream.read_buf(&mut answer).await;
            assert!(matches!(read, Ok(1..)), "{first}: {size} bytes, then {read:?}");
        }
    };
    timeout(secs(20), whole).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn sec_308_an_upload_after_the_end_of_the_session_sees_the_answer(scene: Scene) {
    for size in [20_000, 1_000_000] {
        let answer = uploads(&scene, "POST /orders", size).await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let location = format!("{}/auth/sign-in?to=", scene.origin);
        assert!(answer.contains(&location), "{answer}");
        assert_eq!(answer.to_lowercase().matches("\r\nlocation:").count(), 1, "{answer}");
        let answer = uploads(&scene, "POST /auth/sign-in", size).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

/// How the length of an endless body is given.
const FRAMINGS: [(&str, &str); 2] = [
    ("Transfer-Encoding: chunked", "1\r\na\r\n"),
    ("Content-Length: 1000000", "a"),
];

/// Holds a connection by sending a piece of a body now and then, for as long as that works. Gives the answer.
pub(crate) async fn trickles(port: u16, head: &str, piece: &str, every: Duration) -> String {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let sending = async {
        let mut pace = interval(every);
        while to.write_all(piece.as_bytes()).await.is_ok() {
            pace.tick().await;
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let reading = async { while let Ok(1..) = from.read_buf(&mut answer).await {} };
    let end = async {
        tokio::select! {
            () = reading => {}
            () = sending => {}
        }
    };
    // Three times as long as any proxy allows, for a busy machine.
    let end = timeout(secs(40), end).await;
    end.unwrap_or_else(|_| panic!("held: {head}{piece:?} every {every:?}"));
    String::from_utf8_lossy(&answer).into_owned()
}

/// A byte a second, or a byte and then nothing.
const PACES: [Duration; 2] = [Duration::from_secs(1), Duration::from_hours(1)];

pub(crate) async fn sec_308_nobody_holds_a_connection_that_was_answered(scene: Scene) {
    const PREFLIGHT: &str = "Access-Control-Request-Method: PUT\r\n";
    let port = scene.port;
    let mut all = Vec::new();
    for (line, more) in [
        ("POST /auth/sign-in", BROWSER),
        ("POST /auth/nothing", BROWSER),
        ("POST /orders", BROWSER),
        ("GET /orders", BROWSER),
        ("OPTIONS /orders", PREFLIGHT),
    ] {
        for (framing, piece) in FRAMINGS {
            for every in PACES {
                all.push(async move {
                    let head = format!(
                        "{line} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n{more}{framing}\r\n\r\n"
                    );
                    let answer = trickles(port, &head, piece, every).await;
                    assert!(answer.starts_with("HTTP/1.1 "), "{line}: {answer:?}");
                });
            }
        }
    }
    join_all(all).await;
}

pub(crate) async fn sec_308_nobody_holds_a_connection_on_the_way_to_the_portal(scene: Scene) {
    let paces: &[Duration] = match scene.kind {
        // It knows only how long a body may halt.
        Some(Kind::Nginx) => &[secs(10), PACES[1]],
        _ => &PACES,
    };
    let port = scene.port;
    let all = paces.iter().flat_map(|every| {
        FRAMINGS.map(async |(framing, piece)| {
            let head = format!("POST /open HTTP/1.1\r\nHost: localhost:{port}\r\n{framing}\r\n\r\n");
            trickles(port, &head, piece, *every).await;
        })
    });
    join_all(all).await;
}

/// These times are for what a client sends, not for what it waits for.
pub(crate) async fn sec_308_an_upload_to_the_portal_has_its_time(scene: Scene) {
    let browser = scene.signed_in().await;
    let cookie = format!("{}\r\n", Scene::cookie(&browser));
    let mut socket = opens(&scene, &cookie).await;
    reads(&mut socket, "\r\n\r\n").await;
    // Four seconds each: the WebSocket is silent for longer than a body may take.
    for _ in 0..2 {
        let answer = uploads(&scene, &format!("POST /orders\r\n{cookie}"), 1_000_000).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    socket.write_all(b"still here").await.unwrap();
    reads(&mut socket, "still here").await;
}
