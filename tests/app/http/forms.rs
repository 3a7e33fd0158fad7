//! Forms that no page of ours sends: of another type, with fields missing, doubled or in the address, too large, too
//! slow.

use okta_sim::Endpoint;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, ORIGIN};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::{PASSWORD, SESSION, TestApp, assert_guarded, connect, secs};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn sec_125_odd_forms_reach_nobody() {
    let app = TestApp::spawn().await;
    let ours = app.base().to_owned();
    let cases: [(&str, &str, &str, u16); 8] = [
        ("/sign-in", FORM, "username=a&username=b&password=x", 400),
        ("/sign-in", FORM, "username=a&password=x&password=y", 400),
        ("/sign-in", FORM, "password=x", 400),
        ("/sign-in", "text/plain", "username=a&password=x", 415),
        ("/sign-in", "application/json", "{\"username\":\"a\"}", 415),
        ("/sign-in?password=x", FORM, "username=a", 400),
        ("/sign-in?username=a&password=x", FORM, "", 400),
        ("/sign-in/code?code=123456", FORM, "code=1", 400),
    ];
    for (address, kind, body, status) in cases {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let hidden = format!("&csrf={}&attempt={}", form.value("csrf"), form.value("attempt"));
        let body = if kind == FORM {
            format!("{body}{hidden}")
        } else {
            body.to_owned()
        };
        let request = browser
            .request(Method::POST, address)
            .header(ORIGIN, &ours)
            .header(CONTENT_TYPE, kind)
            .body(body);
        let page = browser.sends(request).await;
        assert_eq!(page.status, status, "{address} {kind}: {}", page.text());
        assert!(!page.heading().is_empty(), "a page of ours, not a bare text");
        assert!(page.cookies(SESSION).is_empty());
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_307_a_form_that_is_too_large_is_refused() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let long = "a".repeat(49 * 1024);
    let page = browser
        .presses(&form, "/sign-in", &[("username", &long), ("password", "x")])
        .await;
    page.expect(413).is_headed("We couldn’t read that request");
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_307_a_form_of_more_than_twenty_fields_is_refused_before_anybody_is_asked() {
    let app = TestApp::spawn().await;
    for (fields, status) in [(21, 413), (200, 413), (20, 303)] {
        let browser = app.browser();
        let form = browser.opens_sign_in(None).await;
        let names: Vec<String> = (form.form("/sign-in").len() + 2..fields)
            .map(|number| format!("more{number}"))
            .collect();
        let mut all = vec![("username", "password@example.com"), ("password", PASSWORD)];
        all.extend(names.iter().map(|name| (name.as_str(), "x")));
        let page = browser.presses(&form, "/sign-in", &all).await;
        page.expect(status);
        assert_eq!(app.asked(Endpoint::Token), u64::from(status == 303), "{fields}");
        if status == 413 {
            page.is_headed("We couldn’t read that request");
            assert_guarded(&page);
        }
    }
}

#[tokio::test]
async fn sec_307_a_form_is_measured_and_judged_as_it_arrives() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let long = format!("username={}", "a".repeat(48 * 1024));
    let cases = [
        (FORM, long.as_str(), 413),
        ("text/plain", "username=a", 415),
        ("multipart/form-data; boundary=x", "username=a", 415),
        (FORM, "csrf=a", 400),
        (FORM, "username=a&username=b", 400),
    ];
    for (kind, body, status) in cases {
        let post = browser
            .request(Method::POST, "/sign-in")
            .header(ORIGIN, app.base())
            .header(CONTENT_TYPE, kind)
            .body(body.to_owned());
        browser.sends(post).await.expect(status);
    }
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_308_a_form_that_dribbles_in_is_given_up() {
    let app = TestApp::spawn().await;
    let mut socket = connect(app.port()).await;
    let head = format!(
        "POST /sign-in HTTP/1.1\r\nHost: localhost:{}\r\nOrigin: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nusername=",
        app.port(),
        app.base(),
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    // The deadline is ten seconds of the service's clock. However late it was set, the running clock reaches it.
    app.advance(secs(9));
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}
