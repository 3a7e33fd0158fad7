//! When the service passes requests on itself, no proxy needs to ask it, and it answers no such question.

use crate::portal::Portal;
use crate::scene::{Scene, under_a_path};
use crate::support::Verify;

/// Headers that a script in a page of the portal can send, unless the proxy in front prevents it.
fn lines(scene: &Scene, cookie: &str) -> Vec<String> {
    vec![
        cookie.to_owned(),
        "X-Forwarded-Proto: http".to_owned(),
        format!("X-Forwarded-Host: localhost:{}", scene.port),
        "X-Forwarded-Uri: /orders".to_owned(),
        "X-Forwarded-Method: GET".to_owned(),
        format!("X-Original-URL: http://localhost:{}/orders", scene.port),
        "X-Original-Method: GET".to_owned(),
    ]
}

async fn scene(more: &[(&str, &str)]) -> Scene {
    let trusted = [("limits.trusted_proxies", "127.0.0.1/32")];
    Scene::alone(&under_a_path(), Portal::start(), &[&trusted, more].concat()).await
}

#[tokio::test]
async fn sec_311_no_script_of_the_portal_reads_the_assertion() {
    let scene = scene(&[]).await;
    let browser = scene.signed_in().await;
    let lines = lines(&scene, &Scene::cookie(&browser));
    for proxy in Verify::PROXIES {
        for path in ["", "/orders", "/"] {
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let first = format!("{method} /auth/verify/{proxy}{path}");
                let answer = scene.says(&first, &lines).await;
                assert_eq!(answer.status, 404, "{first}: {answer:?}");
                for name in ["portico-user", "portico-assertion", "portico-reason"] {
                    assert_eq!(answer.all(name), Vec::<&str>::new(), "{first}");
                }
                assert_eq!(answer.header("x-frame-options"), "DENY", "{first}");
            }
        }
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new(), "it is ours");
    // On the portal's other hosts this path is the portal's.
    let mut there = lines.clone();
    there.push(format!("Host: other.localhost:{}", scene.port));
    let answer = scene.says("GET /auth/verify/traefik", &there).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert_eq!(answer.header("portico-assertion"), "");
}

#[tokio::test]
async fn a_proxy_may_ask_where_that_is_wanted() {
    let scene = scene(&[("portal.verify_with_upstream", "true")]).await;
    let browser = scene.signed_in().await;
    let lines = lines(&scene, &Scene::cookie(&browser));
    let answer = scene.says("GET /auth/verify/traefik", &lines).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let assertion = answer.header("portico-assertion");
    assert_eq!(assertion.split('.').count(), 3, "{assertion}");
    // The proxy in front refuses the path, as it is written here.
    for path in [
        "/auth/%76erify/traefik",
        "/auth/verify/%74raefik",
        "/auth/%76erify/envoy/orders",
        "/auth/%76erify/caddy/refused",
    ] {
        let answer = scene.says(&format!("GET {path}"), &lines).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert_eq!(answer.header("portico-reason"), "", "{path}");
    }
}
