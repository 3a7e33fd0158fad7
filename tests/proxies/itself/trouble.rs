//! A portal that is away, slow or broken.

use reqwest::Method;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};

use super::raw_portal::RawPortal;
use crate::connections::reads;
use crate::scene::{API, PAGE, Scene};
use crate::support::{Browser, Page, eventually, for_a_while, free_port, metric, secs};

/// What a browser and a program are answered for the same trouble.
async fn assert_told(scene: &Scene, browser: &Browser, status: u16, word: &str, heading: &str) {
    let page = scene.asks(browser, Method::GET, "/orders?id=7", PAGE).await;
    page.expect(status).says(heading);
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(page.header("cache-control"), "no-store");
    let again = page.links().into_iter().map(|link| scene.to(&link));
    assert!(
        again.into_iter().any(|link| link == scene.at("/orders?id=7")),
        "{page:?}"
    );
    let answer = scene.asks(browser, Method::POST, "/orders", API).await;
    assert_eq!(answer.expect(status).body, format!(r#"{{"error":"{word}"}}"#));
}

async fn failed(scene: &Scene, word: &str) -> u64 {
    let (_, text) = scene.app.ops("/metrics").await;
    metric(&text, &format!(r#"portico_portal_failed_total{{reason="{word}"}}"#))
}

fn comes_soon(page: &Page) -> bool {
    page.header("retry-after") == "5"
}

#[tokio::test]
async fn a_portal_that_is_down_gets_an_error_page_and_is_soon_tried_again() {
    let port = free_port();
    let upstream = format!("http://127.0.0.1:{port}");
    let layout = crate::scene::under_a_path();
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&layout, crate::portal::Portal::start(), &settings).await;
    let browser = scene.signed_in().await;
    assert_told(
        &scene,
        &browser,
        502,
        "portal_unreachable",
        "Acme Portal isn’t answering",
    )
    .await;
    assert_eq!(failed(&scene, "portal_unreachable").await, 2);
    let answer = scene.asks(&browser, Method::GET, "/orders", API).await;
    assert!(comes_soon(&answer), "{answer:?}");
    // A visitor who is not signed in sees nothing of it, and signing in works.
    let stranger = scene.app.browser();
    scene.asks(&stranger, Method::GET, "/orders", API).await.expect(401);
    scene.signed_in().await;

    let back = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = back.accept().await {
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nback";
            // OK to ignore because the test checks whether it came.
            let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 4096]).await;
            let _ = stream.write_all(answer).await;
        }
    });
    let answer = scene.asks(&browser, Method::GET, "/orders", API).await;
    assert_eq!(answer.expect(200).body, "back");
}

