//! The headers of every answer.

use reqwest::Method;

use crate::support::{Page, TestApp};

/// Every address and the methods it has.
pub(crate) const PAGES: [(&str, &[&str]); 20] = [
    ("/sign-in", &["GET", "POST"]),
    ("/sign-in/factor", &["GET", "POST"]),
    ("/sign-in/code", &["GET", "POST"]),
    ("/sign-in/code/resend", &["POST"]),
    ("/sign-in/push", &["GET", "POST"]),
    ("/sign-in/push/events", &["GET"]),
    ("/sign-in/push/resend", &["POST"]),
    ("/sign-in/passkey", &["GET", "POST"]),
    ("/sign-in/restart", &["POST"]),
    ("/account", &["GET"]),
    ("/account/end", &["POST"]),
    ("/account/end-others", &["POST"]),
    ("/sign-out", &["GET", "POST"]),
    ("/signed-out", &["GET"]),
    ("/session", &["GET"]),
    ("/companion.js", &["GET"]),
    ("/session/extend", &["POST"]),
    ("/global-token-revocation", &["POST"]),
    ("/sign-in/policy-reports", &["POST"]),
    ("/assets/app.css", &["GET"]),
];

/// The headers of SEC-301 to SEC-304 and SEC-318, whatever the answer.
pub(crate) fn is_guarded(page: &Page) {
    let of = |name: &str| page.header(name);
    let policy = of("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"),
        "{}: {policy}",
        page.url
    );
    for part in [
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{}: {policy}", page.url);
    }
    assert_eq!(of("x-content-type-options"), "nosniff", "{}", page.url);
    assert_eq!(of("x-frame-options"), "DENY");
    assert_eq!(of("cross-origin-opener-policy"), "same-origin");
    assert_eq!(of("cross-origin-resource-policy"), "same-origin");
    assert_eq!(of("referrer-policy"), "same-origin", "SEC-303");
    assert!(of("permissions-policy").contains("publickey-credentials-get=(self)"));
    assert!(!of("cache-control").is_empty());
    assert!(of("server").is_empty() && of("x-powered-by").is_empty(), "SEC-318");
    assert!(of("access-control-allow-origin").is_empty(), "SEC-305");
    assert!(of("strict-transport-security").is_empty(), "only over https");
    let kind = of("content-type");
    assert!(
        kind.is_empty() || !kind.starts_with("text/") || kind == "text/event-stream" || kind.contains("charset=utf-8"),
        "{kind}"
    );
    assert_eq!(page.headers.get_all("x-request-id").iter().count(), 1, "{}", page.url);
}

#[tokio::test]
async fn sec_302_every_answer_carries_the_headers() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let mut answers = Vec::new();
    for (path, _) in PAGES {
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
    answers.push(browser.posts("/sign-in", &[("username", &"a".repeat(40_000))]).await);
    answers.push(browser.sends(browser.request(Method::POST, "/sign-in").body("x")).await);
    answers.push(browser.gets("/sign-in?return_to=a&return_to=b").await);
    answers.push(browser.begins("locked").await);
    answers.push(browser.begins("password").await);
    answers.push(browser.gets("/account").await);
    answers.push(browser.signs_out().await);
    let mut seen: Vec<u16> = answers.iter().map(|page| page.status).collect();
    for page in &answers {
        is_guarded(page);
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
