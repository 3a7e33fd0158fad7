//! A CORS preflight is decided like any request. Where preflights may pass, only a request without a body counts as
//! one.

use crate::portal::Request;
use crate::raw::Answer;
use crate::recipe::Kind;
use crate::scene::Scene;

behind_every_proxy! {
    under_a_path:
    sec_311_the_headers_of_a_preflight_open_nothing
}

behind_every_proxy! {
    letting_preflights_pass:
    sec_311_only_a_preflight_that_is_its_head_alone_passes
}

const PREFLIGHT: [&str; 2] = ["Origin: https://shop.example", "Access-Control-Request-Method: PUT"];

/// Header lines that no preflight has. The last may announce what follows the head.
const MORE: [&[&str]; 7] = [
    &["Content-Length: 5\r\n\r\nhello"],
    &["Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0"],
    &["Portico-Head-Only: yes", "Content-Length: 5\r\n\r\nhello"],
    &[
        "Portico-Head-Only: yes",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0",
    ],
    &["Portico-Head-Only: yes", "X-HTTP-Method-Override: DELETE"],
    &[
        "Connection: Upgrade, close",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
    &["Connection: Upgrade, close", "Upgrade: h2c"],
];

fn lines(more: &[&str]) -> Vec<String> {
    let all = PREFLIGHT.iter().chain(more);
    all.map(|line| (*line).to_owned()).collect()
}

fn on_another_host(host: &str, more: &[&str]) -> Vec<String> {
    let mut all = lines(more);
    all.insert(0, format!("Host: {host}"));
    all
}

pub(crate) async fn sec_311_the_headers_of_a_preflight_open_nothing(scene: Scene) {
    let unknown = on_another_host("evil.test", &[]);
    for (path, statuses) in [
        ("/orders", &[401][..]),
        ("/admin", &[401]),
        ("/pay", &[401]),
        ("/shut", &[403]),
        ("/x/..%2fshut", &[400, 403]),
    ] {
        let first = format!("OPTIONS {path}");
        let plain = scene.says(&first, &lines(&[])).await;
        assert!(statuses.contains(&plain.status), "{path}: {plain:?}");
        for more in MORE {
            let answer = scene.says(&first, &lines(more)).await;
            assert!((400..=403).contains(&answer.status), "{path} {more:?}: {answer:?}");
        }
        assert_unknown_host(&scene, &scene.says(&first, &unknown).await);
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
    let open = scene.says("OPTIONS /open", &lines(&[])).await;
    assert_eq!(open.status, 200, "by the rule: {open:?}");
}

pub(crate) async fn sec_311_only_a_preflight_that_is_its_head_alone_passes(scene: Scene) {
    let passes = scene.kind.is_none_or(|kind| kind.traits().sees_bodies);
    let browser = scene.signed_in().await;
    let cookie = Scene::cookie(&browser);
    let other = on_another_host(&format!("other.localhost:{}", scene.port), &[]);
    for sent in [
        &lines(&[]),
        &lines(&["Content-Length: 0"]),
        &lines(&["Portico-Head-Only: yes"]),
        &other,
    ] {
        let answer = scene.says("OPTIONS /admin", sent).await;
        if !passes {
            assert_eq!(answer.status, 401, "it cannot tell: {answer:?}");
            continue;
        }
        assert_eq!(answer.status, 200, "{sent:?}: {answer:?}");
        let asked = Request::of(&answer.body);
        assert_eq!(asked.body, "");
        assert_eq!(asked.all("portico-head-only"), Vec::<&str>::new());
    }
    if passes {
        let known = lines(&[&cookie]);
        let answer = scene.says("OPTIONS /admin", &known).await;
        let named = Request::of(&answer.body);
        let named = named.all("portico-user");
        assert!(named.concat().is_empty(), "it names nobody: {named:?}");
    }
    scene.portal.take_received();

    for more in MORE {
        let answer = scene.says("OPTIONS /orders", &lines(more)).await;
        if scene.kind == Some(Kind::Envoy) && more.contains(&"Upgrade: h2c") {
            // It ignores such an offer and does not pass it on: what is left is a preflight.
            assert_eq!(answer.status, 200, "{answer:?}");
            let asked = Request::of(&answer.body);
            assert_eq!(asked.all("upgrade"), Vec::<&str>::new());
            scene.portal.take_received();
            continue;
        }
        assert!((400..=403).contains(&answer.status), "{more:?}: {answer:?}");
    }
    for path in ["/shut", "/shut/x"] {
        let answer = scene.says(&format!("OPTIONS {path}"), &lines(&[])).await;
        assert_eq!(answer.status, 403, "for nobody: {answer:?}");
    }
    let ambiguous = scene.says("OPTIONS /x/..%2fadmin", &lines(&[])).await;
    assert!(matches!(ambiguous.status, 400 | 403), "{ambiguous:?}");
    let bare = ["Origin: https://shop.example".to_owned()];
    let answer = scene.says("OPTIONS /orders", &bare).await;
    assert_eq!(answer.status, 401, "no preflight: {answer:?}");
    let unknown = on_another_host("evil.test", &[]);
    let before = scene.portal.take_received();
    assert_eq!(before, Vec::<String>::new());
    assert_unknown_host(&scene, &scene.says("OPTIONS /orders", &unknown).await);
}

/// A request for an unknown host is refused, or reaches the only portal there is, under the portal's own name (nginx).
fn assert_unknown_host(scene: &Scene, answer: &Answer) {
    if answer.status == 200 && !answer.body.is_empty() {
        let host = format!("localhost:{}", scene.port);
        assert_eq!(scene.kind, Some(Kind::Nginx), "{answer:?}");
        assert_eq!(Request::of(&answer.body).header("host"), host);
        return;
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}
