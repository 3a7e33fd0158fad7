//! Signing in via Okta's hosted page: there and back.

mod hostile_returns;
mod sign_out;
mod ways_on;

use std::collections::HashMap;

use okta_sim::{AccountPatch, Endpoint};
use reqwest::Method;
use url::Url;

use crate::support::{Browser, HOSTED, SESSION, TestApp, back, metric, mins};

fn query(address: &str) -> HashMap<String, String> {
    let url = Url::parse(address).unwrap();
    url.query_pairs().into_owned().collect()
}

/// A fresh browser, signed in via Okta's hosted page.
async fn signed_in(app: &TestApp, login: &str) -> Browser {
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let okta = browser.leaves_for_okta(&form).await;
    let to = okta.signs_in(login).await;
    browser.gets(&to).await.leads_to(app.base());
    browser
}

#[tokio::test]
async fn the_button_leads_to_okta_and_back_to_the_destination_with_a_session() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = browser
        .gets("/sign-in?return_to=/account&login_hint=password@example.com&acr_values=urn:okta:loa:1fa:any")
        .await;
    let leaves = browser.gets(&form.link(HOSTED).unwrap()).await;
    assert_eq!(leaves.header("cache-control"), "no-store");
    let asked = query(leaves.location());
    let expected = [
        ("client_id", "portico-demo"),
        ("response_type", "code"),
        ("response_mode", "query"),
        ("code_challenge_method", "S256"),
        ("login_hint", "password@example.com"),
        ("acr_values", "urn:okta:loa:1fa:any"),
        ("redirect_uri", &format!("{}/sign-in/okta/callback", app.base())),
    ];
    for (name, value) in expected {
        assert_eq!(asked[name], value, "{name}");
    }
    assert!(!asked.contains_key("prompt") && asked["nonce"] != asked["state"]);

    let okta = browser.arrives_at_okta(&leaves).await;
    assert_eq!(okta.shows().await.value("username"), "password@example.com");
    let to = okta.signs_in("password").await;
    let home = browser.gets(&to).await;
    home.leads_to(&format!("{}/account", app.base()));
    assert_eq!(home.header("cache-control"), "no-store");
    assert!(!home.body.contains(&query(&to)["code"]));
    let session = browser.session().await;
    assert_eq!(session["active"], true);
    assert_eq!(session["acr"], "urn:okta:loa:1fa:any");
    browser.gets("/account").await.expect(200).says("password@example.com");
    assert_eq!((app.grants("authorization_code"), app.grants("password")), (1, 0));
    let metrics = app.metrics().await;
    let series = r#"portico_attempts_total{factor="okta_page",result="accepted"}"#;
    assert_eq!(metric(&metrics, series), 1, "{metrics}");
}

#[tokio::test]
async fn where_it_is_not_offered_there_is_no_such_page() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    assert_eq!(form.link(HOSTED), None);
    assert!(!form.header("content-security-policy").contains(&app.okta().issuer()));
    for path in ["/sign-in/okta", "/sign-in/okta/callback?code=c&state=s"] {
        browser.gets(path).await.expect(404);
    }
}

#[tokio::test]
async fn only_get_leaves_and_comes_back() {
    let app = TestApp::hosted().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let okta = browser.leaves_for_okta(&form).await;
    let to = okta.signs_in("password").await;
    for method in [Method::HEAD, Method::POST] {
        let answer = browser.sends(browser.request(method, &to)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, "GET"));
    }
    assert_eq!(app.grants("authorization_code"), 0);
    browser.gets(&to).await.leads_to(app.base());
}

#[tokio::test]
async fn whoever_has_a_session_at_okta_is_asked_for_nothing() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let before = browser.cookie(SESSION).unwrap();
    let again = browser.gets("/sign-in?prompt=login&return_to=/account").await;
    // The browser is signed in, so this raises its session: only a new proof will do.
    let leaves = browser.gets(&again.link(HOSTED).unwrap()).await;
    assert_eq!(query(leaves.location())["prompt"], "login");

    let other = app.browser();
    other.plants_cookie("sid", &browser.cookie("sid").unwrap());
    let form = other.opens_sign_in(Some("/account")).await;
    let leaves = other.gets(&form.link(HOSTED).unwrap()).await;
    let to = back(&other.gets(leaves.location()).await);
    other.gets(&to).await.leads_to(&format!("{}/account", app.base()));
    assert_ne!(other.cookie(SESSION).unwrap(), before);
}

#[tokio::test]
async fn sec_207_an_old_session_at_okta_is_no_recent_proof() {
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    app.advance(mins(8));
    let other = app.browser();
    other.plants_cookie("sid", &browser.cookie("sid").unwrap());
    let form = other.gets("/sign-in?return_to=/account&max_age=300").await;
    let okta = other.leaves_for_okta(&form).await;
    other
        .gets(&okta.signs_in("password").await)
        .await
        .leads_to(&format!("{}/account", app.base()));
    // A proof that is recent enough is not asked for again.
    let third = app.browser();
    third.plants_cookie("sid", &other.cookie("sid").unwrap());
    let form = third.gets("/sign-in?return_to=/account&max_age=300").await;
    let leaves = third.gets(&form.link(HOSTED).unwrap()).await;
    assert_eq!(query(leaves.location())["max_age"], "300");
    let to = back(&third.gets(leaves.location()).await);
    third.gets(&to).await.leads_to(&format!("{}/account", app.base()));
}

#[tokio::test]
async fn sec_207_a_proof_that_does_not_say_when_it_was_given_is_not_of_now() {
    let asks = "/sign-in?max_age=300&return_to=/account";
    let app = TestApp::hosted().await;
    let browser = signed_in(&app, "password").await;
    let account = format!("{}/account", app.base());
    browser.gets(asks).await.leads_to(&account);
    let odd = serde_json::Value::from("1900000000");
    for odd in [None, Some(odd)] {
        app.okta().set_switch(|on| match &odd {
            None => drop(on.missing_claims.insert("auth_time".to_owned())),
            Some(odd) => {
                on.missing_claims.clear();
                on.odd_claims.insert("auth_time".to_owned(), odd.clone());
            }
        });
        let browser = signed_in(&app, "password").await;
        browser.gets("/account").await.expect(200);
        browser.gets(asks).await.expect(200).says("One more check");
    }
}

#[tokio::test]
async fn sec_207_a_session_is_raised_by_a_new_proof_of_the_same_person_alone() {
    let app = TestApp::hosted().await;
    app.okta().set_account("second", AccountPatch::default());
    let browser = signed_in(&app, "password").await;
    let before = browser.cookie(SESSION).unwrap();
    let proved = browser.session().await["auth_time"].clone();
    app.advance(mins(3));
    let form = browser.gets("/sign-in?max_age=0&return_to=/account").await;
    let okta = browser.leaves_for_okta(form.says("One more check")).await;
    let refused = browser.gets(&okta.signs_in("second").await).await;
    let shown = browser.follows(&refused).await;
    shown.expect(200).says("That’s a different account");
    assert_eq!(browser.cookie(SESSION).unwrap(), before);
    assert_eq!(browser.session().await["auth_time"], proved);
    app.revoked(1).await;

    let okta = browser.leaves_for_okta(&shown).await;
    let to = okta.signs_in("password").await;
    browser.gets(&to).await.leads_to(&format!("{}/account", app.base()));
    assert_ne!(browser.cookie(SESSION).unwrap(), before);
    assert_ne!(browser.session().await["auth_time"], proved);
    assert_eq!(app.asked(Endpoint::Authorize), 3);
}
