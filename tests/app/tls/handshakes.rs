//! Browsers on a service that terminates TLS itself, and clients that mean it no good.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, interval, timeout};

use super::{TlsApp, shakes_hands};
use crate::support::{TestApp, connect, eventually, metric, secs};

/// How often connections were closed for this reason.
async fn refused(tls: &TlsApp, reason: &str) -> u64 {
    let series = format!("portico_connections_refused_total{{reason=\"{reason}\"}}");
    metric(&tls.app.metrics().await, &series)
}

/// Everything that still comes until the connection is closed, as it must be.
async fn ends(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    // OK to ignore because a reset is as good an end.
    let _ = timeout(secs(20), stream.read_to_end(&mut heard)).await.expect("an end");
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test]
async fn a_browser_signs_in_and_out_over_tls() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let browser = tls.browser();
    let form = browser.opens_sign_in(None).await;
    assert!(form.header("strict-transport-security").starts_with("max-age=31536000"));
    let page = browser.begins("password@example.com").await;
    page.leads_to(tls.app.base());
    let cookies = page.cookies("__Host-portico-session");
    assert!(cookies[0].contains("Secure"), "{cookies:?}");
    assert_eq!(browser.session().await["active"], true);
    browser.signs_out().await;
    assert_eq!(browser.session().await["active"], false);
}

/// The answer that lasts leaves the HTTP library; its socket is under TLS as before.
#[tokio::test]
async fn a_push_is_waited_for_over_tls() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let browser = tls.browser();
    let page = browser.reaches("push", "push").await;
    let mut events = browser.waits(&page).await;
    let phone = tls.app.phone("push");
    phone.approve(&phone.pending().unwrap().id).unwrap();
    assert_eq!(events.next().await, "approved");
    browser.says_approved(&page).await.leads_to(tls.app.base());
}

/// HTTP/2 is not spoken, so it is not offered either.
#[tokio::test]
async fn http_1_1_is_the_protocol_that_is_agreed_on() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let agreed = async |offered: &[&str]| {
        let stream = connect(tls.app.port()).await;
        let stream = shakes_hands(stream, tls.certificates.client(offered)).await?;
        std::io::Result::Ok(stream.get_ref().1.alpn_protocol().map(<[u8]>::to_vec))
    };
    assert_eq!(agreed(&["h2", "http/1.1"]).await.unwrap(), Some(b"http/1.1".to_vec()));
    assert_eq!(agreed(&[]).await.unwrap(), None);
    let only_h2 = agreed(&["h2"]).await.unwrap_err();
    assert!(only_h2.to_string().contains("NoApplicationProtocol"), "{only_h2}");
    assert_eq!(refused(&tls, "tls").await, 1);
}

#[tokio::test]
async fn plain_http_is_told_where_to_go_and_gets_nothing_of_ours() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let long = "a".repeat(200_000);
    for request in [
        format!("GET /sign-in HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", tls.app.port()),
        format!("POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n{long}"),
    ] {
        let mut stream = connect(tls.app.port()).await;
        // OK to ignore because the service reads only so much.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let heard = ends(stream).await;
        assert!(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{heard}");
        assert!(heard.contains("https only"), "{heard}");
        assert!(!heard.contains("set-cookie"), "{heard}");
    }
    assert_eq!(refused(&tls, "plain_http").await, 2);
    for garbage in [
        "\r\n\r\n",
        "\u{1}\u{2}\u{3}\u{4}\u{5}",
        "\u{16}\u{3}\u{1}\u{0}\u{5}hello",
    ] {
        let mut stream = connect(tls.app.port()).await;
        stream.write_all(garbage.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        assert!(!ends(stream).await.contains("HTTP"));
    }
    eventually("three failed handshakes", async || refused(&tls, "tls").await == 3).await;
}

/// No silent, slow or half-finished handshake holds a connection.
#[tokio::test]
async fn sec_308_a_handshake_has_five_seconds() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let silent = connect(tls.app.port()).await;
    let mut begun = connect(tls.app.port()).await;
    begun.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap();
    // One byte after the other is no longer.
    let (slow, mut drips) = connect(tls.app.port()).await.into_split();
    let dripping = tokio::spawn(async move {
        let mut pace = interval(Duration::from_millis(20));
        let record = [0x16, 3, 1, 2, 0, 1].into_iter().chain(std::iter::repeat(1));
        for byte in record {
            pace.tick().await;
            if drips.write_all(&[byte]).await.is_err() {
                break;
            }
        }
    });
    // All three have been accepted when the next one is served.
    tls.browser().gets("/signed-out").await.expect(200);
    let waiting = Duration::from_millis(200);
    let mut byte = [0];
    assert!(
        timeout(waiting, silent.peek(&mut byte)).await.is_err(),
        "it is kept for a while"
    );
    tls.app.advance(secs(6));
    assert_eq!(ends(silent).await, "");
    assert_eq!(ends(begun).await, "");
    dripping.await.unwrap();
    drop(slow);
    assert_eq!(refused(&tls, "timed_out").await, 3);
}

