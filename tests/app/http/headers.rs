//! The headers of every answer.

use reqwest::Method;

use crate::support::{ADDRESSES, TestApp, assert_guarded};

#[tokio::test]
async fn sec_302_every_answer_carries_the_headers() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let mut answers = Vec::new();
    for (path, _) in ADDRESSES {
        answers.push(browser.gets(path).await);
        answers.push(browser.posts(path, &[("csrf", "x")]).await);
    }
    for path in [
        "/",
        "/nothing",
        "/sign-in/",
        "/sign-in/x.css",
        "/assets/nothing.css",
        "/assets/../Cargo.toml",
        "/%00",
    ] {
        answers.push(browser.gets(path).await);
    }
    answers.push(browser.posts("/sign-in", &[("username", "a")]).await);
    answers.push(browser.posts("/sign-in", &[("username", &"a".repeat(60_000))]).await);
    answers.push(browser.sends(browser.request(Method::POST, "/sign-in").body("x")).await);
    answers.push(browser.gets("/sign-in?return_to=a&return_to=b").await);
    answers.push(browser.begins("locked").await);
    answers.push(browser.begins("password").await);
    answers.push(browser.gets("/account").await);
    answers.push(browser.signs_out().await);
    let mut seen: Vec<u16> = answers.iter().map(|page| page.status).collect();
    for page in &answers {
        assert_guarded(page);
        if page.status >= 400 && page.header("content-type").starts_with("text/html") {
            assert!(
                !page.heading().is_empty(),
                "{} {}: a page of ours",
                page.status,
                page.url
            );
        }
    }
    seen.sort_unstable();
    seen.dedup();
    for status in [200, 303, 400, 403, 404, 405, 413, 415] {
        assert!(seen.contains(&status), "{status} is not among {seen:?}");
    }
}

#[tokio::test]
async fn sec_305_files_are_kept_for_ever_under_their_hash_only() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let start = form.body.find("/assets/app.css?v=").unwrap();
    let address = form.body[start..].split('"').next().unwrap().to_owned();
    let hashed = browser.gets(&address).await;
    assert_eq!(
        hashed.expect(200).header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(
        browser
            .gets("/assets/app.css")
            .await
            .expect(200)
            .header("cache-control"),
        "no-cache"
    );
    browser.gets("/assets/secret.css").await.expect(404);
    assert!(!form.body.contains("//cdn") && !form.body.contains("<style"));
}
