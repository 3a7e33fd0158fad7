//! Client authentication by each method.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use okta_sim::{
    Misuse,
    test_keys::{CLIENT_SECRET, EC_KEY_ID, EC_PRIVATE_KEY_PEM, RSA_KEY_ID, RSA_PRIVATE_KEY_PEM},
};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::org::{Answer, Org};

const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const GRANT: [(&str, &str); 4] = [
    ("grant_type", "password"),
    ("username", "password@example.com"),
    ("password", "portico-demo"),
    ("scope", "openid"),
];

fn signed(client: &str, claims: &Value) -> String {
    let (algorithm, key, kid) = match client {
        "portico-key-rs" => (
            Algorithm::RS256,
            EncodingKey::from_rsa_pem(RSA_PRIVATE_KEY_PEM.as_bytes()).unwrap(),
            RSA_KEY_ID,
        ),
        "portico-key-es" => (
            Algorithm::ES256,
            EncodingKey::from_ec_pem(EC_PRIVATE_KEY_PEM.as_bytes()).unwrap(),
            EC_KEY_ID,
        ),
        _ => (Algorithm::HS256, EncodingKey::from_secret(CLIENT_SECRET.as_bytes()), ""),
    };
    let kid = Some(kid.to_owned()).filter(|kid| !kid.is_empty());
    encode(
        &Header {
            kid,
            ..Header::new(algorithm)
        },
        claims,
        &key,
    )
    .unwrap()
}

fn claims(org: &Org, client: &str, jti: &str) -> Value {
    let now = org.now().as_second();
    json!({ "iss": client, "sub": client, "aud": org.at("/oauth2/v1/token"), "iat": now, "exp": now + 300, "jti": jti })
}

/// A good client assertion for the token endpoint.
pub(crate) fn assertion(org: &Org, client: &str) -> String {
    signed(client, &claims(org, client, client))
}

async fn with_assertion(org: &Org, assertion: &str) -> Answer {
    org.seconds(1);
    let form = [
        &GRANT[..],
        &[("client_assertion_type", TYPE), ("client_assertion", assertion)],
    ]
    .concat();
    org.post("/oauth2/v1/token", &form).await
}

#[tokio::test]
async fn secrets_in_header_and_body() {
    let org = Org::start().await;
    let post = |form: &[(&str, &str)]| {
        org.http
            .post(org.at("/oauth2/v1/token"))
            .form(&[&GRANT[..], form].concat())
    };
    let cases: Vec<(&str, RequestBuilder, u16, &str)> = vec![
        (
            "basic",
            post(&[]).basic_auth("portico-basic", Some(CLIENT_SECRET)),
            200,
            "",
        ),
        (
            "basic, wrong",
            post(&[]).basic_auth("portico-basic", Some("wrong")),
            401,
            "invalid_client",
        ),
        (
            "basic, not registered",
            post(&[]).basic_auth("portico-post", Some(CLIENT_SECRET)),
            401,
            "invalid_client",
        ),
        (
            "post",
            post(&[("client_id", "portico-post"), ("client_secret", CLIENT_SECRET)]),
            200,
            "",
        ),
        (
            "post, wrong",
            post(&[("client_id", "portico-post"), ("client_secret", "no")]),
            401,
            "invalid_client",
        ),
        (
            "confidential, none",
            post(&[("client_id", "portico-basic")]),
            401,
            "invalid_client",
        ),
        (
            "public with a secret",
            post(&[("client_id", "portico-demo"), ("client_secret", "x")]),
            401,
            "invalid_client",
        ),
        ("no client", post(&[]), 401, "invalid_client"),
    ];
    for (name, request, status, error) in cases {
        let answer = org.send(request).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (status, error),
            "{name}: {}",
            answer.body
        );
        org.seconds(1);
    }
}

#[tokio::test]
async fn several_unknown_or_misplaced_credentials() {
    let org = Org::start().await;
    for misuse in [
        Misuse::SeveralCredentials,
        Misuse::UnknownClient,
        Misuse::CredentialsInQuery,
    ] {
        org.allow_unexpected(misuse);
    }
    let form = [
        ("client_id", "portico-basic"),
        ("client_secret", CLIENT_SECRET),
        ("token", "x"),
    ];
    let both = org
        .http
        .post(org.at("/oauth2/v1/revoke"))
        .form(&form)
        .basic_auth("portico-basic", Some(CLIENT_SECRET));
    org.send(both).await.is(401, "invalid_request");
    let unknown = org
        .post("/oauth2/v1/revoke", &[("client_id", "nobody"), ("token", "x")])
        .await
        .is(401, "invalid_client");
    assert_eq!(unknown.text("errorSummary"), "Invalid value for 'client_id' parameter.");
    let query = org
        .post(
            "/oauth2/v1/revoke?client_secret=x",
            &[("client_id", "portico-demo"), ("token", "x")],
        )
        .await;
    query.is(400, "invalid_request");
}

#[tokio::test]
async fn assertions_of_each_algorithm_pass_once() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadAssertion);
    for client in ["portico-secret-jwt", "portico-key-rs", "portico-key-es"] {
        let assertion = signed(client, &claims(&org, client, "one"));
        with_assertion(&org, &assertion).await.ok();
        let again = with_assertion(&org, &assertion).await.is(401, "invalid_client");
        assert!(again.text("error_description").contains("already been used"));
    }
}

#[tokio::test]
async fn faulty_assertions_are_refused() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadAssertion);
    org.allow_unexpected(Misuse::UnknownClient);
    let client = "portico-key-es";
    let now = org.now().as_second();
    let cases = [
        (
            "audience of another endpoint",
            "aud",
            json!(org.at("/oauth2/v1/challenge")),
        ),
        ("issuer as audience", "aud", json!(org.issuer())),
        ("no expiry", "exp", Value::Null),
        ("expired", "exp", json!(now - 1)),
        ("too long", "exp", json!(now + 4000)),
        ("from the future", "iat", json!(now + 60)),
        ("other subject", "sub", json!("portico-demo")),
        ("unknown issuer", "iss", json!("nobody")),
        ("issuer without a key", "iss", json!("portico-demo")),
    ];
    for (name, claim, value) in cases {
        let mut claims = claims(&org, client, name);
        claims[claim] = value;
        let answer = with_assertion(&org, &signed(client, &claims)).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.body);
    }
    let good = signed(client, &claims(&org, client, "good"));
    let wrong_key = signed("portico-secret-jwt", &claims(&org, client, "hs"));
    for (name, assertion) in [
        ("cut", &good[..good.len() - 4]),
        ("not a JWT", "x"),
        ("wrong algorithm", &wrong_key),
    ] {
        let answer = with_assertion(&org, assertion).await;
        assert_eq!(answer.status, 401, "{name}: {}", answer.body);
    }
    let form = [
        &GRANT[..],
        &[("client_assertion_type", "wrong"), ("client_assertion", good.as_str())],
    ]
    .concat();
    org.post("/oauth2/v1/token", &form).await.is(400, "invalid_request");
    let form = [
        &GRANT[..],
        &[
            ("client_assertion_type", TYPE),
            ("client_assertion", &good),
            ("client_id", "portico-demo"),
        ],
    ]
    .concat();
    org.post("/oauth2/v1/token", &form).await.is(401, "invalid_client");
    with_assertion(&org, &good).await.ok();
}
