//! Bodies that break off or are not well formed: one answer, which is the last on its connection.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::support::{TestApp, builder_behind_proxy, connect, secs};

/// Everything that comes back until the connection ends, as it must.
async fn hears(port: u16, sent: &str, hangs_up: bool) -> String {
    let (mut from, mut to) = connect(port).await.into_split();
    to.write_all(sent.as_bytes()).await.unwrap();
    if hangs_up {
        to.shutdown().await.unwrap();
    }
    let mut heard = Vec::new();
    let end = timeout(secs(20), from.read_to_end(&mut heard)).await;
    // OK to ignore because a connection may be reset after its last answer.
    let _ = end.unwrap_or_else(|_| panic!("no end of {sent}"));
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn sec_309_a_broken_body_has_one_answer_and_it_is_the_last() {
    let app = builder_behind_proxy().spawn().await;
    let (port, private) = (app.port(), app.private_port());
    let next = format!("GET /signed-out HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let mut cases = Vec::new();
    for (at, line) in [
        (port, "POST /sign-in"),
        (port, "POST /account/sign-out"),
        (port, "POST /nothing"),
        (port, "GET /sign-in"),
        (port, "GET /verify/nginx"),
        (port, "POST /global-token-revocation"),
        (private, "GET /healthz"),
        (private, "POST /nothing"),
    ] {
        let head = format!(
            "{line} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n"
        );
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        for broken in ["zz\r\n", "3\r\na=bXX", "3\r\na=b\r\n-1\r\n", "3;\u{1}\r\n"] {
            cases.push((at, format!("{chunked}{broken}{next}"), false));
        }
        cases.push((at, format!("{chunked}3\r\na=b\r\n"), true));
        cases.push((at, format!("{head}Content-Length: 30\r\n\r\na=b"), true));
    }
    let heard = cases.iter().map(async |(at, sent, hangs_up)| {
        let heard = hears(*at, sent, *hangs_up).await;
        assert_eq!(heard.matches("HTTP/1.1 ").count(), 1, "{sent}: {heard}");
        let lines = heard.split("\r\n\r\n").next().unwrap();
        assert!(lines.contains("\r\nconnection: close"), "{sent}: {heard}");
    });
    join_all(heard).await;
}

/// HTTP/1.0 has no chunked encoding (RFC 9112 §6.1).
#[tokio::test]
async fn sec_309_a_stream_of_events_ends_with_its_connection() {
    let app = TestApp::spawn().await;
    let port = app.port();
    let next = format!("GET /signed-out HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    for (version, next) in [("1.0", ""), ("1.1", ""), ("1.1", &*next)] {
        let browser = app.browser();
        let page = browser.reaches("push", "push").await;
        let address = page.attribute("data-events").unwrap();
        let path = address.trim_start_matches(app.base());
        let cookies = browser.cookies();
        let cookies: Vec<String> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let request = format!(
            "GET {path} HTTP/{version}\r\nHost: localhost:{port}\r\nConnection: keep-alive\r\nCookie: {}\r\n\r\n{next}",
            cookies.join("; ")
        );
        let phone = async {
            app.phone("push").approve(&app.prompt("push").id).unwrap();
            app.advance(secs(5));
        };
        let (heard, ()) = tokio::join!(hears(port, &request, false), phone);
        let (lines, body) = heard.split_once("\r\n\r\n").unwrap();
        assert!(lines.starts_with(&format!("HTTP/{version} 200 ")), "{heard}");
        for name in ["transfer-encoding", "content-length", "keep-alive"] {
            assert!(!lines.contains(name), "{name}: {heard}");
        }
        let is_last = lines.contains("connection: close");
        assert!(is_last || version == "1.0", "{heard}");
        assert!(body.starts_with("retry: 2000\n\n"), "{heard}");
        assert!(body.ends_with("event: approved\ndata:\n\n"), "{heard}");
    }
}
