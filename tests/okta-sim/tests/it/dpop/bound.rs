//! Tokens that are bound to a key.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use okta_sim::{
    CUSTOM_SERVER, Misuse,
    test_keys::{EC_KEY_ID, EC_PRIVATE_KEY_PEM},
};
use serde_json::{Value, json};

use super::{
    CLIENT, Key, good, nonce, password,
    proof::{at_userinfo, claims},
    refresh, send, send_to, signed_in,
};
use crate::{
    org::{Answer, Org},
    tokens::part,
};

async fn userinfo(org: &Org, scheme: &str, token: &str, proof: Option<&str>) -> Answer {
    let request = org.http.get(org.at("/oauth2/v1/userinfo"));
    let request = request.header("Authorization", format!("{scheme} {token}"));
    org.send(match proof {
        Some(proof) => request.header("DPoP", proof),
        None => request,
    })
    .await
}

async fn introspect(org: &Org, token: &str) -> Value {
    let form = [("client_id", CLIENT), ("token", token)];
    org.post("/oauth2/v1/introspect", &form).await.ok().json()
}

#[tokio::test]
async fn tokens_name_the_key_they_are_bound_to() {
    for key in [Key::new(), Key::rsa()] {
        let org = Org::start().await;
        let tokens = signed_in(&org, &key).await;
        assert_eq!(tokens.text("token_type"), "DPoP");
        let seen = introspect(&org, &tokens.text("access_token")).await;
        assert_eq!(seen["token_type"], "DPoP");
        assert_eq!(seen["cnf"]["jkt"], key.thumbprint());

        let path = format!("/oauth2/{CUSTOM_SERVER}/v1/token");
        let mut claims = claims(&org, &path);
        let bare = key.sign(&key.header(), &claims);
        let refused = send_to(&org, &path, &password(CLIENT), &[&bare]).await;
        claims["nonce"] = json!(refused.header("dpop-nonce"));
        claims["jti"] = json!("another");
        let proof = key.sign(&key.header(), &claims);
        org.seconds(1);
        let tokens = send_to(&org, &path, &password(CLIENT), &[&proof]).await;
        let claims = part(&tokens.ok().text("access_token"), 1);
        assert_eq!(claims["cnf"]["jkt"], key.thumbprint());
    }
}

#[tokio::test]
async fn a_bound_token_is_used_with_a_proof_about_it() {
    let org = Org::start().await;
    let key = Key::new();
    let token = signed_in(&org, &key).await.text("access_token");
    let proof = key.sign(&key.header(), &at_userinfo(&org, &token));
    let claims = userinfo(&org, "DPoP", &token, Some(&proof)).await.ok();
    assert!(!claims.text("sub").is_empty());
}

#[tokio::test]
async fn a_stolen_token_is_worth_nothing() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let token = signed_in(&org, &key).await.text("access_token");
    let thief = Key::new();
    let right = at_userinfo(&org, &token);
    let without = |name: &str, value: Value| {
        let mut claims = at_userinfo(&org, &token);
        claims[name] = value;
        key.sign(&key.header(), &claims)
    };
    let rows = [
        ("Bearer", None, "invalid_request"),
        ("DPoP", None, "invalid_request"),
        ("DPoP", Some(thief.sign(&thief.header(), &right)), "invalid_dpop_proof"),
        ("DPoP", Some(without("ath", Value::Null)), "invalid_dpop_proof"),
        (
            "DPoP",
            Some(without("ath", json!("G6HvcBW4ZAmaW5-Oat6JpM9M9UcFyMV9AKVksiJstgw"))),
            "invalid_dpop_proof",
        ),
        ("DPoP", Some(without("htm", json!("POST"))), "invalid_dpop_proof"),
        (
            "DPoP",
            Some(without("htu", json!(org.at("/oauth2/v1/token")))),
            "invalid_dpop_proof",
        ),
    ];
    for (scheme, proof, error) in rows {
        userinfo(&org, scheme, &token, proof.as_deref()).await.is(400, error);
    }
    let proof = key.sign(&key.header(), &right);
    userinfo(&org, "DPoP", &token, Some(&proof)).await.ok();
    userinfo(&org, "DPoP", &token, Some(&proof))
        .await
        .is(400, "invalid_dpop_proof");
}

#[tokio::test]
async fn a_token_that_is_not_bound_is_no_dpop_token() {
    let org = Org::start().await;
    let key = Key::new();
    let tokens = org.password("password@example.com").await.ok();
    let token = tokens.text("access_token");
    let proof = key.sign(&key.header(), &at_userinfo(&org, &token));
    let refused = userinfo(&org, "DPoP", &token, Some(&proof)).await;
    assert_eq!(refused.status, 401);
    assert!(refused.header("www-authenticate").contains("invalid_token"));
}

#[tokio::test]
async fn a_public_clients_refresh_token_needs_the_same_key() {
    let org = Org::start().await;
    org.allow_unexpected(Misuse::BadProof);
    let key = Key::new();
    let tokens = signed_in(&org, &key).await;
    let token = tokens.text("refresh_token");
    let nonce = tokens.header("dpop-nonce");
    let thief = Key::new();
    let refused = refresh(&org, &token, &[&good(&org, &thief, &nonce)]).await;
    assert_eq!(
        refused.is(400, "invalid_dpop_proof").text("error_description"),
        "Invalid DPoP Public Key binding in refresh token"
    );
    refresh(&org, &token, &[]).await.is(400, "invalid_dpop_proof");
    let renewed = refresh(&org, &token, &[&good(&org, &key, &nonce)]).await.ok();
    assert_eq!(renewed.text("token_type"), "DPoP");
    let seen = introspect(&org, &renewed.text("access_token")).await;
    assert_eq!(seen["cnf"]["jkt"], key.thumbprint());
}

/// RFC 9449, 5: client authentication already protects this refresh token.
#[tokio::test]
async fn a_confidential_clients_refresh_token_takes_a_new_key() {
    const CONFIDENTIAL: &str = "portico-dpop-key-es";
    let org = Org::start().await;
    let key = Key::new();
    let nonce = nonce(&org, &key).await;
    let assertion = |jti: &str| {
        let now = org.now().as_second();
        let claims = json!({
            "iss": CONFIDENTIAL, "sub": CONFIDENTIAL, "aud": org.at("/oauth2/v1/token"), "iat": now, "exp": now + 300,
            "jti": jti,
        });
        let header = Header {
            kid: Some(EC_KEY_ID.to_owned()),
            ..Header::new(Algorithm::ES256)
        };
        let key = EncodingKey::from_ec_pem(EC_PRIVATE_KEY_PEM.as_bytes()).unwrap();
        encode(&header, &claims, &key).unwrap()
    };
    let call = async |form: &[(&str, &str)], key: &Key, jti: &str| {
        let assertion = assertion(jti);
        let credentials = [
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion.as_str()),
        ];
        let proof = good(&org, key, &nonce);
        send(&org, &[form, &credentials].concat(), &[&proof]).await
    };
    let tokens = call(&password(CONFIDENTIAL), &key, "one").await.ok();
    let token = tokens.text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", &token)];
    let renewed = call(&form, &Key::new(), "two").await.ok();
    assert_eq!(renewed.text("token_type"), "DPoP");
}
