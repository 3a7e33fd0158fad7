//! A load balancer in front of the proxy: it is believed about the client's address, and about nothing else.

use crate::portal::Request;
use crate::recipe::Kind;
use crate::scene::{Scene, plays_behind_balancer, under_a_path};
use crate::support::PASSWORD;

#[tokio::test]
async fn sec_117_caddy_hears_from_a_balancer_who_the_client_is() {
    plays_behind_balancer(Kind::Caddy, under_a_path, hears_who_the_client_is).await;
}

async fn hears_who_the_client_is(scene: Scene) {
    const CLIENT: &str = "203.0.113.9";
    let browser = scene.app.browser().with_header("x-forwarded-for", CLIENT);
    let form = browser.gets(&scene.at("/auth/sign-in")).await;
    browser.submits_password(form.expect(200), "password", PASSWORD).await;
    assert!(browser.is_signed_in());
    // The service takes this for the customer's address, and passes it to Okta.
    let told = scene.app.okta().requests();
    let told = told.iter().filter_map(|request| request.headers.get("x-forwarded-for"));
    let told: Vec<_> = told.collect();
    assert!(
        !told.is_empty() && told.iter().all(|address| *address == CLIENT),
        "{told:?}"
    );

    let lines = [
        Scene::cookie(&browser),
        format!("X-Forwarded-For: {CLIENT}"),
        "X_Forwarded_For: 198.51.100.1".to_owned(),
        "X.Forwarded.For: 198.51.100.1".to_owned(),
        "X-Forwarded-Host: evil.test".to_owned(),
        "X-Forwarded-Proto: gopher".to_owned(),
        "X-Forwarded-User: forged".to_owned(),
    ];
    let answer = scene.says("GET /orders", &lines).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let asked = Request::of(&answer.body);
    assert_eq!(asked.header("x-forwarded-for"), format!("{CLIENT}, 127.0.0.1"));
    assert_eq!(asked.header("x-forwarded-host"), format!("localhost:{}", scene.port));
    assert_eq!(asked.header("x-forwarded-proto"), "http");
    for said in ["198.51.100.1", "evil.test", "gopher", "forged"] {
        assert!(!answer.body.contains(said), "{}", answer.body);
    }
}
