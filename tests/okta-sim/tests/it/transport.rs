//! Addresses, methods, media types and headers.

use okta_sim::{CUSTOM_SERVER, Misuse, Settings};
use reqwest::Method;

use crate::org::{Org, settings};

#[tokio::test]
async fn discovery_is_served_at_every_address() {
    let org = Org::start().await;
    let issuer = org.issuer();
    let custom = format!("{issuer}/oauth2/{CUSTOM_SERVER}");
    let cases = [
        ("/.well-known/openid-configuration".to_owned(), &issuer),
        ("/.well-known/oauth-authorization-server".to_owned(), &issuer),
        (
            format!("/oauth2/{CUSTOM_SERVER}/.well-known/openid-configuration"),
            &custom,
        ),
        (
            format!("/oauth2/{CUSTOM_SERVER}/.well-known/oauth-authorization-server"),
            &custom,
        ),
        (
            format!("/.well-known/oauth-authorization-server/oauth2/{CUSTOM_SERVER}"),
            &custom,
        ),
        (
            "/.well-known/openid-configuration?client_id=portico-demo".to_owned(),
            &issuer,
        ),
    ];
    for (path, issuer) in cases {
        let answer = org.get(&path).await.ok();
        assert_eq!(answer.text("issuer"), *issuer, "{path}");
        assert!(answer.text("token_endpoint").ends_with("/v1/token"), "{path}");
        assert_eq!(answer.header("x-rate-limit-limit"), "", "{path} is not limited");
    }
    assert!(
        org.get("/oauth2/default/.well-known/openid-configuration")
            .await
            .ok()
            .text("jwks_uri")
            .ends_with("/oauth2/default/v1/keys")
    );
    let keys = org.get("/oauth2/v1/keys").await.ok();
    assert_eq!(keys.json()["keys"].as_array().unwrap().len(), 2);
    assert!(keys.header("cache-control").starts_with("max-age=3832304"));
}

#[tokio::test]
async fn malformed_requests_get_a_core_api_error() {
    let org = Org::start().await;
    for misuse in [
        Misuse::UnknownPath,
        Misuse::WrongMethod,
        Misuse::WrongContentType,
        Misuse::UnknownClient,
    ] {
        org.allow_unexpected(misuse);
    }
    org.ask(Method::GET, "/oauth2/v1/token").await.is(405, "E0000022");
    org.ask(Method::POST, "/oauth2/v1/keys").await.is(405, "E0000022");
    org.get("/oauth2/v1/nothing").await.is(404, "E0000007");
    org.get("/oauth2/unknown/v1/keys").await.is(404, "E0000007");
    let json = org
        .http
        .post(org.at("/oauth2/v1/token"))
        .header("content-type", "application/json")
        .body("{}");
    org.send(json).await.is(400, "E0000021");
    org.get("/oauth2/v1/keys?client_id=nobody")
        .await
        .is(401, "invalid_client");
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_limited_ones_their_limits() {
    let org = Org::start().await;
    let answer = org.password("password@example.com").await.ok();
    assert_eq!(answer.header("x-okta-request-id").len(), 27);
    assert_eq!(answer.header("x-rate-limit-limit"), "2000");
    assert_eq!(answer.header("x-rate-limit-remaining"), "1999");
    assert_eq!(answer.header("x-rate-limit-reset"), "1767225660");
    assert_eq!(answer.header("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!(answer.header("cache-control"), "no-cache, no-store");
    org.set_switch(|on| on.date_skew_s = 3600);
    assert_eq!(
        org.get("/oauth2/v1/keys").await.header("date"),
        "Thu, 01 Jan 2026 01:00:00 GMT"
    );
}

#[tokio::test]
async fn some_answers_name_the_charset_and_some_do_not() {
    let org = Org::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        seen.insert(org.get("/oauth2/v1/keys").await.header("content-type"));
    }
    let both = [
        "application/json".to_owned(),
        "application/json;charset=UTF-8".to_owned(),
    ];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), both);
}

#[tokio::test]
async fn the_forwarded_address_counts_only_from_a_trusted_proxy() {
    let proxies = [vec![], vec!["127.0.0.1".parse().unwrap()]];
    for (trusted_proxies, expected) in proxies.into_iter().zip(["127.0.0.1", "203.0.113.7"]) {
        let denied_addresses = vec!["203.0.113.66".parse().unwrap()];
        let org = Org::with(Settings {
            trusted_proxies,
            denied_addresses,
            ..settings()
        })
        .await;
        let form = [("client_id", "portico-demo"), ("token", "x")];
        let revoke = || org.http.post(org.at("/oauth2/v1/revoke")).form(&form);
        org.send(revoke().header("X-Forwarded-For", "198.51.100.1, 203.0.113.7"))
            .await
            .ok();
        assert_eq!(org.requests()[0].client_ip, expected);
        let refused = org.send(revoke().header("X-Forwarded-For", "203.0.113.66")).await;
        assert_eq!(refused.status, if expected == "127.0.0.1" { 200 } else { 403 });
    }
}

#[tokio::test]
async fn the_log_keeps_no_secrets() {
    let org = Org::start().await;
    let (mfa_token, oob_code) = org.push("push@example.com").await;
    org.mfa_oob(&mfa_token, &oob_code, None)
        .await
        .is(400, "authorization_pending");
    let log = serde_json::to_string(&org.requests()).unwrap();
    assert!(log.contains("push@example.com") && log.contains("mfa-oob"));
    for secret in org
        .secrets_issued()
        .iter()
        .chain([&"portico-demo\",\"scope".to_owned()])
    {
        assert!(!log.contains(secret.as_str()), "{secret}");
    }
    assert_eq!(org.requests()[0].form["password"], "[hidden]");
    assert!(org.secrets_issued().contains(&oob_code) && org.secrets_issued().contains(&mfa_token));
    org.set_switch(|on| on.log_requests = false);
    org.get("/oauth2/v1/keys").await.ok();
    assert_eq!(org.requests().len(), 3);
}
