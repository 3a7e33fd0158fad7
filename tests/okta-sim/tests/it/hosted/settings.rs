//! How clients are registered.

use std::collections::HashMap;

use okta_sim::{ClientPatch, Error, Misuse, Settings, Simulator};
use serde_json::json;

use super::{Browser, CALLBACK, refused};
use crate::org::{Org, settings};

#[tokio::test]
async fn nothing_is_registered_until_it_is_said_at_start_in_a_test_or_over_http() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadParameter);
    assert_eq!(Browser::new(&org).authorize(&[]).await.status, 400);
    let register = async |id: &str, patch: serde_json::Value| {
        let url = org.at(&format!("/sim/clients/{id}"));
        org.send(org.http.post(url).json(&patch)).await.status
    };
    let patch = json!({ "redirect_uris": [CALLBACK] });
    assert_eq!(register("portico-demo", patch.clone()).await, 204);
    Browser::new(&org).code(&[]).await;
    assert_eq!(register("nobody", patch).await, 404);
    assert_eq!(register("portico-demo", json!({ "grants": ["owl"] })).await, 400);
    assert_eq!(register("portico-demo", json!({ "owl": true })).await, 400);
    // What a patch does not name stays, and all of it survives a reset.
    assert_eq!(register("portico-demo", json!({ "grants": ["password"] })).await, 204);
    org.reset().unwrap();
    let answer = Browser::new(&org).authorize(&[]).await;
    assert_eq!(refused(&answer), "unauthorized_client");
}

#[tokio::test]
async fn faults_reach_the_ways_through_a_browser_by_name() {
    let org = super::org().await;
    let cases = [
        ("authorize", "/oauth2/v1/authorize"),
        ("sign_in", "/signin"),
        ("logout", "/oauth2/v1/logout"),
    ];
    for (endpoint, path) in cases {
        let fault = json!({ "endpoint": endpoint, "kind": "maintenance" });
        org.send(org.http.post(org.at("/sim/faults")).json(&fault))
            .await
            .is(204, "");
        org.get("/oauth2/v1/keys").await.ok();
        org.get(path).await.is(503, "E0000010");
    }
}

#[tokio::test]
async fn a_client_that_does_not_exist_stops_the_start() {
    let started = Simulator::start(Settings {
        clients: HashMap::from([("nobody".to_owned(), ClientPatch::default())]),
        ..settings()
    });
    assert!(matches!(started.await, Err(Error::NoSuchClient)));
}

#[tokio::test]
async fn behind_https_the_cookie_is_for_https_only() {
    let org = Org::with(Settings {
        base_url: Some("https://okta.example.com".parse().unwrap()),
        clients: HashMap::from([("portico-demo".to_owned(), super::reachable())]),
        ..settings()
    })
    .await;
    let at = |path: &str| format!("http://127.0.0.1:{}{path}", org.port());
    let opened = org.http.get(at("/oauth2/v1/authorize")).query(&super::asked(&[]));
    let to = org.send(opened).await.header("location");
    let token = to.split('=').nth(1).unwrap();
    let form = [
        ("state_token", token),
        ("action", "sign-in"),
        ("username", "password@example.com"),
        ("password", "portico-demo"),
    ];
    let answer = org.send(org.http.post(at("/signin")).form(&form)).await;
    assert!(answer.header("set-cookie").ends_with("; SameSite=Lax; Secure"));
}
