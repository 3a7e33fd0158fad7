//! The request that the portal gets, and the answer that comes back.

use reqwest::Method;

use super::raw_portal::RawPortal;
use crate::portal::Request;
use crate::scene::{API, PAGE, Scene, plays_alone, under_a_path};
use crate::support::{SESSION, metric};

#[tokio::test]
async fn sec_313_no_cookie_of_ours_reaches_the_portal_and_none_comes_from_it() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let ours = browser.cookie(SESSION).unwrap();
        let cookies = [
            format!("Cookie: theme=dark; {SESSION}={ours}; __Host-portico-way=otp"),
            "Cookie: portico-attempt=x".to_owned(),
            "Cookie: lang=en;portico-device=y; basket=3".to_owned(),
        ];
        let answer = scene.says("GET /own/cookies", &cookies).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let asked = Request::of(&answer.body);
        assert_eq!(asked.all("cookie"), ["theme=dark", "lang=en; basket=3"]);
        assert!(!answer.body.contains(&ours));
        assert_eq!(answer.all("set-cookie"), ["theme=dark; Path=/", "lang=en"]);
    })
    .await;
}

#[tokio::test]
async fn hop_by_hop_headers_are_not_passed_on() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let lines = [
            Scene::cookie(&browser),
            "Connection: close, X-Mine, Content-Length, Host".to_owned(),
            "X-Mine: for this connection".to_owned(),
            "X-Theirs: for everybody".to_owned(),
            "Keep-Alive: timeout=5".to_owned(),
            "TE: trailers".to_owned(),
            "Trailer: X-Later".to_owned(),
            "Proxy-Authorization: Basic eA==".to_owned(),
            "Proxy-Connection: keep-alive".to_owned(),
            "Upgrade: h2c".to_owned(),
            "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA".to_owned(),
            "Via: 1.1 balancer".to_owned(),
            "Authorization: Bearer theirs".to_owned(),
            "X-Request-Id: theirs".to_owned(),
            "Proxy: evil.test".to_owned(),
        ];
        let answer = scene.says("GET /orders?x=%7E&y='z|", &lines).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let asked = Request::of(&answer.body);
        assert_eq!(asked.uri, "/orders?x=%7E&y='z|", "to the byte");
        for name in [
            "x-mine",
            "keep-alive",
            "te",
            "trailer",
            "proxy-authorization",
            "proxy-connection",
            "upgrade",
            "proxy",
        ] {
            assert_eq!(asked.all(name), Vec::<&str>::new(), "{name}");
        }
        assert_eq!(asked.header("x-theirs"), "for everybody");
        assert_eq!(asked.header("authorization"), "Bearer theirs");
        let own = format!("1.1 localhost:{} (Portico)", scene.port);
        assert_eq!(asked.all("via"), ["1.1 balancer", &own]);
        let id = answer.header("x-request-id");
        assert!(id != "theirs" && asked.header("x-request-id") == id, "{id}");
    })
    .await;
    let answer = "HTTP/1.1 200 OK\r\nConnection: X-Mine\r\nConnection: keep-alive, content-length\r\nX-Mine: 1\r\n\
                  Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-Theirs: 2\r\nServer: portal\r\n\
                  Content-Length: 2\r\n\r\nOK";
    let portal = RawPortal::saying(Some(answer), 0).await;
    let scene = portal.scene(&[]).await;
    let answer = scene.says("GET /open", &[]).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "OK"));
    assert_eq!(answer.header("x-theirs"), "2");
    assert_eq!(answer.header("server"), "portal");
    for name in ["x-mine", "keep-alive", "proxy-authenticate", "upgrade"] {
        assert_eq!(answer.header(name), "", "{name}");
    }
}

#[tokio::test]
async fn answers_keep_their_length_and_some_have_no_body() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        let cookie = [Scene::cookie(&browser)];
        let whole = scene.says("GET /orders", &cookie).await;
        let length = whole.header("content-length").to_owned();
        assert_eq!(length, whole.body.len().to_string());
        let head = scene.says("HEAD /orders", &cookie).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
        for (path, status) in [("/own/empty", 204), ("/own/known", 304)] {
            let answer = scene.says(&format!("GET {path}"), &cookie).await;
            assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{path}");
            assert_eq!(answer.header("transfer-encoding"), "", "{path}");
        }
        // The portal's headers are its own: none of ours is added, and none of its own is removed.
        for name in ["content-security-policy", "x-frame-options", "cache-control"] {
            assert_eq!(whole.header(name), "", "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_our_own_host_has_our_pages() {
    plays_alone(under_a_path, async |scene: Scene| {
        let other = format!("Host: other.localhost:{}", scene.port);
        let there = [other];
        for path in ["/auth/sign-in", "/auth/account", "/auth/assets/x.css"] {
            let refused = scene.says(&format!("GET {path}"), &there).await;
            assert_eq!(refused.status, 401, "the portal's, and shut: {path}");
            assert_eq!(scene.portal.take_received(), Vec::<String>::new());
        }
        let browser = scene.signed_in().await;
        scene.passes(&browser, "/auth").await;
        scene.passes(&browser, "/auth/unknown").await;
        scene.passes(&browser, "/").await;
        scene.passes(&browser, "/sign-in").await;
        assert_eq!(
            scene.portal.take_received(),
            ["/auth", "/auth/unknown", "/", "/sign-in"]
        );
    })
    .await;
}

#[tokio::test]
async fn requests_are_counted_under_one_name() {
    plays_alone(under_a_path, async |scene: Scene| {
        let browser = scene.signed_in().await;
        scene.passes(&browser, "/orders/1").await;
        scene.passes(&browser, "/orders/2").await;
        let stranger = scene.app.browser();
        scene.asks(&stranger, Method::GET, "/orders/3", API).await.expect(401);
        let page = scene.asks(&browser, Method::GET, "/admin", PAGE).await;
        page.expect(403);
        let (_, text) = scene.app.ops("/metrics").await;
        let count = |series: &str| metric(&text, series);
        let passed = r#"portico_verify_total{proxy="portico",answer="passed",shadow="false"}"#;
        assert_eq!(count(passed), 2, "{text}");
        for (code, number) in [(200, 2), (401, 1), (403, 1)] {
            let series = format!(r#"portico_http_requests_total{{route="portal",method="GET",code="{code}"}}"#);
            assert_eq!(count(&series), number, "{series} in {text}");
        }
    })
    .await;
}
