//! The PROXY protocol, byte by byte. The client's address shows in what Okta is told.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{TlsApp, shakes_hands};
use crate::support::{TestApp, builder_behind_proxy, connect, eventually, metric, secs};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// A header of version 2.
fn v2(command: u8, family: u8, addresses: &[u8], more: &[u8]) -> Vec<u8> {
    let length = u16::try_from(addresses.len() + more.len()).unwrap().to_be_bytes();
    [SIGNATURE, &[command, family], &length, addresses, more].concat()
}

/// Addresses and ports of version 2: this client, and a server that nobody asks about.
fn from_ipv4(client: [u8; 4]) -> Vec<u8> {
    [&client[..], &[127, 0, 0, 1], &[0x30, 0x39], &[0x01, 0xbb]].concat()
}

async fn spawn(version: &str, trusted: &str) -> TestApp {
    TestApp::builder()
        .set("limits.proxy_protocol", version)
        .set("limits.trusted_proxies", trusted)
        .spawn()
        .await
}

/// Sends these bytes in pieces of this size, and gives what comes back until the connection ends.
async fn hears(port: u16, sent: &[u8], piece: usize) -> String {
    let mut stream = connect(port).await;
    stream.set_nodelay(true).unwrap();
    for piece in sent.chunks(piece) {
        // OK to ignore because the service may have closed it.
        let _ = stream.write_all(piece).await;
        tokio::task::yield_now().await;
    }
    ends(stream).await
}

async fn ends(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    // OK to ignore because a reset is as good an end.
    let _ = timeout(secs(20), stream.read_to_end(&mut heard)).await.expect("an end");
    String::from_utf8_lossy(&heard).into_owned()
}

/// A request for a page, the last on its connection.
fn request(app: &TestApp) -> Vec<u8> {
    request_for(app.port(), "GET /signed-out", "", "")
}

