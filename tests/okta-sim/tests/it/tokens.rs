//! ID tokens, access tokens, introspection, revocation, userinfo.

use std::str::FromStr;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use okta_sim::{CUSTOM_SERVER, TokenFlaw};
use serde_json::{Value, json};

use crate::org::{Answer, Org};

pub(crate) fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The claims of the ID token in a token answer.
pub(crate) fn claims(answer: &Answer) -> Value {
    part(&answer.text("id_token"), 1)
}

/// Whether the token is signed with RS256 by a published key.
pub(crate) async fn is_signed(org: &Org, token: &str) -> bool {
    let header = part(token, 0);
    let keys = org.get("/oauth2/v1/keys").await.ok().json();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"]);
    let (Some(key), Ok(Algorithm::RS256)) = (key, Algorithm::from_str(header["alg"].as_str().unwrap())) else {
        return false;
    };
    let key = DecodingKey::from_rsa_components(key["n"].as_str().unwrap(), key["e"].as_str().unwrap()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    crypto::verify(signature, signed.as_bytes(), &key, Algorithm::RS256).unwrap()
}

fn at_hash(token: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

async fn tokens(org: &Org, login: &str, scope: &str) -> Answer {
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", "password"),
        ("username", login),
        ("password", "portico-demo"),
        ("scope", scope),
    ];
    org.post("/oauth2/v1/token", &form).await.ok()
}

#[tokio::test]
async fn an_id_token_says_who_when_and_how() {
    let org = Org::start().await;
    let answer = tokens(&org, "password@example.com", "openid profile email groups").await;
    let claims = claims(&answer);
    assert!(is_signed(&org, &answer.text("id_token")).await);
    let expected = [
        ("iss", json!(org.issuer())),
        ("aud", json!("portico-demo")),
        ("sub", json!("00uSIMpassword000000")),
        ("ver", json!(1)),
        ("iat", json!(1_767_225_600)),
        ("exp", json!(1_767_229_200)),
        ("auth_time", json!(1_767_225_600)),
        ("amr", json!(["pwd"])),
        ("name", json!("Paula Password")),
        ("preferred_username", json!("password@example.com")),
        ("email", json!("password@example.com")),
        ("groups", json!(["Everyone"])),
        ("at_hash", json!(at_hash(&answer.text("access_token")))),
    ];
    for (name, value) in expected {
        assert_eq!(claims[name], value, "{name}");
    }
    assert!(claims["jti"].as_str().unwrap().starts_with("ID.") && claims["idp"].as_str().unwrap().starts_with("00o"));
    for absent in ["nonce", "given_name", "email_verified"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    assert_eq!(
        (answer.text("token_type"), answer.json()["expires_in"].clone()),
        ("Bearer".into(), json!(3600))
    );
    assert!(answer.json().get("refresh_token").is_none());
}

#[tokio::test]
async fn the_org_hands_out_opaque_access_tokens_and_custom_servers_jwts() {
    let org = Org::start().await;
    let opaque = tokens(&org, "password@example.com", "openid")
        .await
        .text("access_token");
    assert!(opaque.matches('.').count() != 2);
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", "password"),
        ("username", "password@example.com"),
        ("password", "portico-demo"),
        ("scope", "openid profile"),
    ];
    let answer = org.post(&format!("/oauth2/{CUSTOM_SERVER}/v1/token"), &form).await.ok();
    let jwt = part(&answer.text("access_token"), 1);
    assert_eq!(jwt["iss"], org.custom_issuer(CUSTOM_SERVER));
    assert_eq!(
        (&jwt["cid"], &jwt["scp"]),
        (&json!("portico-demo"), &json!(["openid", "profile"]))
    );
    assert_eq!(claims(&answer)["iss"], org.custom_issuer(CUSTOM_SERVER));
    assert!(is_signed(&org, &answer.text("access_token")).await);
    org.post("/oauth2/ausSIMnopolicy000001/v1/token", &form)
        .await
        .is(401, "access_denied");
}

/// Checks the header and the claims of a token.
type Check = fn(&Value, &Value) -> bool;

#[tokio::test]
async fn each_flaw_spoils_the_id_token_in_its_own_way() {
    let org = Org::start().await;
    let now = 1_767_225_600;
    let cases: [(TokenFlaw, bool, Check); 11] = [
        (TokenFlaw::WrongIssuer, true, |_, c| {
            c["iss"] == "https://other.example.com"
        }),
        (TokenFlaw::WrongAudience, true, |_, c| c["aud"] == "somebody-else"),
        (TokenFlaw::Expired, true, |_, c| {
            c["exp"].as_i64().unwrap() < 1_767_225_600
        }),
        (TokenFlaw::FutureIat, true, |_, c| {
            c["iat"].as_i64().unwrap() > 1_767_225_600 + 300
        }),
        (TokenFlaw::AlgNone, false, |h, _| h["alg"] == "none"),
        (TokenFlaw::Hs256, false, |h, _| h["alg"] == "HS256"),
        (TokenFlaw::WrongKey, false, |h, _| h["alg"] == "RS256"),
        (TokenFlaw::MissingKid, false, |h, _| h.get("kid").is_none()),
        (TokenFlaw::WrongAtHash, true, |_, c| {
            c["at_hash"] == at_hash("another token")
        }),
        (TokenFlaw::EmptySub, true, |_, c| c["sub"] == ""),
        (TokenFlaw::Nonce, true, |_, c| c["nonce"].is_string()),
    ];
    for (flaw, is_signed_well, check) in cases {
        org.set_switch(|on| on.token_flaw = flaw);
        let token = tokens(&org, "password@example.com", "openid").await.text("id_token");
        assert!(check(&part(&token, 0), &part(&token, 1)), "{flaw:?}");
        assert_eq!(is_signed(&org, &token).await, is_signed_well, "{flaw:?}");
        org.seconds(1);
    }
    assert_eq!(org.now().as_second(), now + 11);
    org.set_switch(|on| on.token_flaw = TokenFlaw::CutShort);
    assert_eq!(
        tokens(&org, "password@example.com", "openid")
            .await
            .text("id_token")
            .matches('.')
            .count(),
        1
    );
}

#[tokio::test]
async fn keys_rotate_with_and_without_notice() {
    let org = Org::start().await;
    let before = tokens(&org, "password@example.com", "openid").await.text("id_token");
    org.rotate_keys(false).unwrap();
    let after = tokens(&org, "password@example.com", "openid").await.text("id_token");
    assert_ne!(part(&before, 0)["kid"], part(&after, 0)["kid"]);
    assert!(is_signed(&org, &before).await && is_signed(&org, &after).await);
    let url = org.at("/sim/keys/rotate");
    org.send(org.http.post(url).json(&json!({ "withdraw": true })))
        .await
        .is(204, "");
    assert!(is_signed(&org, &before).await && !is_signed(&org, &after).await);
}

#[tokio::test]
async fn introspection_and_revocation_follow_a_token() {
    let org = Org::start().await;
    let answer = tokens(&org, "password@example.com", "openid profile offline_access").await;
    let (access, refresh, id) = (
        answer.text("access_token"),
        answer.text("refresh_token"),
        answer.text("id_token"),
    );
    let introspect = async |token: &str| {
        org.post(
            "/oauth2/v1/introspect",
            &[("client_id", "portico-demo"), ("token", token)],
        )
        .await
        .ok()
        .json()
    };
    let revoke = async |token: &str| {
        let answer = org
            .post("/oauth2/v1/revoke", &[("client_id", "portico-demo"), ("token", token)])
            .await
            .ok();
        assert_eq!(answer.body, "");
    };
    let active = introspect(&access).await;
    assert_eq!(
        (&active["active"], &active["uid"]),
        (&json!(true), &json!("00uSIMpassword000000"))
    );
    assert_eq!(introspect(&id).await["active"], true);
    let of_refresh = introspect(&refresh).await;
    assert!(of_refresh["active"] == true && of_refresh.get("iat").is_none());
    assert_eq!(introspect("made-up").await, json!({ "active": false }));
    let other = [("client_id", "portico-mfa"), ("token", access.as_str())];
    assert_eq!(
        org.post("/oauth2/v1/introspect", &other).await.json(),
        json!({ "active": false })
    );
    // A public client may name itself in the query here, and only here.
    let form = [("token", access.as_str())];
    assert_eq!(
        org.post("/oauth2/v1/introspect?client_id=portico-demo", &form)
            .await
            .ok()
            .json()["active"],
        true
    );
    revoke("made-up").await;
    revoke(&refresh).await;
    for token in [&access, &refresh] {
        assert_eq!(introspect(token).await, json!({ "active": false }));
    }
}

#[tokio::test]
async fn userinfo_needs_a_valid_token() {
    let org = Org::start().await;
    let access = tokens(&org, "password@example.com", "openid profile email")
        .await
        .text("access_token");
    let ask = async |token: &str| {
        org.send(org.http.get(org.at("/oauth2/v1/userinfo")).bearer_auth(token))
            .await
    };
    let info = ask(&access).await.ok().json();
    assert_eq!(
        (&info["sub"], &info["given_name"]),
        (&json!("00uSIMpassword000000"), &json!("Paula"))
    );
    let refused = ask("made-up").await;
    assert_eq!((refused.status, refused.body.as_str()), (401, ""));
    assert!(refused.header("www-authenticate").contains(r#"error="invalid_token""#));
    org.seconds(3600);
    assert_eq!(ask(&access).await.status, 401);
}
