//! Without Portico nobody gets to the portal.

use reqwest::Method;

use crate::scene::{API, PAGE, Scene};

behind_each_proxy! {
    under_a_path:
    sec_314_without_portico_nobody_passes
    only_proxies_ask
}

async fn sec_314_without_portico_nobody_passes(scene: Scene) {
    let browser = scene.signed_in().await;
    scene.passes(&browser, "/orders").await;
    scene.portal.was_asked();
    let Scene {
        app,
        portal,
        origin,
        ..
    } = &scene;
    app.stops();
    let address = |path: &str| format!("{origin}{path}");
    crate::support::eventually("the end of the service", async || {
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
    assert_eq!(portal.was_asked(), Vec::<String>::new());
}

async fn only_proxies_ask(scene: Scene) {
    let browser = scene.signed_in().await;
    for proxy in ["nginx", "caddy", "haproxy", "traefik", "envoy/x"] {
        let answer = scene
            .asks(&browser, Method::GET, &format!("/auth/verify/{proxy}"), API)
            .await;
        answer.expect(404);
    }
    assert_eq!(scene.portal.was_asked(), Vec::<String>::new());
}
