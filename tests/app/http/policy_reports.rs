//! Reports of browsers about the content security policy (SEC-509).

use okta_sim::Endpoint;
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use reqwest::{Method, RequestBuilder};

use crate::support::{
    ATTEMPT, Browser, DEVICE, PASSWORD, Page, SESSION, Served, TestApp, builder_behind_proxy, client, eventually,
    metric, sum,
};

const PATH: &str = "/sign-in/policy-reports";

/// The media types of `report-uri` and of `report-to`.
const URI: &str = "application/csp-report";
const TO: &str = "application/reports+json";

/// One violation of this directive, in the format of `report-uri`.
fn violation(directive: &str) -> String {
    format!(r#"{{"csp-report":{{"effective-directive":"{directive}","blocked-uri":"inline"}}}}"#)
}

fn report(browser: &Browser, kind: &str, body: &str) -> RequestBuilder {
    let request = browser.request(Method::POST, PATH);
    request.header(CONTENT_TYPE, kind).body(body.to_owned())
}

/// The same answer to everything.
fn assert_same_answer(page: &Page) {
    page.expect(204);
    assert_eq!(page.body, "");
    assert!(page.headers.get("set-cookie").is_none());
}

async fn counted(app: &TestApp, directive: &str) -> u64 {
    let series = format!("portico_csp_reports_total{{directive=\"{directive}\"}}");
    metric(&app.metrics().await, &series)
}

#[tokio::test]
async fn sec_509_reports_are_counted_by_directive_whoever_sends_them() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let origins = ["null", app.base(), "https://elsewhere.test"];
    for (origin, site) in origins.into_iter().zip(["cross-site", "same-origin", "none"]) {
        let request = report(&browser, URI, &violation("img-src"));
        let request = request.header(ORIGIN, origin);
        let request = request.header("sec-fetch-site", site);
        assert_same_answer(&browser.sends(request.header("sec-fetch-dest", "report")).await);
    }
    let two = r#"[{"type":"csp-violation","url":"x","body":{"effectiveDirective":"script-src-elem"}},
                  {"type":"csp-violation","url":"x","body":{"effectiveDirective":"whatever I like"}}]"#;
    assert_same_answer(&browser.sends(report(&browser, TO, two)).await);
    assert_eq!(counted(&app, "img-src").await, 3);
    assert_eq!(counted(&app, "script-src-elem").await, 1);
    assert_eq!(counted(&app, "other").await, 1);
    let metrics = app.metrics().await;
    assert!(!metrics.contains("whatever"), "{metrics}");
    assert_eq!(app.asked(Endpoint::Token), 0);
}

#[tokio::test]
async fn sec_509_what_is_no_report_gets_the_same_answer_and_counts_for_nothing() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let fits = violation("img-src");
    let large = format!("{fits}{}", " ".repeat(8 * 1024));
    for (kind, body) in [
        (URI, ""),
        (URI, "x"),
        (URI, "[]"),
        (TO, "{}"),
        (TO, &fits),
        (URI, &large),
        ("application/json", &fits),
        ("text/plain", &fits),
        ("", &fits),
        ("application/x-www-form-urlencoded", "csp-report=x"),
    ] {
        assert_same_answer(&browser.sends(report(&browser, kind, body)).await);
    }
    assert_eq!(sum(&app.metrics().await, "portico_csp_reports_total{", ""), 0);
    let largest = format!("{fits}{}", " ".repeat(8 * 1024 - fits.len()));
    assert_same_answer(&browser.sends(report(&browser, URI, &largest)).await);
    assert_eq!(counted(&app, "img-src").await, 1);
}

#[tokio::test]
async fn sec_509_cookies_are_neither_read_nor_set() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    let session = browser.cookie(SESSION).unwrap();
    // Any other page of ours removes doubled cookies; this address sets none.
    let cookies = format!("{SESSION}={session}; {SESSION}=x; {ATTEMPT}=x; {ATTEMPT}=y; {DEVICE}=z");
    let stranger = app.browser();
    let page = stranger.request(Method::GET, "/account");
    let page = stranger.sends(page.header(COOKIE, &cookies)).await;
    assert!(page.headers.get("set-cookie").is_some());
    let request = report(&stranger, URI, &violation("img-src"));
    assert_same_answer(&stranger.sends(request.header(COOKIE, &cookies)).await);
    browser.gets("/account").await.expect(200);
}

#[tokio::test]
async fn sec_509_a_flood_is_cut_and_takes_nothing_from_sign_ins() {
    let app = builder_behind_proxy()
        .unset("limits.address_burst")
        .standing_still()
        .spawn()
        .await;
    let at = |address: &str| app.browser().with_header("x-forwarded-for", address);
    for number in 0..300 {
        let browser = at(&format!("192.0.2.{}", number % 200));
        assert_same_answer(&browser.sends(report(&browser, URI, &violation("img-src"))).await);
    }
    assert_eq!(counted(&app, "img-src").await, 20);
    let metrics = app.metrics().await;
    let cut = metric(&metrics, "portico_throttled_total{scope=\"reports\"}");
    assert_eq!(cut, 280);
    // Reports from another network still count, and sign-ins beside the flood are not held back.
    let elsewhere = at("198.51.100.1");
    let told = report(&elsewhere, URI, &violation("font-src"));
    assert_same_answer(&elsewhere.sends(told).await);
    assert_eq!(counted(&app, "font-src").await, 1);
    let neighbour = at("192.0.2.1");
    let form = neighbour.opens_sign_in(None).await;
    let done = neighbour.submits_password(&form, "password", PASSWORD).await;
    done.leads_to(app.base());
}

#[tokio::test]
async fn sec_509_nothing_of_a_report_is_in_the_log() {
    let served = Served::start().await;
    let told = r#"{"csp-report":{"effective-directive":"xx-directive","document-uri":"https://xx-document/","blocked-uri":"https://xx-blocked/",
        "script-sample":"xx-sample","source-file":"xx-source"}}"#;
    let request = client().post(format!("{}{PATH}?xx-query", served.base));
    let request = request.header(CONTENT_TYPE, URI).body(told);
    assert_eq!(request.send().await.unwrap().status(), 204);
    eventually("a line of the log", async || served.process.complaints().contains(PATH)).await;
    let log = served.process.complaints();
    assert!(!log.contains("xx-"), "{log}");
}
