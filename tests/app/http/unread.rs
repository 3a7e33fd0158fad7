//! Connections that a client tries to hold by a body that never ends, and clients that upload in good faith and must
//! see their answer.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, interval, timeout};

use crate::support::{TestApp, asks, builder_behind_proxy, connect, secs};

/// The service gives up after five seconds of hardly any bytes, and then the client has one more to read the answer.
const PATIENCE: Duration = Duration::from_secs(6);

/// What a busy machine adds.
const BUSY: Duration = Duration::from_secs(14);

/// Sends pieces of a body for as long as they are taken, and reads all the while. Gives the answer, how many pieces
/// were sent, and how long it took.
async fn sends(port: u16, head: &str, piece: &[u8], pieces: usize, every: Duration) -> (String, usize, Duration) {
    let stream = connect(port).await;
    let (mut from, mut to) = stream.into_split();
    let began = Instant::now();
    to.write_all(head.as_bytes()).await.unwrap();
    let sending = async {
        let mut pace = interval(every);
        for sent in 0..pieces {
            pace.tick().await;
            if to.write_all(piece).await.is_err() {
                return sent;
            }
        }
        pieces
    };
    let reading = async {
        let mut answer = Vec::new();
        let mut buffer = [0; 4096];
        // Bytes that were not read any more are answered with a reset, which is as good an end.
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..read]);
            if pieces != usize::MAX && is_whole(&answer) {
                break;
            }
        }
        String::from_utf8(answer).unwrap()
    };
    let mut sent = 0;
    let answer = if pieces == usize::MAX {
        tokio::select! {
            answer = reading => answer,
            // Never dropped before the answer is read: the test itself ends nothing.
            () = async { sending.await; std::future::pending().await } => unreachable!(),
        }
    } else {
        let (count, answer) = tokio::join!(sending, reading);
        sent = count;
        answer
    };
    (answer, sent, began.elapsed())
}

/// Whether an answer with a length is complete.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() >= length.parse::<usize>().unwrap())
}

#[tokio::test]
async fn sec_308_no_body_holds_a_connection_that_was_answered() {
    let app = builder_behind_proxy().spawn().await;
    let (public, private) = (app.port(), app.private_port());
    let mut all = Vec::new();
    for (port, line) in [
        (public, "GET /sign-in"),
        (public, "POST /sign-in"),
        (public, "POST /nothing/here"),
        (public, "PUT /account"),
        (public, "OPTIONS /"),
        (public, "POST /global-token-revocation"),
        (public, "GET /.well-known/jwks.json"),
        (public, "GET /verify/caddy"),
        (public, "POST /verify/nginx"),
        (private, "GET /healthz"),
        (private, "POST /metrics"),
        (private, "POST /nothing"),
    ] {
        for (framing, piece) in [
            ("Transfer-Encoding: chunked", "1\r\na\r\n"),
            ("Content-Length: 1000000", "a"),
        ] {
            let head = format!("{line} HTTP/1.1\r\nHost: localhost:{public}\r\n{framing}\r\n\r\n");
            all.push(async move {
                let every = Duration::from_secs(1);
                let ends = sends(port, &head, piece.as_bytes(), usize::MAX, every);
                let end = timeout(PATIENCE + BUSY, ends).await;
                let (answer, _, _) = end.unwrap_or_else(|_| panic!("held: {line}, {framing}"));
                assert!(answer.starts_with("HTTP/1.1 "), "{line}: {answer:?}");
                let head = answer.split("\r\n\r\n").next().unwrap();
                assert!(head.contains("connection: close"), "{line}: {head}");
            });
        }
    }
    join_all(all).await;
    // The service still takes connections.
    asks(&mut connect(public).await, public).await;
}

