//! Uploads that nobody wants: who sends in good faith sees the answer, who only holds the connection is cut off.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{interval, timeout};

use crate::scene::Scene;
use crate::support::secs;

behind_each_proxy! {
    under_a_path:
    sec_308_who_uploads_after_the_end_of_the_session_sees_the_answer
    sec_308_nobody_holds_a_connection_that_was_answered
}

/// What a browser says of itself when it posts a form.
const BROWSER: &str =
    "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

/// 2 Mbit/s.
const PIECE: usize = 25_000;
const EVERY: Duration = Duration::from_millis(100);

/// Sends a form as a browser does on a slow line, which looks for the answer when all is sent: what it sees then.
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
        assert!(
            sent.is_ok(),
            "{first}: cut off {left} of {size} bytes before the end"
        );
        left -= piece;
    }
    let mut answer = Vec::new();
    let whole = async {
        while !String::from_utf8_lossy(&answer).contains("\r\n\r\n") {
            let read = stream.read_buf(&mut answer).await;
            assert!(
                matches!(read, Ok(1..)),
                "{first}: {size} bytes, then {read:?}"
            );
        }
    };
    timeout(secs(20), whole).await.expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn sec_308_who_uploads_after_the_end_of_the_session_sees_the_answer(scene: Scene) {
    for size in [20_000, 1_000_000] {
        let answer = uploads(&scene, "POST /orders", size).await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let location = format!("{}/auth/sign-in?to=", scene.origin);
        assert!(answer.contains(&location), "{answer}");
        assert_eq!(
            answer.to_lowercase().matches("\r\nlocation:").count(),
            1,
            "{answer}"
        );
        let answer = uploads(&scene, "POST /auth/sign-in", size).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(scene.portal.was_asked(), Vec::<String>::new());
}

/// How long somebody holds a connection with a byte now and then, from the beginning of the answer on at most.
pub(crate) async fn trickles(port: u16, head: String) -> String {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(head.as_bytes()).await.unwrap();
    let sending = async {
        let mut pace = interval(secs(1));
        while to.write_all(b"1\r\na\r\n").await.is_ok() {
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
    // nginx gives everybody a minute.
    let end = timeout(secs(75), end).await;
    end.unwrap_or_else(|_| panic!("held: {head}"));
    String::from_utf8_lossy(&answer).into_owned()
}

pub(crate) async fn sec_308_nobody_holds_a_connection_that_was_answered(scene: Scene) {
    let port = scene.port;
    let held = ["/auth/sign-in", "/auth/nothing", "/orders"].map(async |path| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{BROWSER}Transfer-Encoding: chunked\r\n\r\n"
        );
        let answer = trickles(port, head).await;
        assert!(answer.starts_with("HTTP/1.1 "), "{path}: {answer:?}");
    });
    futures_util::future::join_all(held).await;
}
