//! Which authorization requests are refused, and whether on a page or to the application.

use okta_sim::{Misuse, SERVER_WITHOUT_POLICY};

use super::{Browser, CALLBACK, CHALLENGE, asked, code, org, refused, returned};

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let org = org().await;
    org.allow_unexpected(Misuse::UnknownClient);
    org.allow_unexpected(Misuse::BadParameter);
    let longer = format!("{CALLBACK}/");
    let other_case = CALLBACK.replace("app", "App");
    let cases = [
        ("client_id", "", "invalid_client"),
        ("client_id", "nobody", "invalid_client"),
        ("client_id", "<script>", "invalid_client"),
        ("redirect_uri", "", "invalid_request"),
        ("redirect_uri", &longer, "invalid_request"),
        ("redirect_uri", &other_case, "invalid_request"),
        ("redirect_uri", "https://evil.example.com/", "invalid_request"),
    ];
    for (name, value, error) in cases {
        let answer = Browser::new(&org).authorize(&[(name, value)]).await;
        assert_eq!(answer.status, 400, "{name}={value}");
        assert_eq!(answer.header("location"), "", "{name}={value}");
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(answer.body.contains(error), "{}", answer.body);
        assert_eq!(org.requests().last().unwrap().error.as_deref(), Some(error));
    }
    for name in ["client_id", "redirect_uri"] {
        let good = asked(&[]);
        let value = good.iter().find(|(known, _)| *known == name).unwrap().1;
        let twice = [&good[..], &[(name, value)]].concat();
        let answer = Browser::new(&org).get("/oauth2/v1/authorize", &twice).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (400, String::new()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_other_flaw_is_told_to_the_application() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadParameter);
    let short = &CHALLENGE[1..];
    let odd = CHALLENGE.replace('-', "+");
    let cases = [
        ("response_type", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "okta_post_message", "unsupported_response_mode"),
        ("response_mode", "owl", "unsupported_response_mode"),
        ("scope", "", "invalid_scope"),
        ("scope", "profile", "invalid_scope"),
        ("scope", "openid owl", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", short, "invalid_request"),
        ("code_challenge", &odd, "invalid_request"),
        ("code_challenge_method", "", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("client_id", "portico-password", "unauthorized_client"),
        ("prompt", "owl", "invalid_request"),
        ("prompt", "none login", "invalid_request"),
        ("prompt", "none", "login_required"),
        ("max_age", "-1", "invalid_request"),
        ("max_age", "2147483648", "invalid_request"),
        ("max_age", "soon", "invalid_request"),
        ("request", "e30.e30.", "request_not_supported"),
        ("request_uri", "urn:x", "request_uri_not_supported"),
        ("acr_values", "urn:okta:app:mfa:attestation", "access_denied"),
    ];
    for (name, value, error) in cases {
        let answer = Browser::new(&org).authorize(&[(name, value)]).await;
        assert_eq!(refused(&answer), error, "{name}={value}");
        assert_eq!(returned(&answer)["state"], "st at&e", "{name}={value}");
        assert_eq!(org.requests().last().unwrap().error.as_deref(), Some(error));
    }
    let stateless = Browser::new(&org).authorize(&[("state", "")]).await;
    assert_eq!(refused(&stateless), "invalid_request");
    assert!(!returned(&stateless).contains_key("state"));
    assert!(returned(&stateless)["error_description"].contains("'state'"));
}

#[tokio::test]
async fn repeated_parameters_and_closed_servers_are_told_too() {
    let org = org().await;
    org.allow_unexpected(Misuse::DuplicateParameter);
    let twice = [asked(&[]), vec![("nonce", "n-2")]].concat();
    let answer = Browser::new(&org).get("/oauth2/v1/authorize", &twice).await;
    assert_eq!(refused(&answer), "invalid_request");
    assert_eq!(org.unexpected().len(), 0);
    let path = format!("/oauth2/{SERVER_WITHOUT_POLICY}/v1/authorize");
    let answer = Browser::new(&org).get(&path, &asked(&[])).await;
    assert_eq!(refused(&answer), "access_denied");
}

#[tokio::test]
async fn pkce_is_demanded_of_public_clients_and_where_it_is_switched_on() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadParameter);
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let ask = async |client| {
        let changes = [&without[..], &[("client_id", client)]].concat();
        Browser::new(&org).authorize(&changes).await
    };
    assert_eq!(refused(&ask("portico-mfa").await), "invalid_request");
    ask("portico-basic").await.ok();
    let patch = okta_sim::ClientPatch {
        require_pkce: Some(true),
        ..Default::default()
    };
    org.set_client("portico-basic", patch).unwrap();
    let answer = ask("portico-basic").await;
    assert_eq!(refused(&answer), "invalid_request");
    assert!(returned(&answer)["error_description"].contains("by the application"));
}

#[tokio::test]
async fn authorize_accepts_a_post_and_works_at_a_custom_server() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    let posted = browser.post("/oauth2/v1/authorize", &asked(&[])).await.ok();
    assert!(posted.body.contains("name=\"username\""));
    code(&browser.password("password").await);
    let path = format!("{}/authorize", super::custom());
    code(
        &Browser {
            sid: browser.sid.clone(),
            ..Browser::new(&org)
        }
        .get(&path, &asked(&[]))
        .await,
    );
    org.allow_unexpected(Misuse::WrongMethod);
    org.allow_unexpected(Misuse::WrongContentType);
    org.ask(reqwest::Method::PUT, "/oauth2/v1/authorize")
        .await
        .is(405, "E0000022");
    org.ask(reqwest::Method::POST, "/oauth2/v1/authorize")
        .await
        .is(400, "E0000021");
}

#[tokio::test]
async fn the_answer_comes_in_the_mode_that_was_asked_for() {
    let org = org().await;
    let mut browser = Browser::new(&org);
    let with_query = format!("{CALLBACK}?from=okta");
    browser.authorize(&[("redirect_uri", &with_query)]).await.ok();
    let answer = browser.password("password").await;
    assert_eq!(returned(&answer)["from"], "okta");
    code(&answer);

    let fragment = browser.authorize(&[("response_mode", "fragment")]).await;
    assert!(
        fragment
            .header("location")
            .starts_with(&format!("{CALLBACK}#state=st+at%26e&code="))
    );

    let changes = [("response_mode", "form_post"), ("state", "\"><script>")];
    let page = browser.authorize(&changes).await.ok();
    assert!(
        page.body
            .contains(&format!("<form method=\"post\" action=\"{CALLBACK}\""))
    );
    assert!(page.body.contains("name=\"code\" value=\""));
    assert!(page.body.contains("name=\"state\" value=\"&quot;&gt;&lt;script&gt;\""));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    let script = org.get("/signin/assets/form-post.js").await;
    assert!(script.status == 200 && page.body.contains("/signin/assets/form-post.js"));
}

#[tokio::test]
async fn discovery_names_what_is_there() {
    let org = org().await;
    let document = org.get("/.well-known/openid-configuration").await.ok().json();
    assert_eq!(document["authorization_endpoint"], org.at("/oauth2/v1/authorize"));
    assert_eq!(document["end_session_endpoint"], org.at("/oauth2/v1/logout"));
    assert_eq!(
        document["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    for (list, value) in [
        ("response_types_supported", "code"),
        ("response_modes_supported", "form_post"),
        ("grant_types_supported", "authorization_code"),
    ] {
        let list = document[list].as_array().unwrap();
        assert!(list.contains(&value.into()), "{value}");
    }
}
