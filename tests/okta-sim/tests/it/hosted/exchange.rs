//! The exchange of a code for tokens.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_sim::{CUSTOM_SERVER, ClientPatch, Endpoint, Fault, FaultKind, Misuse, test_keys::CLIENT_SECRET};
use serde_json::json;

use super::{Browser, CALLBACK, CHALLENGE, VERIFIER, custom, custom_tokens, exchange, exchange_as, exchange_at, org};
use crate::{
    clients::assertion,
    dpop::{self, Key},
    org::{Answer, Org},
    tokens::{claims, is_signed, part},
};

async fn exchange_with(org: &Org, changes: &[(&str, &str)]) -> Answer {
    let good = [
        ("client_id", "portico-demo"),
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let kept = good
        .into_iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let mut form: Vec<_> = kept.chain(changes.iter().copied()).collect();
    form.retain(|(_, value)| !value.is_empty());
    org.post("/oauth2/v1/token", &form).await
}

#[tokio::test]
async fn a_code_becomes_the_tokens_that_were_asked_for() {
    let org = org().await;
    let scope = ("scope", "openid profile email offline_access");
    let code = Browser::new(&org).code(&[scope, ("nonce", "n-7")]).await;
    org.seconds(59);
    let tokens = exchange(&org, &code).await.ok();
    let id_token = claims(&tokens);
    assert!(is_signed(&org, &tokens.text("id_token")).await);
    let hash = digest(&SHA256, tokens.text("access_token").as_bytes());
    let expected = [
        ("iss", json!(org.issuer())),
        ("aud", json!("portico-demo")),
        ("sub", json!("00uSIMpassword000000")),
        ("nonce", json!("n-7")),
        ("auth_time", json!(1_767_225_600)),
        ("iat", json!(1_767_225_659)),
        ("amr", json!(["pwd"])),
        ("email", json!("password@example.com")),
        ("at_hash", json!(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))),
    ];
    for (name, value) in expected {
        assert_eq!(id_token[name], value, "{name}");
    }
    assert_eq!(tokens.text("scope"), scope.1);
    let form = [
        ("client_id", "portico-demo"),
        ("grant_type", "refresh_token"),
        ("refresh_token", &tokens.text("refresh_token")),
    ];
    let refreshed = org.post("/oauth2/v1/token", &form).await.ok();
    assert!(claims(&refreshed).get("nonce").is_none());
    assert_eq!(claims(&refreshed)["auth_time"], id_token["auth_time"]);
    let without = Browser::new(&org).code(&[("nonce", "")]).await;
    assert!(claims(&exchange(&org, &without).await.ok()).get("nonce").is_none());
}

#[tokio::test]
async fn a_code_works_once_and_for_a_minute() {
    let org = org().await;
    let used = Browser::new(&org).code(&[]).await;
    let tokens = exchange(&org, &used).await.ok();
    let again = exchange(&org, &used).await.is(400, "invalid_grant");
    assert_eq!(
        again.text("error_description"),
        "The authorization code is invalid or has expired."
    );
    let is_active = async |token: &str| {
        let form = [("client_id", "portico-demo"), ("token", token)];
        org.post("/oauth2/v1/introspect", &form).await.ok().json()["active"] == true
    };
    assert!(is_active(&tokens.text("access_token")).await);
    org.set_switch(|on| on.code_reuse_revokes = true);
    exchange(&org, &used).await.is(400, "invalid_grant");
    assert!(!is_active(&tokens.text("access_token")).await);

    org.seconds(1);
    let old = Browser::new(&org).code(&[]).await;
    org.seconds(60);
    exchange(&org, &old).await.is(400, "invalid_grant");
    let spoiled = Browser::new(&org).code(&[]).await;
    org.faults().push(Fault::new(Endpoint::Token, FaultKind::ExpireNow));
    exchange(&org, &spoiled).await.is(400, "invalid_grant");
    exchange(&org, "made-up").await.is(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_is_bound_to_client_server_address_and_verifier() {
    let org = org().await;
    org.allow_unexpected(Misuse::ChangedMidFlow);
    org.allow_unexpected(Misuse::BadParameter);
    let code = Browser::new(&org).code(&[]).await;
    let other_verifier = VERIFIER.replace('d', "e");
    let cases = [
        ("client_id", "portico-mfa", "invalid_grant"),
        ("redirect_uri", "", "invalid_request"),
        (
            "redirect_uri",
            "https://app.example.com/callback?from=okta",
            "invalid_grant",
        ),
        ("code_verifier", "", "invalid_request"),
        ("code_verifier", &other_verifier, "invalid_grant"),
        ("code_verifier", CHALLENGE, "invalid_grant"),
    ];
    for (name, value, error) in cases {
        exchange_with(&org, &[("code", &code), (name, value)])
            .await
            .is(400, error);
    }
    exchange_at(&org, &custom(), "portico-demo", &code)
        .await
        .is(400, "invalid_request");
    exchange_with(&org, &[("code", "")]).await.is(400, "invalid_request");
    exchange(&org, &code).await.ok();
}

#[tokio::test]
async fn a_verifier_that_could_be_guessed_is_no_verifier() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadParameter);
    let odd = format!("{} ", &VERIFIER[1..]);
    for verifier in ["short", &VERIFIER[1..], &odd, &"v".repeat(129)] {
        let hash = digest(&SHA256, verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(hash);
        let mut browser = Browser::new(&org);
        let code = browser.code(&[("code_challenge", &challenge)]).await;
        exchange_with(&org, &[("code", &code), ("code_verifier", verifier)])
            .await
            .is(400, "invalid_grant");
        org.seconds(1);
    }
}

#[tokio::test]
async fn a_custom_server_issues_its_own() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    let tokens = custom_tokens(&org, &mut browser).await;
    assert_eq!(claims(&tokens)["iss"], org.custom_issuer(CUSTOM_SERVER));
    assert_eq!(part(&tokens.text("access_token"), 1)["cid"], "portico-demo");
}

