//! Methods, statuses and headers of every address.

use reqwest::Method;
use reqwest::header::{HOST, ORIGIN};

use crate::support::{ADDRESSES, ATTEMPT, SESSION, TestApp, assert_guarded};

#[tokio::test]
async fn sec_306_each_address_has_its_methods_and_says_so() {
    let app = TestApp::spawn().await;
    for (path, allowed) in ADDRESSES {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            if allowed.contains(&method) {
                continue;
            }
            let browser = app.browser();
            let request = browser
                .request(Method::from_bytes(method.as_bytes()).unwrap(), path)
                .header(ORIGIN, app.base());
            let page = browser.sends(request).await;
            assert_eq!(page.status, 405, "{method} {path}: {}", page.text());
            let mut named: Vec<&str> = page
                .header("allow")
                .split(", ")
                .filter(|name| *name != "HEAD")
                .collect();
            named.sort_unstable();
            assert_eq!(named, allowed, "{method} {path}");
            assert_guarded(&page);
            assert!(page.headers.get("set-cookie").is_none(), "{method} {path}");
        }
    }
    assert_eq!(app.asked(okta_sim::Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_306_no_header_turns_one_method_into_another() {
    let app = TestApp::spawn().await;
    for header in ["x-http-method-override", "x-http-method", "x-method-override"] {
        let browser = app.browser().with_header(header, "POST");
        browser.gets("/sign-in/restart").await.expect(405);
        browser.gets("/sign-out?_method=POST").await.leads_to("/signed-out");
    }
}

#[tokio::test]
async fn no_answer_but_a_finished_sign_in_sets_a_session() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for (path, _) in ADDRESSES {
        for page in [browser.gets(path).await, browser.posts(path, &[("csrf", "x")]).await] {
            assert!(
                page.cookies(SESSION).iter().all(|cookie| cookie.contains("Max-Age=0")),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_with_a_way_on() {
    let app = TestApp::spawn().await;
    let page = app.browser().gets("/nothing/here?x=%3Cscript%3E").await;
    page.expect(404).is_headed("There is no page here");
    assert!(!page.body.contains("<script>alert") && !page.text().contains("nothing/here"));
    assert!(page.cookies(ATTEMPT).is_empty());
    let code = page.header("x-request-id").to_owned();
    page.says(&code);
}

#[tokio::test]
async fn sec_310_another_host_gets_nothing_of_ours() {
    let app = TestApp::spawn().await;
    for host in [
        "evil.test",
        "127.0.0.1",
        "localhost",
        "localhost:1",
        &format!("localhost:{}.evil.test", app.port()),
    ] {
        let browser = app.browser();
        let page = browser
            .sends(browser.request(Method::GET, "/sign-in").header(HOST, host))
            .await;
        page.expect(421);
        assert!(page.headers.get("set-cookie").is_none());
        assert!(!page.body.contains("evil.test"), "{host}");
    }
    let browser = app
        .browser()
        .with_header("x-forwarded-host", "evil.test")
        .with_header("x-forwarded-proto", "https");
    let form = browser.opens_sign_in(None).await;
    assert!(!form.expect(200).body.contains("evil.test"));
    let answer = browser
        .submits_password(&form, "password", crate::support::PASSWORD)
        .await;
    answer.leads_to(app.base());
    assert!(
        !answer.cookies(SESSION)[0].contains("Secure"),
        "the scheme comes from the settings"
    );
}

#[tokio::test]
async fn sec_307_what_is_larger_than_any_request_of_ours_is_refused() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser
        .gets(&format!("/sign-in?return_to=/{}", "a".repeat(24 * 1024)))
        .await;
    page.expect(414).is_headed("We couldn’t read that request");
    let long = app.browser().with_header("x-long", &"a".repeat(33 * 1024));
    long.gets("/sign-in")
        .await
        .expect(431)
        .is_headed("Your browser sends too much to this site")
        .says("Delete this site’s cookies");
    let mut many = app.browser();
    for number in 0..100 {
        many = many.with_header(&format!("x-{number}"), "a");
    }
    many.gets("/sign-in").await.expect(431);
}

#[tokio::test]
async fn the_language_is_the_one_the_browser_asks_for() {
    let app = TestApp::spawn().await;
    for (asked, lang) in [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("xx", "en"),
        ("en", "en"),
        ("de;q=0", "en"),
        ("en;q=0, *;q=0, de;q=0.1", "de"),
    ] {
        let page = app
            .browser()
            .with_header("accept-language", asked)
            .gets("/sign-in")
            .await;
        assert!(page.body.contains(&format!("<html lang=\"{lang}\"")), "{asked}");
    }
    assert!(
        app.browser()
            .gets("/sign-in?ui_locales=de")
            .await
            .body
            .contains("<html lang=\"de\"")
    );
}