/// Signs in on connections that begin with this header, and gives the address that Okta was told.
async fn told_okta(app: &TestApp, header: &[u8], lines: &str) -> String {
    let port = app.port();
    let origin = format!("Origin: http://localhost:{port}\r\n");
    let form = hears(
        port,
        &[header, &request_for(port, "GET /sign-in", lines, "")].concat(),
        7,
    )
    .await;
    let field = |name: &str| {
        let begins = format!("name=\"{name}\" value=\"");
        let (_, rest) = form
            .split_once(&begins)
            .unwrap_or_else(|| panic!("no {name} in {form}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let cookies: Vec<&str> = form
        .lines()
        .filter_map(|line| line.strip_prefix("set-cookie: ")?.split(';').next())
        .collect();
    let hidden: Vec<(String, String)> = form
        .split("<input type=\"hidden\" name=\"")
        .skip(1)
        .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        .map(|name| (name.clone(), field(&name)))
        .collect();
    let typed = [
        ("username", "password@example.com"),
        ("password", crate::support::PASSWORD),
    ];
    let typed = typed.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let body: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(hidden.into_iter().chain(typed))
        .finish();
    let lines = format!(
        "{lines}{origin}Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        cookies.join("; "),
        body.len()
    );
    let answer = hears(
        port,
        &[header, &request_for(port, "POST /sign-in", &lines, &body)].concat(),
        4096,
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 303 "), "{answer}");
    let requests = app.okta().requests();
    let told = requests
        .iter()
        .rev()
        .find_map(|request| request.headers.get("x-forwarded-for"));
    told.expect("an address").clone()
}

fn request_for(port: u16, line: &str, lines: &str, body: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: localhost:{port}\r\n{lines}Connection: close\r\n\r\n{body}").into_bytes()
}

async fn refused(app: &TestApp) -> u64 {
    let series = "portico_connections_refused_total{reason=\"proxy_header\"}";
    metric(&app.metrics().await, series)
}

#[tokio::test]
async fn sec_117_the_header_of_a_trusted_proxy_names_the_client() {
    let local = [127, 0, 0, 1].map(|byte: u8| byte.to_string()).join(".");
    let six = [
        &[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9][..],
        &[0; 15],
        &[1, 0x30, 0x39, 0x01, 0xbb],
    ]
    .concat();
    let tlvs = [&[0x04, 0x04, 0x00][..], &[0; 1024], &[0xee, 0, 2, 1, 2]].concat();
    let client = from_ipv4([203, 0, 113, 9]);
    let unix = [0; 216];
    let v1 = spawn("v1", "127.0.0.1").await;
    let v2_app = spawn("v2", "127.0.0.1").await;
    for (app, header, told) in [
        (
            &v1,
            b"PROXY TCP4 203.0.113.9 127.0.0.1 12345 443\r\n".to_vec(),
            "203.0.113.9",
        ),
        (&v1, b"PROXY TCP6 2001:db8::9 ::1 12345 443\r\n".to_vec(), "2001:db8::9"),
        (
            &v1,
            b"PROXY TCP6 ::ffff:203.0.113.8 ::1 12345 443\r\n".to_vec(),
            "203.0.113.8",
        ),
        (&v1, b"PROXY UNKNOWN\r\n".to_vec(), &local),
        (
            &v1,
            b"PROXY UNKNOWN 203.0.113.9 127.0.0.1 12345 443\r\n".to_vec(),
            &local,
        ),
        (&v2_app, v2(0x21, 0x11, &client, &[]), "203.0.113.9"),
        (&v2_app, v2(0x21, 0x11, &client, &tlvs), "203.0.113.9"),
        (&v2_app, v2(0x21, 0x21, &six, &[]), "2001:db8::9"),
        (&v2_app, v2(0x20, 0x00, &[], &[]), &local),
        (&v2_app, v2(0x20, 0x11, &client, &[]), &local),
        (&v2_app, v2(0x21, 0x00, &[], &[]), &local),
        (&v2_app, v2(0x21, 0x31, &unix, &[]), &local),
    ] {
        let shown = String::from_utf8_lossy(&header).into_owned();
        assert_eq!(told_okta(app, &header, "").await, told, "{shown:?}");
    }
    assert_eq!(refused(&v1).await + refused(&v2_app).await, 0);
}

/// The address that the header names is judged as any peer: a proxy among the trusted ones may say more, a client not.
#[tokio::test]
async fn sec_117_a_forwarded_header_counts_if_the_named_address_is_trusted() {
    let app = spawn("v1", "127.0.0.1, 198.51.100.7").await;
    let forwarded = "X-Forwarded-For: 192.0.2.1\r\n";
    let from = |address: &str| format!("PROXY TCP4 {address} 127.0.0.1 1 443\r\n").into_bytes();
    assert_eq!(told_okta(&app, &from("203.0.113.9"), forwarded).await, "203.0.113.9");
    assert_eq!(told_okta(&app, &from("198.51.100.7"), forwarded).await, "192.0.2.1");
    assert_eq!(told_okta(&app, b"PROXY UNKNOWN\r\n", forwarded).await, "192.0.2.1");
}

#[tokio::test]
async fn sec_117_a_trusted_proxy_without_a_good_header_is_not_listened_to() {
    let client = from_ipv4([203, 0, 113, 9]);
    let good = |version: &str| match version {
        "v1" => b"PROXY TCP4 203.0.113.9 127.0.0.1 12345 443\r\n".to_vec(),
        _ => v2(0x21, 0x11, &client, &[]),
    };
    let long = format!("PROXY TCP4 203.0.113.9 127.0.0.1 12345 {}443\r\n", "0".repeat(200)).into_bytes();
    let huge = v2(0x21, 0x11, &client, &[0; 5000]);
    for (version, broken) in [
        ("v1", Vec::new()),
        ("v1", good("v2")),
        ("v1", long),
        ("v1", b"PROXY TCP4 203.0.113.999 127.0.0.1 1 443\r\n".to_vec()),
        ("v1", b"PROXY TCP4 2001:db8::9 ::1 1 443\r\n".to_vec()),
        ("v1", b"PROXY TCP4 203.0.113.9 127.0.0.1 70000 443\r\n".to_vec()),
        ("v1", b"PROXY TCP4 203.0.113.9 127.0.0.1 1 443\n".to_vec()),
        ("v1", b"PROXY TCP4 203.0.113.9\r\n".to_vec()),
        ("v1", b"PROXYTCP4 203.0.113.9 127.0.0.1 1 443\r\n".to_vec()),
        ("v1", b"proxy tcp4 203.0.113.9 127.0.0.1 1 443\r\n".to_vec()),
        ("v2", Vec::new()),
        ("v2", good("v1")),
        ("v2", huge),
        ("v2", [b"\r\n\r\n\0\r\nQUIT\r", &good("v2")[12..]].concat()),
        ("v2", v2(0x11, 0x11, &client, &[])),
        ("v2", v2(0x22, 0x11, &client, &[])),
        ("v2", v2(0x21, 0x12, &client, &[])),
        ("v2", v2(0x21, 0x11, &client[..8], &[])),
        ("v2", v2(0x21, 0x21, &client, &[])),
        ("v2", v2(0x21, 0x41, &client, &[])),
    ] {
        let app = spawn(version, "127.0.0.1").await;
        let shown = String::from_utf8_lossy(&broken).into_owned();
        for piece in [1, 4096] {
            let sent = [&broken[..], &request(&app)].concat();
            assert_eq!(hears(app.port(), &sent, piece).await, "", "{version} {shown:?}");
        }
        eventually("two refusals", async || refused(&app).await == 2).await;
        let whole = hears(app.port(), &[&good(version)[..], &request(&app)].concat(), 1).await;
        assert!(whole.starts_with("HTTP/1.1 200 "), "{version}: {whole}");
    }
}

#[tokio::test]
async fn sec_117_from_anybody_else_the_header_is_no_request() {
    let client = from_ipv4([203, 0, 113, 9]);
    for version in ["v1", "v2"] {
        let app = spawn(version, "192.0.2.1").await;
        for header in [
            b"PROXY TCP4 203.0.113.9 127.0.0.1 12345 443\r\n".to_vec(),
            v2(0x21, 0x11, &client, &[]),
        ] {
            let heard = hears(app.port(), &[&header[..], &request(&app)].concat(), 4096).await;
            assert!(heard.starts_with("HTTP/1.1 400 "), "{heard}");
        }
        let own = hears(app.port(), &request(&app), 4096).await;
        assert!(own.starts_with("HTTP/1.1 200 "), "its own address: {own}");
        assert_eq!(
            told_okta(&app, b"", "X-Forwarded-For: 203.0.113.9\r\n").await,
            Ipv4Addr::LOCALHOST.to_string()
        );
        assert_eq!(refused(&app).await, 0);
    }
}

#[tokio::test]
async fn sec_308_a_header_has_five_seconds_and_a_check_of_the_port_is_no_trouble() {
    let app = spawn("v2", "127.0.0.1").await;
    let silent = connect(app.port()).await;
    let mut begun = connect(app.port()).await;
    begun.write_all(&SIGNATURE[..8]).await.unwrap();
    // Opened and closed, as balancers do to see whether somebody listens.
    for _ in 0..3 {
        let mut stream = connect(app.port()).await;
        stream.shutdown().await.unwrap();
        assert_eq!(ends(stream).await, "");
    }
    app.advance(secs(6));
    assert_eq!(ends(silent).await + &ends(begun).await, "");
    let timed_out = "portico_connections_refused_total{reason=\"timed_out\"}";
    eventually("two that were too slow", async || {
        metric(&app.metrics().await, timed_out) == 2
    })
    .await;
    assert_eq!(refused(&app).await, 0);
}

/// The header comes first, and TLS behind it, even in the same packet.
#[tokio::test]
async fn sec_117_tls_begins_behind_the_header() {
    let builder = builder_behind_proxy().set("limits.proxy_protocol", "v2");
    let Some(tls) = TlsApp::spawn_with(builder).await else {
        return;
    };
    let mut stream = connect(tls.app.port()).await;
    let header = v2(0x21, 0x11, &from_ipv4([203, 0, 113, 9]), &[]);
    stream.write_all(&header).await.unwrap();
    let mut stream = shakes_hands(stream, tls.certificates.client(&[])).await.unwrap();
    stream.write_all(&request(&tls.app)).await.unwrap();
    let mut heard = Vec::new();
    timeout(secs(20), stream.read_to_end(&mut heard))
        .await
        .unwrap()
        .unwrap();
    assert!(heard.starts_with(b"HTTP/1.1 200 "));
    // Without it, not even the handshake is answered.
    let stream = connect(tls.app.port()).await;
    shakes_hands(stream, tls.certificates.client(&[])).await.unwrap_err();
    eventually("a refusal", async || refused(&tls.app).await == 1).await;
}
