//! A portal in Python, as docs/portal.md shows it, verifies logout tokens with `PyJWT` and ends its own sessions.

use std::process::Command;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::{Running, TestApp, client, eventually, free_port, metric, status};

/// Debian's Python, which finds the packages of apt.
const PYTHON: &str = "/usr/bin/python3";

/// Demands the programs that are otherwise done without.
const REQUIRE_ALL: &str = "PORTICO_TESTS_REQUIRE_ALL";

fn example() -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/portal.md")).unwrap();
    let (_, rest) = page.split_once("```python\n").expect("docs/portal.md has an example");
    let (script, _) = rest.split_once("```").unwrap();
    script.to_owned()
}

#[expect(clippy::print_stderr, reason = "what is skipped is named")]
fn is_here() -> bool {
    let tried = Command::new(PYTHON).args(["-c", "import jwt, cryptography"]).output();
    let is_here = tried.is_ok_and(|tried| tried.status.success());
    assert!(
        is_here || std::env::var_os(REQUIRE_ALL).is_none(),
        "PyJWT is not installed"
    );
    if !is_here {
        eprintln!("skipped: portal_logout::verifier needs PyJWT");
    }
    is_here
}

/// The portal of the example.
#[derive(Debug)]
struct Portal {
    address: String,
    _running: Running,
}

fn runs(keys: &str, issuer: &str, audience: &str, port: u16) -> Running {
    let mut command = Command::new(PYTHON);
    command
        .args(["-c", &example(), keys, issuer, audience, &port.to_string()])
        .env("no_proxy", "*");
    Running::start(command)
}

impl Portal {
    async fn at(port: u16, running: Running) -> Self {
        let address = format!("http://127.0.0.1:{port}");
        eventually("the portal", async || status(&address).await.is_some()).await;
        Self {
            address,
            _running: running,
        }
    }

    /// The status with which it answers a token.
    async fn answers(&self, token: &str) -> u16 {
        let posted = client().post(format!("{}/back-channel-logout", self.address));
        let answer = posted.form(&[("logout_token", token)]).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Its page to a session of Portico's, asked for past Portico.
    async fn page_of(&self, session: &str) -> String {
        let asked = client()
            .get(format!("{}/cart", self.address))
            .header("portico-session", session);
        asked.send().await.unwrap().text().await.unwrap()
    }
}

#[tokio::test]
async fn the_example_ends_the_session_that_has_ended_and_no_other() {
    if !is_here() {
        return;
    }
    let (port, of_portal) = (free_port(), free_port());
    let (root, address) = (
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{of_portal}"),
    );
    let (base, audience) = (format!("{root}/auth"), format!("localhost:{port}"));
    let app = TestApp::builder()
        .set("public_url", &base)
        .set("listen", &format!("127.0.0.1:{port}"))
        .set("portal.upstream", &address)
        .set(
            "portal.logout_url",
            &format!("{audience}={address}/back-channel-logout"),
        )
        .spawn()
        .await;
    let keys = format!("{base}/.well-known/jwks.json");
    let _portal = Portal::at(of_portal, runs(&keys, &base, &audience, of_portal)).await;
    let (ends, stays) = (app.browser(), app.browser());
    for browser in [&ends, &stays] {
        browser.begins("password").await.expect(303);
        let first = browser.gets(&format!("{root}/shirt")).await;
        assert_eq!(first.expect(200).body, "/shirt");
        let second = browser.gets(&format!("{root}/shoes")).await;
        assert_eq!(
            second.expect(200).body,
            "/shirt\n/shoes",
            "the portal has a session of its own"
        );
    }
    ends.signs_out().await.expect(303);
    eventually("the portal told", async || {
        let metrics = app.metrics().await;
        metric(&metrics, "portico_portal_logouts_total{result=\"delivered\"}") == 1
    })
    .await;
    let goes_on = stays.gets(&format!("{root}/hat")).await;
    assert_eq!(goes_on.expect(200).body, "/shirt\n/shoes\n/hat");
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, "portico_portal_logouts_total{result=\"refused\"}"), 0);
}

