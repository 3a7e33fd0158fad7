//! The page for Prometheus: its two formats, and what stands on it when.

use std::collections::BTreeSet;

use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::support::{PASSWORD, TestApp, client};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLASSIC: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The media type of the answer, and its lines.
async fn page(app: &TestApp, accept: Option<&str>) -> (String, Vec<String>) {
    let mut asking = client().get(app.private("/metrics"));
    if let Some(accept) = accept {
        asking = asking.header(ACCEPT, accept);
    }
    let answer = asking.send().await.unwrap();
    let kind = answer.headers()[CONTENT_TYPE].to_str().unwrap().to_owned();
    let text = answer.text().await.unwrap();
    (kind, text.lines().map(str::to_owned).collect())
}

#[tokio::test]
async fn a_scraper_gets_the_format_that_it_asks_for() {
    let app = TestApp::spawn().await;
    for (accept, expected) in [
        (None, CLASSIC),
        (Some("*/*"), CLASSIC),
        (Some("text/plain;version=0.0.4"), CLASSIC),
        (Some("application/openmetrics-text;version=1.0.0"), OPEN_METRICS),
        // Prometheus 2.42
        (
            Some(
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;\
                 version=0.0.4;q=0.5,*/*;q=0.1",
            ),
            OPEN_METRICS,
        ),
    ] {
        let (kind, lines) = page(&app, accept).await;
        assert_eq!(kind, expected, "{accept:?}");
        let is_open_metrics = lines.last().unwrap() == "# EOF";
        assert_eq!(is_open_metrics, expected == OPEN_METRICS, "{accept:?}");
        let counter = if is_open_metrics {
            "# TYPE portico_attempts counter"
        } else {
            "# TYPE portico_attempts_total counter"
        };
        assert!(lines.iter().any(|line| line == counter), "{accept:?}");
    }
}

/// The names and labels on a page.
fn series(lines: &[String]) -> BTreeSet<&str> {
    let samples = lines.iter().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| Some(line.rsplit_once(' ')?.0)).collect()
}

#[tokio::test]
async fn every_count_is_there_from_the_start_and_no_figure_before_it_is_known() {
    let mut app = TestApp::builder().without_okta().spawn().await;
    let (_, before) = page(&app, None).await;
    app.okta_returns().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let form = browser.submits_password(&form, "password", "wrong").await;
    browser.submits_password(&form, "password", PASSWORD).await;
    browser.signs_out().await.leads_to("/signed-out");
    let browser = app.browser();
    let code = browser.reaches("otp", "otp").await;
    browser.enters_code(&code, "000000").await;
    let (_, after) = page(&app, None).await;
    let (known, now) = (series(&before), series(&after));
    // Routes are known once they are asked for, and what Okta tells once it does.
    let late = ["portico_clock_skew_seconds", "portico_okta_rate_limit_remaining"];
    let (expected, surprising): (Vec<&str>, Vec<&str>) = now
        .difference(&known)
        .partition(|series| late.contains(series) || series.starts_with("portico_http_request"));
    assert!(surprising.is_empty(), "{surprising:#?}");
    assert!(late.iter().all(|series| expected.contains(series)), "{expected:#?}");
}