#[tokio::test]
async fn sec_308_a_client_that_uploads_in_good_faith_sees_the_answer_and_goes_on() {
    const PIECE: usize = 32 * 1024;
    const PIECES: usize = 24;
    let app = TestApp::spawn().await;
    let port = app.port();
    let uploads = ["/sign-in", "/nothing", "/account"].map(async |path| {
        let length = PIECE * PIECES;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        );
        // Longer than the service lingers on a connection that it cuts off.
        let every = Duration::from_millis(125);
        let (answer, sent, _) = sends(port, &head, &vec![b'a'; PIECE], PIECES, every).await;
        assert_eq!(sent, PIECES, "{path}: it was cut off");
        assert!(answer.contains("</html>"), "{path}: {answer}");
        assert!(!answer.contains("connection: close"), "{path}: {answer}");
    });
    join_all(uploads).await;
}

/// Chunked, from a client that looks for the answer only when it has sent everything, as browsers and proxies do.
#[tokio::test]
async fn sec_308_a_connection_whose_body_was_read_away_takes_another_request() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let mut stream = connect(port).await;
    let head = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = format!("8000\r\n{}\r\n", "a".repeat(0x8000));
    for _ in 0..40 {
        stream.write_all(piece.as_bytes()).await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        let read = stream.read_buf(&mut answer).await.unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
    }
    assert!(answer.starts_with(b"HTTP/1.1 404 "));
    asks(&mut stream, port).await;
}

/// Answers to HTTP/1.0 end their own connection, and no other.
#[tokio::test]
async fn sec_308_an_old_client_costs_nobody_else_the_connection() {
    let app = TestApp::spawn().await;
    let port = app.port();
    for _ in 0..20 {
        let old = format!("GET /nothing HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n");
        comes_back(port, &old).await;
        let mut stream = connect(port).await;
        let head = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 4\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(b"body").await.unwrap();
        let mut answer = Vec::new();
        while !is_whole(&answer) {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        asks(&mut stream, port).await;
    }
}

/// Fast, but without end.
#[tokio::test]
async fn sec_308_no_refused_body_is_read_beyond_8_mib() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let head = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: chunked\r\n\r\n");
    let piece = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let every = Duration::from_millis(1);
    let ends = sends(port, &head, piece.as_bytes(), usize::MAX, every);
    let (answer, _, took) = timeout(PATIENCE + BUSY, ends).await.expect("an end");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(took < PATIENCE + BUSY);
}

/// Nor for longer than a minute, by the clock of the service.
#[tokio::test]
async fn sec_308_no_refused_body_is_read_for_more_than_a_minute() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let head = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 8000000\r\n\r\n");
    let piece = [b'a'; 16 * 1024];
    let ends = sends(port, &head, &piece, usize::MAX, Duration::from_millis(100));
    let clock = async {
        let mut seconds = interval(Duration::from_millis(200));
        loop {
            seconds.tick().await;
            app.advance(secs(1));
        }
    };
    let ended = async {
        tokio::select! {
            end = ends => end,
            () = clock => unreachable!(),
        }
    };
    let (answer, ..) = timeout(secs(30), ended).await.expect("an end");
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
}

/// Otherwise a few clients could fill the table of open files at 16 KiB a second each.
#[tokio::test]
async fn sec_308_eight_refused_bodies_of_a_network_are_read_at_once() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let began = Instant::now();
    let uploads = (0..20).map(|_| async {
        let head = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 8000000\r\n\r\n");
        let piece = [b'a'; 16 * 1024];
        let every = Duration::from_millis(500);
        let ends = sends(port, &head, &piece, usize::MAX, every);
        timeout(secs(5), ends).await.is_ok()
    });
    let ended = join_all(uploads).await;
    let ended = ended.into_iter().filter(|ended| *ended).count();
    assert_eq!(ended, 12, "after {:?}", began.elapsed());
    // A body that has arrived already does not count.
    let mut stream = connect(port).await;
    let whole = format!("POST /nothing HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 4\r\n\r\nbody");
    stream.write_all(whole.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !is_whole(&answer) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
    }
    asks(&mut stream, port).await;
}