/// As many files as the system allows this process: both ends of every connection are here.
#[cfg(target_os = "linux")]
fn may_open_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
}

/// A thousand of them keep nobody out: the oldest goes.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn sec_308_silent_connections_keep_nobody_out() {
    may_open_many_files();
    let Some(tls) = TlsApp::spawn_with(TestApp::builder().standing_still()).await else {
        return;
    };
    let oldest = connect(tls.app.port()).await;
    let mut silent = Vec::new();
    for _ in 0..1024 {
        silent.push(connect(tls.app.port()).await);
    }
    tls.browser().gets("/signed-out").await.expect(200);
    assert_eq!(ends(oldest).await, "");
    eventually("a crowd", async || refused(&tls, "crowded").await == 2).await;
}

#[tokio::test]
async fn sec_308_no_answer_that_is_not_taken_holds_a_connection_over_tls() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let port = tls.app.port();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
    let stream = shakes_hands(stream, tls.certificates.client(&[])).await.unwrap();
    // Nothing is read, below TLS.
    let (_from, mut to) = tokio::io::split(stream);
    let request = format!("GET /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
    let sending = async { while to.write_all(request.as_bytes()).await.is_ok() {} };
    let clock = async {
        let mut seconds = interval(Duration::from_millis(500));
        loop {
            seconds.tick().await;
            tls.app.advance(secs(1));
        }
    };
    let end = async {
        tokio::select! {
            () = sending => {}
            () = clock => unreachable!(),
        }
    };
    timeout(secs(30), end).await.expect("an end");
    tls.browser().gets("/signed-out").await.expect(200);
}

#[tokio::test]
async fn a_connection_takes_one_request_after_the_other_and_may_end_without_a_goodbye() {
    let Some(tls) = TlsApp::spawn().await else { return };
    let request = format!(
        "HEAD /signed-out HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        tls.app.port()
    );
    let mut stream = tls.connects().await;
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut head).await.unwrap(), 0, "closed");
        }
        assert!(head.starts_with(b"HTTP/1.1 200 "));
    }
    // The socket alone, without TLS's close_notify, behind a request that is still answered.
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.get_mut().0.shutdown().await.unwrap();
    let mut rest = Vec::new();
    timeout(secs(20), stream.read_to_end(&mut rest)).await.unwrap().unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn a_silent_connection_does_not_delay_the_end() {
    let builder = TestApp::builder().set("ops.drain_delay", "0s");
    let Some(tls) = TlsApp::spawn_with(builder).await else {
        return;
    };
    let silent = connect(tls.app.port()).await;
    tls.browser().gets("/signed-out").await.expect(200);
    let began = Instant::now();
    tls.app.stops();
    tls.app.wait_for_end().await;
    // Less than a handshake may take otherwise.
    assert!(began.elapsed() < secs(4), "{:?}", began.elapsed());
    drop(silent);
}
