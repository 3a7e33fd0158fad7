//! What the portal learns of the user.

use std::collections::HashSet;

use serde_json::Value;

use super::signed_in;
use crate::support::{SESSION, Verify, builder_behind_proxy};

#[tokio::test]
async fn sec_312_every_identity_header_stands_once_on_every_pass() {
    let app = builder_behind_proxy()
        .set("portal.rules", r#"[{ path = "/open", require = "public" }]"#)
        .set("portal.assertion", "true")
        .spawn()
        .await;
    let (browser, cookie) = signed_in(&app, "password").await;
    let verify = Verify::by(&app, "traefik");
    let names = [
        "portico-user",
        "portico-name",
        "portico-name-encoded",
        "portico-email",
        "portico-groups",
        "portico-groups-encoded",
        "portico-acr",
        "portico-auth-time",
        "portico-session",
        "portico-expires",
        "portico-assertion",
    ];
    let known = verify.get("/open", &[("cookie", &cookie)]).await;
    let nobody = verify.get("/open", &[]).await;
    let unknown = verify
        .get("/open", &[("cookie", &format!("{SESSION}={}", "A".repeat(43)))])
        .await;
    for answer in [&known, &nobody, &unknown] {
        assert_eq!(answer.status, 200);
        for name in names {
            assert_eq!(answer.all(name), 1, "{name}");
        }
    }
    for name in names {
        assert_eq!(nobody.header(name), "", "{name}");
        assert_eq!(unknown.header(name), "", "{name}");
    }
    let session = browser.session().await;
    assert_eq!(known.header("portico-user"), session["sub"].as_str().unwrap());
    assert_eq!(known.header("portico-email"), "password@example.com");
    assert_eq!(known.header("portico-auth-time"), session["auth_time"].to_string());
    assert_eq!(known.header("portico-expires"), session["expires_at"].to_string());
    assert!(known.size() < 2048, "{}", known.size());
}

#[tokio::test]
async fn sec_313_the_assertion_is_checked_with_the_published_keys_and_is_for_one_host() {
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

    let app = builder_behind_proxy()
        .set("portal.allowed_hosts", "localhost:4001")
        .set("portal.assertion", "true")
        .spawn()
        .await;
    let (_browser, cookie) = signed_in(&app, "password").await;
    let published = format!("{}/.well-known/jwks.json", app.base());
    let published = crate::support::client().get(published).send().await.unwrap();
    assert_eq!(published.headers()["cache-control"], "public, max-age=300");
    let published = published.text().await.unwrap();
    let keys: JwkSet = serde_json::from_str(&published).unwrap();
    assert_eq!(keys.keys.len(), 2, "the current key and the next");
    let on_the_inner_network = app.ops("/.well-known/jwks.json").await;
    assert_eq!(on_the_inner_network, (200, published));
    let verify = Verify::by(&app, "caddy");
    let token = async |verify: &Verify| {
        let answer = verify.get("/", &[("cookie", &cookie)]).await;
        answer.header("portico-assertion").to_owned()
    };
    let mine = token(&verify).await;
    let mut signed = HashSet::from([mine.clone()]);
    for _ in 0..11 {
        signed.insert(token(&verify).await);
    }
    assert!(signed.len() <= 3, "once by each replica, not for each request");
    let other = token(&verify.at("localhost:4001")).await;
    let read = |token: &str, audience: &str| {
        let kid = decode_header(token).unwrap().kid.unwrap();
        let key = DecodingKey::from_jwk(keys.find(&kid).unwrap()).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[audience]);
        rules.set_issuer(&[app.base()]);
        decode::<Value>(token, &key, &rules).map(|data| data.claims)
    };
    let claims = read(&mine, verify.host()).unwrap();
    assert_eq!(claims["email"], "password@example.com");
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 300);
    assert!(read(&other, "localhost:4001").is_ok());
    assert!(read(&other, verify.host()).is_err(), "for another host");
    app.advance(std::time::Duration::from_secs(151));
    let fresh = token(&verify).await;
    assert!(!signed.contains(&fresh), "half of its life is over");
}

#[tokio::test]
async fn nothing_is_signed_for_a_portal_that_does_not_check_it() {
    for (preset, name) in [("portico", "portico-assertion"), ("authentik", "x-authentik-jwt")] {
        let app = builder_behind_proxy().set("portal.headers", preset).spawn().await;
        let (_browser, cookie) = signed_in(&app, "password").await;
        // What a client sends under that name is replaced all the same.
        let lines = [("cookie", cookie.as_str()), (name, "forged")];
        let answer = Verify::by(&app, "traefik").get("/", &lines).await;
        assert_eq!(answer.status, 200, "{preset}");
        assert_eq!(answer.all(name), 1, "{preset}");
        assert_eq!(answer.header(name), "", "{preset}");
    }
}

#[tokio::test]
async fn presets_speak_the_names_of_other_gateways_and_no_others() {
    for (preset, user, absent) in [
        ("oauth2-proxy", "x-auth-request-preferred-username", "portico-user"),
        ("authelia", "remote-user", "portico-user"),
        ("authentik", "x-authentik-username", "remote-user"),
    ] {
        let app = builder_behind_proxy().set("portal.headers", preset).spawn().await;
        let (_browser, cookie) = signed_in(&app, "password").await;
        let answer = Verify::by(&app, "nginx").get("/", &[("cookie", &cookie)]).await;
        assert_eq!(answer.header(user), "password@example.com", "{preset}");
        assert_eq!(answer.all(absent), 0, "{preset}");
    }
}
