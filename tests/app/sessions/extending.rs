//! `POST /session/extend`, and the CSRF token for it in `GET /session`.

use reqwest::Method;
use serde_json::Value;

use crate::support::{Browser, Page, SESSION, TestApp, secs};

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser
}

fn json(page: &Page) -> Value {
    assert_eq!(page.header("content-type"), "application/json");
    assert_eq!(page.header("cache-control"), "no-store");
    serde_json::from_str(&page.body).unwrap()
}

/// `GET /session` as a script of a page of the service sends it.
async fn looks(browser: &Browser) -> Value {
    let request = browser.request(Method::GET, "/session");
    json(&browser.sends(request.header("sec-fetch-site", "same-origin")).await)
}

/// `POST /session/extend` as such a script sends it.
async fn extends(browser: &Browser, token: &str) -> Page {
    let request = browser
        .request(Method::POST, "/session/extend")
        .header("sec-fetch-site", "same-origin")
        .header("x-csrf-token", token);
    browser.sends(request).await
}

#[tokio::test]
async fn sec_205_staying_signed_in_counts_as_use_and_says_until_when() {
    let app = TestApp::builder().standing_still().spawn().await;
    let browser = signed_in(&app).await;
    let token = looks(&browser).await["csrf"].as_str().unwrap().to_owned();
    app.advance(secs(1799));
    let answer = extends(&browser, &token).await;
    let extended = json(answer.expect(200));
    let idle_end = app.now().as_second() + 1800;
    assert_eq!(extended["idle_expires_at"], idle_end);
    assert_eq!(extended, looks(&browser).await);
    app.advance(secs(1799));
    assert_eq!(browser.session().await["active"], true);
    // A form does the same.
    let form = [("csrf", token.as_str())];
    browser.posts("/session/extend", &form).await.expect(200);
    app.advance(secs(1799));
    assert_eq!(looks(&browser).await["active"], true);
}

#[tokio::test]
async fn sec_204_nothing_is_extended_past_the_absolute_limit() {
    let builder = TestApp::builder().standing_still();
    let app = builder.set("session.absolute", "1h").spawn().await;
    let browser = signed_in(&app).await;
    let first = looks(&browser).await;
    let token = first["csrf"].as_str().unwrap();
    for _ in 0..3 {
        app.advance(secs(1199));
        let extended = json(extends(&browser, token).await.expect(200));
        assert_eq!(extended["expires_at"], first["expires_at"]);
        assert!(extended["idle_expires_at"].as_i64() <= first["expires_at"].as_i64());
    }
    app.advance(secs(3));
    let ended = json(extends(&browser, token).await.expect(401));
    let sign_in = format!("{}/sign-in", app.base());
    assert_eq!(ended, serde_json::json!({ "active": false, "sign_in": sign_in }));
}

#[tokio::test]
async fn who_is_not_signed_in_gets_json_whatever_is_posted() {
    let app = TestApp::spawn().await;
    let nobody = app.browser();
    assert_eq!(json(extends(&nobody, "x").await.expect(401))["active"], false);
    nobody.plants_cookie(SESSION, &"A".repeat(43));
    assert_eq!(json(extends(&nobody, "x").await.expect(401))["active"], false);
    let browser = signed_in(&app).await;
    let token = looks(&browser).await["csrf"].as_str().unwrap().to_owned();
    let other = browser.clone();
    other.signs_out().await.leads_to("/signed-out");
    json(extends(&browser, &token).await.expect(401));
    nobody.gets("/session/extend").await.expect(405);
}

#[tokio::test]
async fn sec_102_sec_104_only_a_page_of_ours_with_its_token_extends() {
    let app = TestApp::builder().standing_still().spawn().await;
    let (browser, other) = (signed_in(&app).await, signed_in(&app).await);
    let token = looks(&browser).await["csrf"].as_str().unwrap().to_owned();
    let foreign = looks(&other).await["csrf"].as_str().unwrap().to_owned();
    let idle_end = browser.session().await["idle_expires_at"].clone();
    app.advance(secs(60));
    for wrong in ["", "AAAA", &foreign] {
        let refused = json(extends(&browser, wrong).await.expect(403));
        assert_eq!(refused["error"], "csrf");
    }
    for site in ["cross-site", "same-site", "none"] {
        let request = browser
            .request(Method::POST, "/session/extend")
            .header("sec-fetch-site", site)
            .header("x-csrf-token", &token);
        let refused = json(browser.sends(request).await.expect(403));
        assert_eq!(refused, serde_json::json!({"error": "forbidden"}));
    }
    let unstated = browser.request(Method::POST, "/session/extend");
    let unstated = unstated.header("x-csrf-token", &token);
    json(browser.sends(unstated).await.expect(403));
    let posted = browser.posts("/session", &[]).await;
    assert_eq!(posted.header("allow"), "GET, HEAD");
    assert_eq!(json(posted.expect(405))["error"], "method_not_allowed");
    assert_eq!(browser.session().await["idle_expires_at"], idle_end);
}

#[tokio::test]
async fn sec_102_the_token_is_for_scripts_of_this_origin_alone() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    assert!(browser.session().await.get("csrf").is_none());
    for site in ["cross-site", "same-site", "none"] {
        let request = browser.request(Method::GET, "/session");
        let answer = browser.sends(request.header("sec-fetch-site", site)).await;
        assert!(json(answer.expect(200)).get("csrf").is_none(), "{site}");
    }
    assert!(looks(&app.browser()).await.get("csrf").is_none());
}

#[tokio::test]
async fn scripts_are_told_in_json_also_what_is_refused_before_their_address_is_read() {
    let app = TestApp::spawn().await;
    let browser = signed_in(&app).await;
    let long = "a".repeat(33 * 1024);
    for (method, path) in [(Method::GET, "/session"), (Method::POST, "/session/extend")] {
        let cases = [
            (
                path.to_owned(),
                ("x-long", long.as_str()),
                431,
                "request_header_fields_too_large",
            ),
            (
                format!("{path}?{}", &long[..25 * 1024]),
                ("x-short", "a"),
                414,
                "uri_too_long",
            ),
            (path.to_owned(), ("host", "evil.test"), 421, "misdirected_request"),
        ];
        for (address, (name, value), status, error) in cases {
            let request = browser.request(method.clone(), &address).header(name, value);
            let request = request.header("accept", "application/json");
            let refused = json(browser.sends(request).await.expect(status));
            assert_eq!(refused, serde_json::json!({ "error": error }), "{path}");
        }
    }
}
