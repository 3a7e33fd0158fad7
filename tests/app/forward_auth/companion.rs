//! `GET /companion.js` as browsers and proxies fetch it. `tests/browser` looks at what it does on a page.

use reqwest::Method;

use crate::support::{Browser, Page, TestApp};

async fn fetches(browser: &Browser, headers: &[(&str, &str)]) -> Page {
    let request = browser.request(Method::GET, "/companion.js");
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value));
    browser.sends(request).await
}

#[tokio::test]
async fn sec_305_the_companion_stands_at_one_address_and_is_asked_for_again() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let plain = fetches(&browser, &[]).await;
    plain.expect(200);
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.header("vary"), "Accept-Encoding");
    assert!(plain.header("content-encoding").is_empty());
    assert!(plain.body.contains("portico:expired"));
    let tag = plain.header("etag");
    for known in [tag, "*", &format!("\"other\", {tag}")] {
        let same = fetches(&browser, &[("if-none-match", known)]).await;
        assert_eq!(same.expect(304).header("etag"), tag);
        assert_eq!(same.header("cache-control"), "no-cache");
        assert!(same.body.is_empty());
    }
    for known in ["\"other\"", "nonsense"] {
        fetches(&browser, &[("if-none-match", known)]).await.expect(200);
    }
    let head = browser.request(Method::HEAD, "/companion.js");
    assert_eq!(browser.sends(head).await.expect(200).header("etag"), tag);
}

#[tokio::test]
async fn the_companion_weighs_two_kibibytes_at_most() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let plain = fetches(&browser, &[]).await;
    for (accepted, is_gzipped) in [
        ("gzip", true),
        ("gzip, deflate, br, zstd", true),
        ("br", false),
        ("identity", false),
        ("gzip;q=0", false),
    ] {
        let answer = fetches(&browser, &[("accept-encoding", accepted)]).await;
        let encoding = answer.expect(200).header("content-encoding");
        assert_eq!(encoding, if is_gzipped { "gzip" } else { "" }, "{accepted}");
        assert_eq!(answer.header("etag"), plain.header("etag"));
        let length: usize = answer.header("content-length").parse().unwrap();
        if is_gzipped {
            assert!(length <= 2048, "{length} bytes");
        } else {
            assert_eq!(answer.body, plain.body);
        }
    }
}

#[tokio::test]
async fn sec_301_nothing_in_the_companion_needs_a_looser_policy() {
    let app = TestApp::spawn().await;
    let script = fetches(&app.browser(), &[]).await.body;
    for loose in [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        ".style",
        "setAttribute",
        "//",
    ] {
        assert!(!script.contains(loose), "{loose}");
    }
}
