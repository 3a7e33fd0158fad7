//! Without Portico no request reaches the portal.

use std::sync::{Arc, Mutex};

use portico::portal::proxies::AsksBy;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::recipe::Kind;
use crate::scene::{API, PAGE, Scene};
use crate::support::eventually;

behind_each_proxy! {
    under_a_path:
    sec_314_without_portico_nobody_passes
    sec_314_an_invalid_answer_of_portico_lets_nobody_pass
    only_proxies_ask
}

async fn sec_314_without_portico_nobody_passes(scene: Scene) {
    let browser = scene.signed_in().await;
    scene.passes(&browser, "/orders").await;
    scene.portal.take_received();
    let Scene {
        app, portal, origin, ..
    } = &scene;
    app.stops();
    let address = |path: &str| format!("{origin}{path}");
    eventually("the end of the service", async || {
        let answer = browser.gets(&address("/auth/sign-in")).await;
        answer.status >= 500
    })
    .await;
    for path in ["/orders", "/open", "/auth/sign-in"] {
        for lines in [PAGE, API] {
            let answer = scene.asks(&browser, Method::GET, path, lines).await;
            assert!(answer.status >= 500, "{path}: {answer:?}");
            assert_eq!(answer.location(), "");
        }
    }
    assert_eq!(portal.take_received(), Vec::<String>::new());
}

async fn sec_314_an_invalid_answer_of_portico_lets_nobody_pass(scene: Scene) {
    let port = scene.app.port();
    scene.app.stops();
    let mut listener = None;
    eventually("the port of the service", async || {
        listener = TcpListener::bind(("127.0.0.1", port)).await.ok();
        listener.is_some()
    })
    .await;
    let (listener, saying) = (listener.unwrap(), Arc::new(Mutex::new("")));
    let said = Arc::clone(&saying);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // OK to ignore because some of this is not read to its end.
            let _ = stream.read(&mut [0; 4096]).await;
            let answer = *said.lock().unwrap();
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    for answer in [
        "",
        "no HTTP at all\r\n\r\n",
        "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 301 Moved\r\nLocation: /open\r\nContent-Length: 0\r\n\r\n",
    ] {
        *saying.lock().unwrap() = answer;
        for first in ["GET /orders", "GET /open"] {
            let answered = scene.says(first, &[]).await;
            assert!(answered.status >= 300, "{answer:?}: {answered:?}");
            assert_eq!(scene.portal.take_received(), Vec::<String>::new(), "{answer:?}");
        }
    }
}

async fn only_proxies_ask(scene: Scene) {
    let browser = scene.signed_in().await;
    for proxy in Kind::ALL {
        let below = if proxy.traits().asks_by == AsksBy::OwnPath {
            "/x"
        } else {
            ""
        };
        let answer = scene
            .asks(
                &browser,
                Method::GET,
                &format!("/auth/verify/{}{below}", proxy.name()),
                API,
            )
            .await;
        answer.expect(404);
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}
