//! Service and portal on one host, and each on its own.

use reqwest::Method;

use crate::scene::{API, PAGE, Scene};
use crate::support::{PASSWORD, Page};

behind_each_proxy! {
    side_by_side:
    the_service_has_its_own_paths_and_the_portal_all_others
}

behind_each_proxy! {
    apart:
    each_host_has_its_own
}

behind_each_proxy! {
    under_a_path:
    another_host_gets_its_session_by_a_ticket
}

pub(crate) async fn another_host_gets_its_session_by_a_ticket(scene: Scene) {
    let other = format!("other.localhost:{}", scene.port);
    let (browser, there) = (scene.signed_in().await, scene.app.browser().with_header("host", &other));
    // A redirect to the other host comes back to the same proxy.
    let there_at = |page: &Page| {
        let path = page.location().strip_prefix(&format!("http://{other}"));
        scene.at(path.unwrap_or_else(|| panic!("leads to {}", page.location())))
    };
    let sent = scene.asks(&there, Method::GET, "/orders?id=7", PAGE).await;
    let form = there.gets(&there_at(&sent)).await;
    let ticket = browser.gets(form.expect(303).location()).await;
    let entered = there.gets(&there_at(ticket.expect(303))).await;
    assert_eq!(entered.expect(303).location(), format!("http://{other}/orders?id=7"));
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
    let request = scene.passes(&there, "/orders?id=7").await;
    assert_eq!(request.header("portico-email"), "password@example.com");
    browser.signs_out().await;
    scene.asks(&there, Method::GET, "/orders", API).await.expect(401);
}

async fn walks_to_the_form_and_back(scene: &Scene) {
    let browser = scene.app.browser();
    let sent = scene.asks(&browser, Method::GET, "/orders?id=7", PAGE).await;
    assert!(
        sent.location()
            .starts_with(&format!("{}/sign-in?to=", scene.app.base())),
        "{sent:?}"
    );
    let form = browser.gets(sent.location()).await;
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    assert_eq!(answer.leads_to(&scene.origin).location(), scene.at("/orders?id=7"));
    scene.passes(&browser, "/orders?id=7").await;
    assert_eq!(scene.portal.take_received(), ["/orders?id=7"]);
}

pub(crate) async fn each_host_has_its_own(scene: Scene) {
    walks_to_the_form_and_back(&scene).await;
    let browser = scene.signed_in().await;
    // The form's own paths are the portal's there, and the service has none of the portal's paths.
    scene.passes(&browser, "/sign-in").await;
    scene
        .asks(&scene.app.browser(), Method::GET, "/sign-in", API)
        .await
        .expect(401);
    scene.portal.take_received();
    browser.gets(&format!("{}/orders", scene.app.base())).await.expect(404);
    browser
        .gets(&format!("{}/verify/nginx", scene.app.base()))
        .await
        .expect(404);
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn the_service_has_its_own_paths_and_the_portal_all_others(scene: Scene) {
    walks_to_the_form_and_back(&scene).await;
    let browser = scene.signed_in().await;
    browser
        .gets(&scene.at("/account"))
        .await
        .expect(200)
        .says("password@example.com");
    browser.gets(&scene.at("/.well-known/jwks.json")).await.expect(200);
    let asked = [
        "/accounts",
        "/sign-ins/x",
        "/signature",
        "/.well-known/other",
        "/.well-known/jwksXjson",
    ];
    for path in asked {
        scene.passes(&browser, path).await;
        scene
            .asks(&scene.app.browser(), Method::GET, path, API)
            .await
            .expect(401);
    }
    assert_eq!(scene.portal.take_received(), asked);
    for path in ["/sign-in/../secret", "/assets/%2e%2e/secret", "/session/..%2fsecret"] {
        let answer = scene.says(&format!("GET {path}"), &[]).await;
        assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
    }
    scene
        .asks(&browser, Method::GET, "/verify/nginx", API)
        .await
        .expect(404);
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}
