//! `/logout`.

use okta_sim::Misuse;

use super::{Browser, CALLBACK, GOODBYE, code, custom, custom_tokens, exchange, org, refused};
use crate::org::{Answer, Org};

const LOGOUT: &str = "/oauth2/v1/logout";

/// A browser with a session, and the tokens of its sign-in.
async fn signed_in(org: &Org) -> (Browser<'_>, Answer) {
    let mut browser = Browser::new(org);
    let code = browser.code(&[]).await;
    let tokens = exchange(org, &code).await.ok();
    (browser, tokens)
}

async fn has_session(browser: &mut Browser<'_>) -> bool {
    // Any one factor is enough for this client.
    let silent = [("prompt", "none"), ("client_id", "portico-optional")];
    let answer = browser.authorize(&silent).await;
    super::returned(&answer).contains_key("code")
}

#[tokio::test]
async fn it_ends_the_session_and_sends_the_browser_to_a_registered_address() {
    let org = org().await;
    let (mut browser, tokens) = signed_in(&org).await;
    let sid = browser.sid.clone();
    let hint = tokens.text("id_token");
    org.seconds(7200);
    let query = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", GOODBYE),
        ("state", "by&e"),
        ("client_id", "portico-demo"),
    ];
    let answer = browser.get(LOGOUT, &query).await;
    let to = format!("{GOODBYE}?state=by%26e");
    assert_eq!((answer.status, answer.header("location")), (302, to.clone()));
    assert!(browser.sid.is_empty() && answer.header("set-cookie").contains("Max-Age=0"));
    browser.sid = sid;
    assert!(!has_session(&mut browser).await, "the cookie alone is no session");
    // Without a session the answer is the same, and a POST works as well.
    let again = browser.post(LOGOUT, &query).await;
    assert_eq!((again.status, again.header("location")), (302, to));
    let bare = browser.get(LOGOUT, &query[..2]).await;
    assert_eq!(bare.header("location"), GOODBYE);
    let page = browser.get(LOGOUT, &query[..1]).await.ok();
    assert!(page.body.contains("Signed out"));
    assert_eq!(org.requests().last().unwrap().form["id_token_hint"], "[hidden]");
}

#[tokio::test]
async fn tokens_survive_a_logout() {
    let org = org().await;
    let (mut browser, tokens) = signed_in(&org).await;
    let hint = tokens.text("id_token");
    browser.get(LOGOUT, &[("id_token_hint", &hint)]).await.ok();
    let form = [("client_id", "portico-demo"), ("token", &tokens.text("access_token"))];
    let found = org.post("/oauth2/v1/introspect", &form).await.ok();
    assert_eq!(found.json()["active"], true);
}

#[tokio::test]
async fn a_request_with_a_flaw_ends_nothing_and_goes_nowhere() {
    let org = org().await;
    for misuse in [Misuse::BadParameter, Misuse::UnknownClient, Misuse::DuplicateParameter] {
        org.allow_unexpected(misuse);
    }
    let (mut browser, tokens) = signed_in(&org).await;
    let hint = tokens.text("id_token");
    let forged = format!("{}A", &hint[..hint.len() - 1]);
    let forged = if forged == hint {
        format!("{}B", &hint[..hint.len() - 1])
    } else {
        forged
    };
    let longer = format!("{GOODBYE}/");
    let access = tokens.text("access_token");
    let good = ("id_token_hint", hint.as_str());
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[], "invalid_request"),
        (&[("id_token_hint", "x")], "invalid_token"),
        (&[("id_token_hint", &forged)], "invalid_token"),
        (&[("id_token_hint", &access)], "invalid_token"),
        (&[good, ("post_logout_redirect_uri", &longer)], "invalid_request"),
        (&[good, ("post_logout_redirect_uri", CALLBACK)], "invalid_request"),
        (&[good, ("client_id", "portico-mfa")], "invalid_client"),
        (&[good, ("state", "a"), ("state", "b")], "invalid_request"),
        (
            &[good, ("post_logout_redirect_uri", "//evil.example.com")],
            "invalid_request",
        ),
    ];
    for (query, error) in cases {
        let answer = browser.get(LOGOUT, query).await;
        assert_eq!((answer.status, answer.header("location")), (400, String::new()));
        assert!(answer.body.contains(error), "{query:?}: {}", answer.body);
        assert!(has_session(&mut browser).await, "{query:?}");
    }
}

#[tokio::test]
async fn logout_requires_the_id_token_of_the_signed_in_user() {
    let org = org().await;
    let (mut browser, tokens) = signed_in(&org).await;
    browser
        .authorize(&[("prompt", "login"), ("client_id", "portico-optional")])
        .await
        .ok();
    code(&browser.password("otp").await);
    let hint = tokens.text("id_token");
    let answer = browser.get(LOGOUT, &[("id_token_hint", &hint)]).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("id_token_does_not_match_session"));
    assert!(has_session(&mut browser).await);
}

#[tokio::test]
async fn each_server_takes_its_own_tokens() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadParameter);
    let mut browser = Browser::new(&org);
    let tokens = custom_tokens(&org, &mut browser).await;
    let (hint, access) = (tokens.text("id_token"), tokens.text("access_token"));
    let refused_here = browser.get(LOGOUT, &[("id_token_hint", &hint)]).await;
    assert_eq!(refused_here.status, 400);
    let custom = format!("{}/logout", custom());
    assert_eq!(browser.get(&custom, &[("id_token_hint", &access)]).await.status, 400);
    browser.get(&custom, &[("id_token_hint", &hint)]).await.ok();
    let silent = browser.authorize(&[("prompt", "none")]).await;
    assert_eq!(refused(&silent), "login_required", "one session for all servers");
}

#[tokio::test]
async fn a_rotated_key_still_proves_the_token_until_it_is_withdrawn() {
    let org = org().await;
    org.allow_unexpected(Misuse::BadParameter);
    let (mut browser, tokens) = signed_in(&org).await;
    let hint = tokens.text("id_token");
    org.rotate_keys(false).unwrap();
    browser.get(LOGOUT, &[("id_token_hint", &hint)]).await.ok();
    let (mut browser, tokens) = signed_in(&org).await;
    let hint = tokens.text("id_token");
    org.rotate_keys(true).unwrap();
    assert_eq!(browser.get(LOGOUT, &[("id_token_hint", &hint)]).await.status, 400);
}