/// A proxy may send the `Content-Length` of its client's body, and no body. The answer must not wait for it.
#[tokio::test]
async fn a_proxy_that_asks_is_answered_at_once() {
    let app = builder_behind_proxy().spawn().await;
    let port = app.port();
    let head = format!(
        "GET /verify/caddy HTTP/1.1\r\nHost: localhost:{port}\r\nX-Forwarded-Host: localhost:{port}\r\n\
         X-Forwarded-Proto: http\r\nX-Forwarded-Uri: /\r\nX-Forwarded-Method: POST\r\nContent-Length: 100\r\n\r\n"
    );
    let answer = at_once(port, &head).await;
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
}

/// The answer to a head that nothing follows, which must not wait for a body.
async fn at_once(port: u16, head: &str) -> String {
    let ends = sends(port, head, b"", usize::MAX, secs(60));
    let (answer, _, took) = timeout(PATIENCE + BUSY, ends).await.expect("an end");
    assert!(took < secs(5), "{head}: {took:?}");
    answer
}

/// After the head of an offer of a WebSocket no body comes, whatever length the head gives.
#[tokio::test]
async fn a_websocket_request_is_answered_at_once() {
    let app = TestApp::spawn().await;
    let port = app.port();
    for length in ["", "Content-Length: 0\r\n", "Content-Length: 100\r\n"] {
        let head = format!(
            "GET /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{length}\r\n"
        );
        let answer = at_once(port, &head).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{length}: {answer}");
    }
}

/// A connection that ends says so: a client that kept it would lose the next request.
#[tokio::test]
async fn an_upgrade_to_nothing_is_answered_with_connection_close() {
    let app = TestApp::spawn().await;
    let port = app.port();
    for says in ["Upgrade", "keep-alive, Upgrade"] {
        for path in ["/sign-in", "/nothing", "/verify/nginx"] {
            let head = format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: {says}\r\n\r\n");
            let (answer, is_closed) = comes_back(port, &head).await;
            let answer = answer.to_ascii_lowercase();
            assert!(is_closed && answer.contains("\r\nconnection: close\r\n"), "{answer}");
        }
    }
}

/// Everything that comes back on one connection, until it is closed or nothing comes for a while.
async fn comes_back(port: u16, sent: &str) -> (String, bool) {
    let mut stream = connect(port).await;
    stream.write_all(sent.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async { while let Ok(1..) = stream.read_buf(&mut answer).await {} };
    let is_closed = timeout(PATIENCE, reading).await.is_ok();
    (String::from_utf8(answer).unwrap(), is_closed)
}

#[tokio::test]
async fn nothing_is_answered_behind_the_last_answer() {
    let app = TestApp::spawn().await;
    let (public, private) = (app.port(), app.private_port());
    let mut cases = Vec::new();
    for (port, path) in [
        (public, "/signed-out"),
        (public, "/nothing"),
        (public, "/sign-in"),
        (private, "/healthz"),
    ] {
        let next = format!("GET {path} HTTP/1.1\r\nHost: localhost:{public}\r\n\r\n");
        for last in [
            format!("GET {path} HTTP/1.1\r\nHost: localhost:{public}\r\nConnection: close\r\n\r\n"),
            format!("GET {path} HTTP/1.0\r\nHost: localhost:{public}\r\n\r\n"),
            format!(
                "POST {path} HTTP/1.1\r\nHost: localhost:{public}\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=b"
            ),
        ] {
            cases.push((port, format!("{last}{next}{next}"), last));
        }
    }
    let asked = cases.iter().map(async |(port, sent, last)| {
        let (answer, is_closed) = comes_back(*port, sent).await;
        let answers = answer.matches("HTTP/1.").count();
        assert_eq!(answers, 1, "{last}: {answer}");
        assert!(is_closed, "{last}");
        let is_said = answer.contains("connection: close") || answer.starts_with("HTTP/1.0");
        assert!(is_said, "{last}: {answer}");
    });
    join_all(asked).await;
    // Without that, each request is answered.
    let next = format!("GET /signed-out HTTP/1.1\r\nHost: localhost:{public}\r\n\r\n");
    let (answer, is_closed) = comes_back(public, &format!("{next}{next}{next}")).await;
    assert_eq!(answer.matches("HTTP/1.1 200").count(), 3, "{answer}");
    assert!(!is_closed);
}
