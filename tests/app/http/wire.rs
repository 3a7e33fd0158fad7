//! Below the pages: what the HTTP library answers before the application is asked (docs/decisions/0012), how long a
//! connection may idle, and that neither a slow head nor an answer that is not read holds it.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, timeout};

use crate::support::{TestApp, asks, connect, secs};

/// Part of everything that is sent here; it must not come back.
const MARK: &str = "s3cr3t-of-the-sender";

/// How long a head may take. The library reads a clock of its own that lags by half a second.
const HEAD: std::ops::Range<Duration> = Duration::from_millis(4400)..Duration::from_secs(20);

#[tokio::test]
async fn sec_304_what_is_no_request_is_refused_without_a_word() {
    let app = TestApp::spawn().await;
    let host = format!("Host: localhost:{}", app.port());
    let post = format!("POST /sign-in HTTP/1.1\r\n{host}\r\nCookie: {MARK}");
    let long = "a".repeat(140_000);
    let many = format!("X-Many: {MARK}\r\n").repeat(130);
    for (what, sent, status) in [
        ("no method", format!("{MARK}\r\n\r\n"), 400),
        ("TLS", format!("\u{16}\u{3}\u{1}\u{2}{MARK}"), 400),
        (
            "an address with a blank",
            format!("GET /sign-in?{MARK} {MARK} HTTP/1.1\r\n{host}\r\n\r\n"),
            400,
        ),
        (
            "a header with a zero",
            format!("GET /sign-in HTTP/1.1\r\n{host}\r\nX-\0: {MARK}\r\n\r\n"),
            400,
        ),
        (
            "no host",
            format!("GET /sign-in HTTP/1.1\r\nCookie: {MARK}\r\n\r\n"),
            400,
        ),
        (
            "two lengths",
            format!("{post}\r\nContent-Length: 20\r\nContent-Length: 19\r\n\r\n{MARK}"),
            400,
        ),
        (
            "a length and pieces",
            format!("{post}\r\nContent-Length: 20\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}"),
            400,
        ),
        (
            "HTTP/2 in clear",
            format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{MARK}"),
            400,
        ),
        (
            "a head without end",
            format!("GET /sign-in HTTP/1.1\r\n{host}\r\nX-Long: {MARK}{long}"),
            431,
        ),
        (
            "more lines than are read",
            format!("GET /sign-in HTTP/1.1\r\n{host}\r\n{many}\r\n"),
            431,
        ),
    ] {
        assert_bare(what, &answer(app.port(), &sent).await, status);
    }
    assert_eq!(app.asked(okta_sim::Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_304_a_head_that_never_ends_is_given_up_without_a_word() {
    let app = TestApp::spawn().await;
    let begun = format!("GET /sign-in?{MARK} HTTP/1.1\r\nCookie: {MARK}");
    let slow = [("half a head", begun.as_str()), ("nothing", "")];
    join_all(slow.map(async |(what, sent)| gives_up(&app, what, sent).await)).await;
}

/// The application judges the body, so the answer is a page again.
#[tokio::test]
async fn sec_304_a_body_in_broken_pieces_is_refused_with_a_page() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let sent = format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n"
    );
    let answer = answer(port, &sent).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("\r\ncontent-security-policy: "), "{answer}");
    assert!(answer.contains("<h1>We couldn’t read that request</h1>"));
    assert!(!answer.contains(MARK), "{answer}");
}

/// Proxies keep idle connections for a minute (nginx) and send on them without checking that they are still open. The
/// full run of tests/load shows that ours outlive the minute; this test, that they outlive the five seconds which the
/// library would give them.
#[tokio::test]
async fn an_idle_connection_is_kept() {
    let app = TestApp::spawn().await;
    let mut idle = connect(app.port()).await;
    asks(&mut idle, app.port()).await;
    let since = Instant::now();
    for _ in 0..2 {
        gives_up(&app, "nothing", "").await; // lasts as long as a head may take
    }
    assert!(since.elapsed() > Duration::from_secs(8));
    asks(&mut idle, app.port()).await;
}

/// The library limits only the first head of a connection.
#[tokio::test]
async fn sec_308_no_later_head_holds_a_connection() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let mut stream = connect(port).await;
    asks(&mut stream, port).await;
    let (mut from, mut to) = stream.into_split();
    let trickles = async {
        let mut pace = interval(Duration::from_millis(500));
        for letter in "GET /sign-in HTTP/1.1\r\nX-Long: "
            .bytes()
            .chain(std::iter::repeat(b'a'))
        {
            pace.tick().await;
            if to.write_all(&[letter]).await.is_err() {
                break;
            }
        }
    };
    let end = async {
        let mut buffer = [0; 64];
        while let Ok(1..) = from.read(&mut buffer).await {}
    };
    let over = async {
        tokio::join!(trickles, end);
    };
    timeout(HEAD.end, over).await.expect("an end");
}

/// Requests are sent without end, and no answer is read.
#[tokio::test]
async fn sec_308_no_answer_that_is_not_taken_holds_a_connection() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream: TcpStream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    // Soon nothing more fits in either direction.
    let sending = async { while stream.write_all(request.as_bytes()).await.is_ok() {} };
    // The service's time limit, whenever it starts to count.
    let clock = async {
        let mut seconds = interval(Duration::from_millis(500));
        loop {
            seconds.tick().await;
            app.advance(secs(1));
        }
    };
    let end = async {
        tokio::select! {
            () = sending => {}
            () = clock => unreachable!(),
        }
    };
    timeout(secs(30), end).await.expect("an end");
    asks(&mut connect(port).await, port).await;
}

/// Status and closing, and nothing of the request.
fn assert_bare(what: &str, answer: &str, status: u16) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let (line, headers) = head.split_once("\r\n").unwrap();
    assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
    assert_eq!(body, "", "{what}");
    let headers: Vec<&str> = headers
        .split("\r\n")
        .filter(|header| !header.starts_with("date: "))
        .collect();
    assert_eq!(headers, ["content-length: 0", "connection: close"], "{what}");
}

/// Sends an incomplete head, and waits until the server gives up.
async fn gives_up(app: &TestApp, what: &str, sent: &str) {
    let began = Instant::now();
    assert_bare(what, &answer(app.port(), sent).await, 408);
    let took = began.elapsed();
    assert!(HEAD.contains(&took), "{what}: {took:?}");
}

/// Everything that comes back until the connection is closed, as it must be.
async fn answer(port: u16, sent: &str) -> String {
    let mut connection = connect(port).await;
    // OK to ignore because the server may have seen enough before the end.
    let _ = connection.write_all(sent.as_bytes()).await;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    // Bytes that it did not read any more are answered with a reset, which is as good an end.
    while let Ok(read @ 1..) = connection.read(&mut piece).await {
        answer.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(answer).unwrap()
}
