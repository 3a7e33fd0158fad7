//! Bodies for the portal that come slowly, or that the portal reads slowly: each holds two connections of the service.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::interval;

use okta_sim::Settings;

use crate::support::{PASSWORD, SESSION, Served, connect, eventually};

/// As few as a container may have. A quarter of them is for slow uploads, two for each.
const FILES: &str = "--nofile=256";

/// More than that many files would do for.
const STRANGERS: usize = 120;

/// Quotas of one network: slow uploads, and all uploads.
const PLACES: usize = 8;
const UPLOADS: usize = 48;

/// A portal that serves each connection like this.
async fn portal<F>(serves: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serves(stream));
        }
    });
    address
}

/// Reads everything, and answers when the body is complete.
async fn answers(mut stream: TcpStream) {
    let (mut heard, mut buffer) = (Vec::new(), [0; 1024]);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        heard.extend_from_slice(&buffer[..read]);
        if heard.ends_with(b"the end") {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken";
            stream.write_all(answer).await.unwrap();
        }
    }
}

/// Reads the head and hardly anything of a body; answers a request whose body came with its head.
async fn hardly_reads(mut stream: TcpStream) {
    let (mut pace, mut buffer) = (interval(Duration::from_secs(1)), [0; 512]);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        if buffer[..read].ends_with(b"the end") {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
        pace.tick().await;
    }
}

/// A service with few files in front of this portal, its port, and the cookie of a signed-in user.
async fn in_front_of(portal: &str) -> (Served, u16, String) {
    let settings = [("PORTAL__UPSTREAM", portal)];
    let through = ["/usr/bin/prlimit", FILES].map(str::to_owned).to_vec();
    let served = Served::start_through(through, Settings::default(), &settings).await;
    let (_, port) = served.base.rsplit_once(':').unwrap();
    let port = port.parse().unwrap();
    let browser = served.browser();
    let form = browser.opens_sign_in(None).await;
    browser.submits_password(&form, "password", PASSWORD).await.expect(303);
    let cookie = format!("{SESSION}={}", browser.cookie(SESSION).unwrap());
    (served, port, cookie)
}

/// How the length of the body is given, and what is sent of it each second. Several chunks at once keep the portal busy
/// for a moment.
const FRAMINGS: [(&str, &str); 3] = [
    ("Content-Length: 1000000", "x"),
    ("Transfer-Encoding: chunked", "1\r\nx\r\n"),
    (
        "Transfer-Encoding: chunked",
        "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n",
    ),
];

/// Sends these pieces one after the other, at this interval or as fast as they go, until it is cut off. Gives the
/// answer.
async fn sends(port: u16, cookie: String, framing: &str, piece: String, every: Option<Duration>) -> String {
    let (mut from, mut to) = connect(port).await.into_split();
    let head = format!("POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n{framing}\r\n\r\n");
    let sending = async {
        let mut pace = every.map(interval);
        let mut next = head.as_bytes();
        while to.write_all(next).await.is_ok() {
            if let Some(pace) = &mut pace {
                pace.tick().await;
            }
            next = piece.as_bytes();
        }
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    tokio::select! {
        _ = from.read_to_end(&mut answer) => {}
        () = sending => {}
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn sec_308_slow_bodies_for_the_portal_leave_room_for_everybody_else() {
    let upstream = portal(answers).await;
    let (served, port, cookie) = in_front_of(&upstream).await;
    let mut strangers = JoinSet::new();
    for (framing, piece) in FRAMINGS.iter().cycle().take(STRANGERS) {
        let each_second = Some(Duration::from_secs(1));
        strangers.spawn(sends(port, cookie.clone(), framing, (*piece).to_owned(), each_second));
    }
    eventually("an end of those for whom there is no place", async || {
        while let Some(ended) = strangers.try_join_next() {
            let answer = ended.unwrap();
            let is_no = ["HTTP/1.1 408", "HTTP/1.1 503"].map(|no| answer.starts_with(no));
            assert!(is_no.contains(&true), "{answer}");
        }
        strangers.len() == PLACES
    })
    .await;
    // The slow uploads within the quota go on, and everybody else is served.
    let (mut from, mut to) = connect(port).await.into_split();
    let head = format!(
        "POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\nContent-Length: 7\r\n\r\nthe end"
    );
    to.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 15];
    from.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    let fresh = served.browser();
    let form = fresh.opens_sign_in(None).await;
    let answer = fresh.submits_password(&form, "otp", PASSWORD).await;
    answer.leads_to("/sign-in/factor");
    assert_eq!(strangers.len(), PLACES);
}

#[tokio::test]
async fn sec_308_a_portal_that_reads_slowly_leaves_room_for_everybody_else() {
    let upstream = portal(hardly_reads).await;
    let (served, port, cookie) = in_front_of(&upstream).await;
    let mut strangers = JoinSet::new();
    for _ in 0..STRANGERS {
        strangers.spawn(sends(
            port,
            cookie.clone(),
            "Content-Length: 100000000",
            "x".repeat(4096),
            None,
        ));
    }
    eventually("an end of those for whom there is no place", async || {
        while let Some(ended) = strangers.try_join_next() {
            let answer = ended.unwrap();
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
            assert!(answer.contains("too_many_uploads"), "{answer}");
        }
        strangers.len() == UPLOADS
    })
    .await;
    // One more finds no room unless its body is complete; a client that asks before it sends is not told to go on.
    for (lines, is_let) in [
        ("Content-Length: 7\r\n\r\nthe end", true),
        ("Content-Length: 7\r\n\r\nthe", false),
        ("Content-Length: 7\r\nExpect: 100-continue\r\n\r\n", false),
    ] {
        let (mut from, mut to) = connect(port).await.into_split();
        let head = format!("POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n{lines}");
        to.write_all(head.as_bytes()).await.unwrap();
        let mut answer = [0; 12];
        from.read_exact(&mut answer).await.unwrap();
        let expected = if is_let { b"HTTP/1.1 200" } else { b"HTTP/1.1 503" };
        assert_eq!(
            answer.escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "{lines}"
        );
    }
    for login in ["otp", "password"] {
        let fresh = served.browser();
        let form = fresh.opens_sign_in(None).await;
        fresh.submits_password(&form, login, PASSWORD).await.expect(303);
    }
    assert_eq!(strangers.len(), UPLOADS);
}