/// A key, and an address where its public half is published.
struct Issuer {
    key: EcdsaKeyPair,
    keys: String,
}

impl Issuer {
    async fn start() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let (x, y) = key.public_key().as_ref()[1..].split_at(32);
        let coordinates = [x, y].map(|it| URL_SAFE_NO_PAD.encode(it));
        let key_set = json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig", "alg": "ES256", "x": coordinates[0], "y": coordinates[1],
        }] });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let keys = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut asked, _)) = listener.accept().await {
                let _ = asked.read(&mut [0; 4096]).await;
                let body = key_set.to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = asked.write_all((head + &body).as_bytes()).await;
            }
        });
        Self { key, keys }
    }

    fn signs(&self, header: &Value, claims: &Value) -> String {
        let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let part = parts.join(".");
        let signature = self.key.sign(&SystemRandom::new(), part.as_bytes()).unwrap();
        format!("{part}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn with(base: &Value, name: &str, value: Value) -> Value {
    let mut changed = base.clone();
    changed[name] = value;
    changed
}

fn without(base: &Value, name: &str) -> Value {
    let mut changed = base.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed
}

#[tokio::test]
async fn the_example_takes_no_other_token() {
    if !is_here() {
        return;
    }
    let (issuer, port) = (Issuer::start().await, free_port());
    let running = runs(
        &issuer.keys,
        "https://portal.example.com/auth",
        "portal.example.com",
        port,
    );
    let portal = Portal::at(port, running).await;
    #[expect(clippy::disallowed_methods, reason = "the example reads the clock on the wall")]
    let now = jiff::Timestamp::now().as_second();
    let header = json!({ "alg": "ES256", "kid": "1", "typ": "logout+jwt" });
    let claims = json!({
        "iss": "https://portal.example.com/auth", "aud": "portal.example.com", "sub": "00u1", "sid": "a session",
        "iat": now, "exp": now + 120, "jti": "1",
        "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
    let mut wrong = vec![
        (with(&header, "typ", json!("JWT")), claims.clone()),
        (
            header.clone(),
            with(&claims, "iss", json!("https://elsewhere.example.com")),
        ),
        (header.clone(), with(&claims, "aud", json!("shop.example.com"))),
        (header.clone(), with(&claims, "exp", json!(now - 60))),
        (header.clone(), with(&claims, "nonce", json!("n"))),
        (header.clone(), with(&claims, "events", json!({ "another": {} }))),
    ];
    for name in ["iss", "aud", "iat", "exp", "jti", "sid", "events"] {
        wrong.push((header.clone(), without(&claims, name)));
    }
    portal.page_of("a session").await;
    for (header, claims) in &wrong {
        let token = issuer.signs(header, claims);
        assert_eq!(portal.answers(&token).await, 400, "{header} {claims}");
    }
    let other = Issuer::start().await;
    let forged = other.signs(&header, &claims);
    for token in [forged.as_str(), "x.y.z", ""] {
        assert_eq!(portal.answers(token).await, 400, "{token}");
    }
    assert_eq!(portal.page_of("a session").await, "/cart\n/cart", "it is still there");
    let right = issuer.signs(&header, &claims);
    assert_eq!(portal.answers(&right).await, 204);
    assert_eq!(portal.page_of("a session").await, "/cart", "it has ended");
    assert_eq!(portal.answers(&right).await, 204, "once more is no fault");
}

#[tokio::test]
async fn the_example_asks_to_be_told_later_while_it_has_no_keys() {
    if !is_here() {
        return;
    }
    let (issuer, port) = (Issuer::start().await, free_port());
    let nowhere = format!("http://127.0.0.1:{}/keys", free_port());
    let portal = Portal::at(port, runs(&nowhere, "i", "a", port)).await;
    let token = issuer.signs(&json!({ "alg": "ES256", "kid": "1" }), &json!({}));
    assert_eq!(portal.answers(&token).await, 503);
}