#[tokio::test]
async fn a_silent_portal_is_given_up_after_a_time() {
    let portal = RawPortal::saying(None, 0).await;
    let scene = portal.scene(&[("portal.upstream_timeout", "20s")]).await;
    let browser = scene.signed_in().await;
    let mut number = 0;
    let mut late = async |lines| {
        number += 1;
        let path = format!("/orders/{number}");
        let asking = scene.asks(&browser, Method::GET, &path, lines);
        let passing = async {
            portal.hears(&path).await;
            scene.app.advance(secs(21));
        };
        tokio::join!(asking, passing).0
    };
    let page = late(PAGE).await;
    page.expect(504).says("Acme Portal isn’t answering");
    let answer = late(API).await;
    assert_eq!(answer.expect(504).body, r#"{"error":"portal_timed_out"}"#);
    assert!(comes_soon(&answer), "{answer:?}");
    eventually("the end of the connections", async || {
        portal.connections().iter().all(|connection| connection.is_over)
    })
    .await;
}

#[tokio::test]
async fn a_client_that_stalls_in_an_upload_holds_no_connection() {
    let portal = RawPortal::saying(None, 0).await;
    let scene = portal.scene(&[("portal.upstream_timeout", "20s")]).await;
    let browser = scene.signed_in().await;
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let (port, cookie) = (scene.port, Scene::cookie(&browser));
    let head =
        format!("POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\n{cookie}\r\nContent-Length: 1000\r\n\r\nthe first");
    stream.write_all(head.as_bytes()).await.unwrap();
    portal.hears("the first").await;
    // While bytes keep coming, the service waits.
    for _ in 0..3 {
        scene.app.advance(secs(15));
        let before = portal.connections()[0].heard.len();
        stream.write_all(b"more").await.unwrap();
        eventually("more", async || portal.connections()[0].heard.len() == before + 4).await;
    }
    scene.app.advance(secs(21));
    let answer = reads(&mut stream, "request_timed_out").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    eventually("the end of the connection", async || portal.connections()[0].is_over).await;
}

#[tokio::test]
async fn a_portal_that_stops_reading_an_upload_is_blamed_for_the_timeout() {
    let portal = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let upstream = format!("http://{}", portal.local_addr().unwrap());
    let layout = crate::scene::under_a_path();
    let settings = [
        ("portal.upstream", upstream.as_str()),
        ("portal.upstream_timeout", "20s"),
    ];
    let scene = Scene::alone(&layout, crate::portal::Portal::start(), &settings).await;
    let browser = scene.signed_in().await;
    let mut stream = TcpStream::connect(("127.0.0.1", scene.port)).await.unwrap();
    let (port, cookie) = (scene.port, Scene::cookie(&browser));
    let head = format!(
        "POST /orders HTTP/1.1\r\nHost: localhost:{port}\r\n{cookie}\r\nContent-Length: {}\r\n\r\n",
        u32::MAX
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut hears, mut says) = stream.into_split();
    let uploading = tokio::spawn(async move {
        // Ends when the bytes are not read any more.
        while says.write_all(&[b'x'; 1 << 13]).await.is_ok() {}
    });
    let (taken, _) = portal.accept().await.unwrap();
    let answer = tokio::select! {
        answer = reads(&mut hears, "portal_timed_out") => answer,
        // Slowly enough that everything which can move has moved.
        () = for_a_while(secs(60), async || scene.app.advance(secs(1))) => unreachable!("no answer"),
    };
    assert!(answer.starts_with("HTTP/1.1 504"), "{answer}");
    drop(taken);
    uploading.abort();
}

#[tokio::test]
async fn an_invalid_answer_of_the_portal_is_reported_as_such() {
    for answer in [
        "no HTTP at all\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbroken header\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n",
        "HTTP/1.1 2",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: own\r\n\r\n",
    ] {
        let portal = RawPortal::saying(Some(answer), 0).await;
        let scene = portal.scene(&[("portal.upstream_timeout", "2s")]).await;
        let browser = scene.signed_in().await;
        let page = scene.asks(&browser, Method::GET, "/orders", PAGE).await;
        assert!(matches!(page.status, 502 | 504), "{answer:?}: {page:?}");
        page.says("Acme Portal isn’t answering");
    }
}

/// A portal may end a connection at the moment when it is used again.
#[tokio::test]
async fn a_connection_that_the_portal_has_just_closed_causes_no_error_page() {
    const LAST: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK";
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let upstream = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
                let _ = stream.write_all(LAST.as_bytes()).await;
                // The next request is read, and never answered.
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await;
            });
        }
    });
    let layout = crate::scene::under_a_path();
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&layout, crate::portal::Portal::start(), &settings).await;
    let browser = scene.signed_in().await;
    for _ in 0..10 {
        let answer = scene.asks(&browser, Method::GET, "/orders", API).await;
        assert_eq!(answer.expect(200).body, "OK");
    }
    // A request that may change something is never sent twice.
    let mut told = 0;
    for _ in 0..10 {
        let answer = scene.asks(&browser, Method::POST, "/orders", API).await;
        told += u32::from(answer.status == 502);
    }
    assert!(told > 0);
}

/// Passes connections on to an address: a circle that the settings do not show.
async fn detour(to: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut here, _)) = listener.accept().await {
            let to = to.clone();
            tokio::spawn(async move {
                if let Ok(mut there) = TcpStream::connect(to).await {
                    let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn an_upstream_address_that_leads_back_here_is_noticed() {
    let layout = crate::scene::under_a_path();
    let own = layout.own_address();
    let upstream = detour(own.trim_start_matches("http://").to_owned()).await;
    let settings = [("portal.upstream", upstream.as_str())];
    let scene = Scene::alone(&layout, crate::portal::Portal::start(), &settings).await;
    let answer = scene.asks(&scene.app.browser(), Method::GET, "/open", API).await;
    assert_eq!(answer.expect(508).body, r#"{"error":"portal_is_portico"}"#);
}
