use std::time::Duration;

use super::{Build, Format, Metrics};

const TOOK: Duration = Duration::from_millis(20);

fn page(metrics: &Metrics) -> String {
    metrics.page(Format::OpenMetrics).unwrap()
}

fn begun() -> Metrics {
    let metrics = Metrics::new(Build {
        version: "1.2.3",
        commit: "abc",
    });
    metrics.begin_okta_requests("token", [("ok", "normal")].into_iter());
    metrics.begin_store_operations(&["get"], &["ok"]);
    metrics.begin_csp_reports(["img-src"]);
    metrics
}

/// A scrape after each event was reported once.
fn full_page() -> String {
    let metrics = begun();
    metrics.http_request("/sign-in", "POST", 303, TOOK);
    metrics.attempt("password", "accepted");
    metrics.throttled("account");
    metrics.okta_request("token", ("ok", "normal"), TOOK);
    metrics.set_okta_rate_limit_remaining(42);
    metrics.set_okta_circuit_open(true);
    metrics.set_clock_skew_seconds(-1.5);
    metrics.set_transactions_active(3);
    metrics.set_sessions_active(7);
    metrics.push("declined");
    metrics.redirect_refused();
    metrics.csp_report("img-src");
    metrics.session_ended("sign_out");
    metrics.token_refresh("ok");
    metrics.store_operation("get", "ok", TOOK);
    page(&metrics)
}

#[test]
fn sec_506_every_series_is_there_under_its_promised_name() {
    let page = full_page();
    for line in [
        r#"portico_http_requests_total{route="/sign-in",method="POST",code="303"} 1"#,
        r#"portico_http_request_duration_seconds_count{route="/sign-in"} 1"#,
        r#"portico_attempts_total{factor="password",result="accepted"} 1"#,
        r#"portico_throttled_total{scope="account"} 1"#,
        "portico_transactions_active 3",
        "portico_sessions_active 7",
        r#"portico_session_ended_total{reason="sign_out"} 1"#,
        r#"portico_push_total{result="declined"} 1"#,
        r#"portico_okta_requests_total{endpoint="token",outcome="ok",class="normal"} 1"#,
        r#"portico_okta_request_duration_seconds_count{endpoint="token"} 1"#,
        "portico_okta_circuit_state 1",
        "portico_okta_rate_limit_remaining 42",
        r#"portico_token_refresh_total{result="ok"} 1"#,
        r#"portico_store_operations_total{op="get",result="ok"} 1"#,
        "portico_store_duration_seconds_count 1",
        "portico_redirect_refused_total 1",
        r#"portico_csp_reports_total{directive="img-src"} 1"#,
        "portico_clock_skew_seconds -1.5",
        "portico_panics_total 0",
        r#"portico_build_info{version="1.2.3",commit="abc"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
}

#[test]
fn sec_506_random_routes_and_methods_make_no_new_series() {
    let metrics = begun();
    metrics.http_request("/sign-in", "GET", 200, TOOK);
    for number in 0..10_000 {
        let path = format!("/x{number}");
        metrics.http_request(&path, &format!("M{number}"), 404, TOOK);
    }
    metrics.http_request("/sign-in", "GET", 200, TOOK);
    let page = page(&metrics);
    assert!(page.lines().count() < 3_000);
    assert!(
        page.contains(r#"{route="other",method="other",code="404"} 9873"#),
        "{page}"
    );
    assert!(page.contains(r#"{route="/sign-in",method="GET",code="200"} 2"#));
}

#[test]
fn the_page_ends_as_open_metrics_demands() {
    assert!(full_page().ends_with("# EOF\n"));
}

#[test]
fn what_is_not_known_is_not_there_and_what_can_be_counted_is_there_at_0() {
    let metrics = begun();
    let unknown = [
        "portico_okta_rate_limit_remaining",
        "portico_clock_skew_seconds",
        "portico_sends_left",
        "portico_sessions_active",
        "portico_transactions_active",
        "portico_revocations_owed",
    ];
    let before = page(&metrics);
    for name in unknown {
        assert!(!before.contains(name), "{name}\n{before}");
    }
    for line in [
        r#"portico_attempts_total{factor="otp",result="wrong"} 0"#,
        r#"portico_attempts_total{factor="okta_page",result="refused"} 0"#,
        r#"portico_throttled_total{scope="waits"} 0"#,
        r#"portico_session_ended_total{reason="okta"} 0"#,
        r#"portico_token_refresh_total{result="unjudged"} 0"#,
        r#"portico_okta_requests_total{endpoint="token",outcome="ok",class="normal"} 0"#,
    ] {
        assert!(before.lines().any(|found| found == line), "{line}\n{before}");
    }
    metrics.set_okta_rate_limit_remaining(0);
    metrics.set_clock_skew_seconds(0.0);
    let after = page(&metrics);
    assert!(after.contains("\nportico_okta_rate_limit_remaining 0\n"), "{after}");
    assert!(after.contains("\nportico_clock_skew_seconds 0.0\n"), "{after}");
}