#[tokio::test]
async fn every_way_of_authenticating_the_client_works() {
    let org = org().await;
    let code_for = async |client: &str| Browser::new(&org).code(&[("client_id", client)]).await;
    let form = |code: &str, more: &[(&str, &str)]| {
        let shared = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let all = [&shared[..], more].concat();
        let owned = all
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect::<Vec<_>>()
    };
    let token = || org.http.post(org.at("/oauth2/v1/token"));

    let code = code_for("portico-basic").await;
    exchange_as(&org, "portico-basic", &code)
        .await
        .is(401, "invalid_client");
    let request = token().form(&form(&code, &[]));
    org.send(request.basic_auth("portico-basic", Some(CLIENT_SECRET)))
        .await
        .ok();
    org.seconds(1);

    let code = code_for("portico-post").await;
    let more = [("client_id", "portico-post"), ("client_secret", CLIENT_SECRET)];
    org.send(token().form(&form(&code, &more))).await.ok();

    for client in ["portico-secret-jwt", "portico-key-rs", "portico-key-es"] {
        org.seconds(1);
        let code = code_for(client).await;
        let jwt = assertion(&org, client);
        let more = [
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", jwt.as_str()),
        ];
        let tokens = org.send(token().form(&form(&code, &more))).await.ok();
        assert_eq!(claims(&tokens)["aud"], client);
    }
}

#[tokio::test]
async fn a_confidential_client_may_do_without_pkce_but_not_mix() {
    let org = org().await;
    let without = [
        ("client_id", "portico-post"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let secret = [("client_id", "portico-post"), ("client_secret", CLIENT_SECRET)];
    let code = Browser::new(&org).code(&without).await;
    let with = [&secret[..], &[("code", &code)]].concat();
    exchange_with(&org, &with).await.is(400, "invalid_grant");
    let none = [&with[..], &[("code_verifier", "")]].concat();
    exchange_with(&org, &none).await.ok();
    org.seconds(1);
    let code = Browser::new(&org).code(&[("client_id", "portico-post")]).await;
    let none = [&secret[..], &[("code", &code), ("code_verifier", "")]].concat();
    exchange_with(&org, &none).await.is(400, "invalid_grant");
}

#[tokio::test]
async fn the_grant_is_refused_to_clients_that_lost_it() {
    let org = org().await;
    let code = Browser::new(&org).code(&[]).await;
    let patch = ClientPatch {
        grants: Some(vec!["password".to_owned()]),
        ..ClientPatch::default()
    };
    org.set_client("portico-demo", patch).unwrap();
    exchange(&org, &code).await.is(400, "unauthorized_client");
}

#[tokio::test]
async fn tokens_are_bound_to_a_key_as_with_every_grant() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadProof);
    let code = Browser::new(&org).code(&[("client_id", "portico-dpop")]).await;
    let key = Key::new();
    let form = [
        ("client_id", "portico-dpop"),
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    dpop::send(&org, &form, &[]).await.is(400, "invalid_dpop_proof");
    // The refused request has not used up the code.
    let nonce = dpop::nonce(&org, &key).await;
    org.seconds(1);
    let tokens = dpop::send(&org, &form, &[&dpop::good(&org, &key, &nonce)]).await.ok();
    assert_eq!(tokens.text("token_type"), "DPoP");
}
