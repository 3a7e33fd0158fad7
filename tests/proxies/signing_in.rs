//! A signed-in user reaches the portal, which is told who it is. Anybody else is redirected to the form and comes back.

use reqwest::Method;

use crate::portal::Request;
use crate::scene::{API, PAGE, Scene};
use crate::support::PASSWORD;

behind_each_proxy! {
    under_a_path:
    the_portal_is_told_who_the_user_is
    a_page_leads_to_the_form_and_back
    sec_147_a_long_link_leads_to_the_form_and_back
    a_post_reaches_the_portal_whole_or_not_at_all
    after_a_sign_out_the_form_is_shown
}

pub(crate) async fn the_portal_is_told_who_the_user_is(scene: Scene) {
    let browser = scene.signed_in().await;
    let session = browser.session().await;
    let asked = scene.passes(&browser, "/orders?id=7&x=%2F").await;
    assert_eq!(asked.uri, "/orders?id=7&x=%2F");
    for (name, value) in [
        ("portico-user", session["sub"].as_str().unwrap()),
        ("portico-email", "password@example.com"),
        ("portico-auth-time", &session["auth_time"].to_string()),
        ("portico-expires", &session["expires_at"].to_string()),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-for", "127.0.0.1"),
        ("x-forwarded-host", &format!("localhost:{}", scene.port)),
        ("host", &format!("localhost:{}", scene.port)),
    ] {
        assert_eq!(asked.header(name), value, "{name}");
    }
    assert!(!asked.header("portico-name").is_empty());
    assert!(!asked.header("portico-session").is_empty());
    assert_eq!(asked.header("portico-assertion").split('.').count(), 3);

    let open = scene.passes(&scene.app.browser(), "/open").await;
    for name in ["portico-user", "portico-assertion", "portico-session"] {
        assert!(open.all(name).iter().all(|value| value.is_empty()), "{name}: {open:?}");
    }
    assert_eq!(
        scene
            .asks(&browser, Method::GET, "/own/401", PAGE)
            .await
            .expect(401)
            .body,
        "the portal's own"
    );
    assert_eq!(
        scene
            .asks(&browser, Method::GET, "/own/403", API)
            .await
            .expect(403)
            .body,
        "the portal's own"
    );
}

pub(crate) async fn sec_147_a_long_link_leads_to_the_form_and_back(scene: Scene) {
    for link in [
        format!("/find?q={}", "a".repeat(4000)),
        format!("/find?q={}", "%C3%BC".repeat(1900)),
    ] {
        let browser = scene.app.browser();
        let sent = scene.asks(&browser, Method::GET, &link, PAGE).await;
        assert!(matches!(sent.status, 302 | 303), "{}", sent.status);
        let form = browser.gets(sent.location()).await;
        let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
        let location = answer.leads_to(&scene.origin).location().to_owned();
        assert!(location == scene.at(&link), "{}", location.len());
        assert!(scene.passes(&browser, &link).await.uri == link);
        // The same link in the query of the form.
        let form = scene.app.browser().opens_sign_in(Some(&link)).await;
        form.expect(200);
    }
    let browser = scene.app.browser();
    let sent = scene
        .says(
            "GET /find?file=C:\\a",
            &PAGE
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect::<Vec<_>>(),
        )
        .await;
    assert!(matches!(sent.status, 302 | 303), "{sent:?}");
    let form = browser.gets(sent.header("location")).await;
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    assert_eq!(answer.leads_to(&scene.origin).location(), scene.at("/find?file=C:%5Ca"));
}

pub(crate) async fn a_page_leads_to_the_form_and_back(scene: Scene) {
    let browser = scene.app.browser();
    let sent = scene.asks(&browser, Method::GET, "/orders?id=7", PAGE).await;
    assert!(matches!(sent.status, 302 | 303), "{sent:?}");
    assert!(sent.header("cache-control").contains("no-store"), "{sent:?}");
    let form = browser.gets(sent.location()).await;
    let answer = browser.submits_password(form.expect(200), "password", PASSWORD).await;
    assert_eq!(answer.leads_to(&scene.origin).location(), scene.at("/orders?id=7"));
    assert_eq!(scene.passes(&browser, "/orders?id=7").await.uri, "/orders?id=7");
    assert_eq!(scene.portal.take_received(), ["/orders?id=7"]);
}

pub(crate) async fn a_post_reaches_the_portal_whole_or_not_at_all(scene: Scene) {
    let browser = scene.signed_in().await;
    let body = "a line of text, ".repeat(100_000);
    let post = browser.request(Method::POST, &scene.at("/orders")).body(body.clone());
    let answer = browser.sends(post).await;
    let asked = Request::of(&answer.expect(200).body);
    assert_eq!((asked.method.as_str(), asked.uri.as_str()), ("POST", "/orders"));
    assert!(asked.body == body, "{} of {} bytes", asked.body.len(), body.len());
    scene.portal.take_received();

    let stranger = scene.app.browser();
    let mut post = stranger.request(Method::POST, &scene.at("/orders")).body("secret=1");
    for (name, value) in PAGE {
        post = post.header(*name, *value);
    }
    let sent = stranger.sends(post).await;
    // Not 307: the post would be repeated to the form.
    sent.leads_to(&format!("{}/auth/sign-in?to=", scene.origin));
    assert!(!sent.location().contains("secret"));
    let program = scene.asks(&stranger, Method::POST, "/orders", API).await;
    program.expect(401);
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn after_a_sign_out_the_form_is_shown(scene: Scene) {
    let browser = scene.signed_in().await;
    let cookie = Scene::cookie(&browser);
    assert_eq!(
        scene.says("GET /orders", std::slice::from_ref(&cookie)).await.status,
        200
    );
    browser.signs_out().await;
    let answer = scene.says("GET /orders", &[cookie]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.body.contains("revoked"), "{}", answer.body);
    let page = scene.asks(&browser, Method::GET, "/orders", PAGE).await;
    assert!(
        page.location()
            .starts_with(&format!("{}/auth/sign-in?to=", scene.origin))
    );
}
