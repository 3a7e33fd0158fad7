//! The private port: health, readiness, metrics, and the drain before a stop.

use crate::support::{PASSWORD, TestApp, eventually, metric, secs, sum};

#[tokio::test]
async fn liveness_and_readiness_are_on_the_private_port_only() {
    let app = TestApp::spawn().await;
    assert_eq!(app.ops("/healthz").await.0, 200);
    assert_eq!(app.ops("/readyz").await.0, 200);
    let browser = app.browser();
    for path in ["/healthz", "/readyz", "/metrics", "/admin/sessions"] {
        browser.gets(path).await.expect(404);
    }
    for path in ["/sign-in", "/account", "/session", "/"] {
        assert_eq!(app.ops(path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn the_metrics_count_sign_ins_by_way_and_outcome_and_calls_and_limits() {
    let app = TestApp::builder().set("limits.account_burst", "3").spawn().await;
    let browser = app.browser();
    let form = browser.opens_sign_in(None).await;
    let mut page = form;
    for _ in 0..3 {
        page = browser.submits_password(&page, "password", "wrong").await;
    }
    browser.submits_password(&page, "password", PASSWORD).await.expect(429);
    let code = browser.reaches("otp", "otp").await;
    browser
        .enters_code(&code, &app.phone("otp").otp().unwrap())
        .await
        .leads_to(app.base());
    let metrics = app.metrics().await;
    for (series, count) in [
        ("portico_attempts_total{factor=\"password\",result=\"wrong\"}", 3),
        ("portico_attempts_total{factor=\"password\",result=\"more_needed\"}", 1),
        ("portico_attempts_total{factor=\"otp\",result=\"accepted\"}", 1),
        ("portico_throttled_total{scope=\"account\"}", 1),
        ("portico_sessions_active", 1),
    ] {
        assert_eq!(metric(&metrics, series), count, "{series}\n{metrics}");
    }
    let calls = |class: &str| {
        let class = format!("class=\"{class}\"");
        sum(&metrics, "portico_okta_requests_total{endpoint=\"token\"", &class)
    };
    let by_class = ["normal", "user", "trouble"].map(calls);
    assert_eq!(by_class, [2, 3, 0], "wrong passwords are no trouble\n{metrics}");
    assert!(
        metrics.contains("portico_http_requests_total{route=\"/sign-in\",method=\"POST\",code=\"403\"} 3"),
        "{metrics}"
    );
    assert!(!metrics.contains("example.com"), "no names in metrics");
    browser.signs_out().await.leads_to("/signed-out");
    let metrics = app.metrics().await;
    assert_eq!(metric(&metrics, "portico_sessions_active"), 0);
    assert_eq!(metric(&metrics, "portico_session_ended_total{reason=\"sign_out\"}"), 1);
}

#[tokio::test]
async fn made_up_addresses_share_one_series() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    for number in 0..20 {
        browser.gets(&format!("/made-up-{number}")).await.expect(404);
    }
    let metrics = app.metrics().await;
    assert!(!metrics.contains("made-up"), "{metrics}");
    assert!(metrics.contains("code=\"404\"} 20"), "{metrics}");
}

async fn takes_connections(app: &TestApp) -> bool {
    let address = ("127.0.0.1", app.port());
    tokio::net::TcpStream::connect(address).await.is_ok()
}

#[tokio::test]
async fn sec_413_told_to_stop_the_service_goes_on_for_the_drain_delay_not_ready_any_more() {
    let app = TestApp::builder().standing_still().spawn().await;
    assert_eq!(app.ops("/readyz").await.0, 200);
    let kept = app.browser().gets("/signed-out").await;
    assert_eq!(kept.header("connection"), "");
    app.stops();
    eventually("not ready", async || app.ops("/readyz").await.0 == 503).await;
    // Pools of proxies send their next request to another replica, not into a connection that is about to end.
    let last = app.browser().gets("/signed-out").await;
    assert_eq!(last.header("connection"), "close");
    app.browser().begins("password").await.leads_to(app.base());
    app.advance(secs(4));
    app.browser().begins("password").await.leads_to(app.base());
    assert_eq!(app.ops("/readyz").await.0, 503);
    assert_eq!(app.ops("/healthz").await.0, 200, "not to be killed yet");
    app.advance(secs(1));
    eventually("no new connections", async || !takes_connections(&app).await).await;
    app.wait_for_end().await;
}

#[tokio::test]
async fn sec_413_without_a_drain_delay_the_end_comes_at_once_and_told_twice_as_well() {
    for (delay, times) in [("0s", 1), ("60s", 2)] {
        let app = TestApp::builder()
            .standing_still()
            .set("ops.drain_delay", delay)
            .spawn()
            .await;
        app.browser().opens_sign_in(None).await.expect(200);
        for _ in 0..times {
            app.stops();
        }
        app.wait_for_end().await;
    }
}

#[tokio::test]
async fn the_store_is_measured_call_by_call() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    browser.gets("/account").await.expect(200);
    browser.signs_out().await.leads_to("/signed-out");
    let metrics = app.metrics().await;
    for (op, times) in [("start", 1), ("end", 1), ("note_end", 1)] {
        let series = format!("portico_store_operations_total{{op=\"{op}\",result=\"ok\"}}");
        assert_eq!(metric(&metrics, &series), times, "{series}\n{metrics}");
    }
    let calls = metrics
        .lines()
        .filter(|line| line.starts_with("portico_store_operations_total{"));
    let counted: Vec<u64> = calls
        .map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
        .collect();
    assert!(counted.iter().filter(|times| **times > 0).count() > 8, "{metrics}");
    let timed = metric(&metrics, "portico_store_duration_seconds_count");
    assert_eq!(timed, counted.iter().sum::<u64>(), "each took its time");
    assert_eq!(
        sum(&metrics, "portico_store_operations_total{", "\"error\""),
        0,
        "{metrics}"
    );
}

#[tokio::test]
async fn waiting_for_a_push_does_not_count_as_a_slow_store() {
    let app = TestApp::spawn().await;
    let browser = app.browser();
    let page = browser.reaches("push", "push").await;
    let mut events = browser.waits(&page).await;
    app.phone("push").deny(&app.prompt("push").id).unwrap();
    app.advance(crate::support::secs(60));
    assert_eq!(events.next().await, "denied");
    let metrics = app.metrics().await;
    assert!(!metrics.contains("op=\"changed\""), "{metrics}");
}
