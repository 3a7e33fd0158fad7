//! Browsers' reports about our pages reach the service.

use reqwest::Method;

use crate::scene::Scene;

behind_every_proxy! {
    side_by_side:
    sec_509_a_report_gets_through
}

pub(crate) async fn sec_509_a_report_gets_through(scene: Scene) {
    let browser = scene.app.browser();
    let address = scene.at("/sign-in/policy-reports");
    let request = browser
        .request(Method::POST, &address)
        .header("content-type", "application/csp-report")
        .header("origin", "null")
        .header("sec-fetch-site", "cross-site")
        .body(r#"{"csp-report":{"effective-directive":"img-src"}}"#);
    browser.sends(request).await.expect(204);
    let metrics = scene.app.metrics().await;
    let counted = r#"portico_csp_reports_total{directive="img-src"} 1"#;
    assert!(metrics.lines().any(|line| line == counted), "{metrics}");
}
