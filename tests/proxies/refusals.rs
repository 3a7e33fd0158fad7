//! Requests that do not reach the portal, and how they are answered.

use reqwest::Method;
use serde_json::{Value, json};

use crate::scene::{API, PAGE, Scene};
use crate::support::{Page, eventually, mins, secs};

behind_each_proxy! {
    under_a_path:
    a_program_gets_401_and_no_redirect
    a_session_that_is_over_opens_nothing
    a_session_that_is_ended_elsewhere_is_out_within_a_second
    a_user_without_permission_is_refused
    a_user_who_lacks_assurance_is_asked_for_it
}

/// A refusal is as safe in a browser as a page of ours, whichever program writes it (SEC-302).
fn assert_guarded(refused: &Page) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(refused.header(name), value, "{name}: {refused:?}");
    }
    let policy = refused.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let permissions = refused.header("permissions-policy");
    assert!(permissions.contains("camera=()"), "{permissions}");
}

pub(crate) async fn a_program_gets_401_and_no_redirect(scene: Scene) {
    let stranger = scene.app.browser();
    for lines in [
        API,
        &[("accept", "text/html"), ("x-requested-with", "XMLHttpRequest")],
        &[
            ("accept", "*/*"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
        ],
    ] {
        let answer = scene.asks(&stranger, Method::GET, "/api/orders", lines).await;
        answer.expect(401);
        let form = format!("{}/auth/sign-in", scene.origin);
        assert_eq!(answer.location(), "");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.header("portico-sign-in"), form);
        assert_eq!(answer.header("portico-reason"), "no_session");
        assert!(answer.header("cache-control").contains("no-store"));
        assert!(answer.header("content-type").starts_with("application/json"));
        assert_guarded(&answer);
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(
            body,
            json!({"error": "sign_in_required", "reason": "no_session", "login_url": form})
        );
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn a_session_that_is_over_opens_nothing(scene: Scene) {
    let browser = scene.signed_in().await;
    scene.passes(&browser, "/orders").await;
    scene.portal.take_received();
    scene.app.advance(mins(31));
    let answer = scene.asks(&browser, Method::GET, "/orders", API).await;
    answer.expect(401);
    let page = scene.asks(&browser, Method::GET, "/orders", PAGE).await;
    assert!(matches!(page.status, 302 | 303), "{page:?}");
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn a_session_that_is_ended_elsewhere_is_out_within_a_second(scene: Scene) {
    let (here, elsewhere) = (scene.signed_in().await, scene.signed_in().await);
    scene.passes(&here, "/orders").await;
    let account = elsewhere.gets("/auth/account").await;
    elsewhere.presses(account.expect(200), "/account/end-others", &[]).await;
    let is_out = eventually("the end of the session", async || {
        scene.asks(&here, Method::GET, "/orders", API).await.status == 401
    });
    tokio::time::timeout(secs(1), is_out).await.expect("within a second");
    scene.passes(&elsewhere, "/orders").await;
}

pub(crate) async fn a_user_without_permission_is_refused(scene: Scene) {
    let browser = scene.signed_in().await;
    for path in ["/admin", "/admin/users?x", "/shut"] {
        let page = scene.asks(&browser, Method::GET, path, PAGE).await;
        page.expect(403).says("This part isn’t open to you");
        assert_guarded(&page);
        let account = page.links().into_iter().map(|link| scene.to(&link));
        assert!(account.into_iter().any(|link| link == scene.at("/auth/account")));
        let answer = scene.asks(&browser, Method::POST, path, API).await;
        answer.expect(403);
        assert_eq!(answer.header("portico-reason"), "forbidden");
    }
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
}

pub(crate) async fn a_user_who_lacks_assurance_is_asked_for_it(scene: Scene) {
    let browser = scene.signed_in().await;
    scene.passes(&browser, "/pay").await;
    scene.app.advance(mins(6));
    scene.portal.take_received();
    let answer = scene.asks(&browser, Method::POST, "/pay", API).await;
    answer.expect(401);
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_user_authentication\""),
        "{challenge}"
    );
    assert!(challenge.contains("max_age=\"300\""), "{challenge}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["login_url"], format!("{}/auth/sign-in?max_age=300", scene.origin));

    let page = scene.asks(&browser, Method::GET, "/pay", PAGE).await;
    assert!(matches!(page.status, 302 | 303), "{page:?}");
    assert!(page.location().ends_with("&max_age=300"), "{}", page.location());
    let form = browser.gets(page.location()).await;
    form.expect(200).says("One more check");
    assert_eq!(scene.portal.take_received(), Vec::<String>::new());
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    assert_eq!(answer.leads_to(&scene.origin).location(), scene.at("/pay"));
    scene.passes(&browser, "/pay").await;
}
