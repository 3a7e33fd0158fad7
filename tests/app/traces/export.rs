//! What arrives at a collector, and what a collector that is away costs.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tokio::time::Instant;

use super::collector::Collector;
use crate::support::{TestApp, builder_behind_proxy, eventually, free_port, metric, secs};

fn lost(metrics: &str, why: &str) -> u64 {
    metric(metrics, &format!("portico_trace_spans_total{{result=\"{why}\"}}"))
}

#[tokio::test]
async fn a_stop_delivers_what_is_left() {
    let Some(collector) = Collector::start() else {
        return;
    };
    let app = TestApp::builder()
        .set("ops.otlp_endpoint", &format!("{}/base/", collector.endpoint()))
        .set("ops.otlp_service_name", "sign-in")
        .set("ops.otlp_headers", "authorization=Bearer%20a-canary")
        .set("ops.drain_delay", "0s")
        .spawn()
        .await;
    app.browser().opens_sign_in(None).await;
    app.stops();
    app.wait_for_end().await;
    let spans = collector.spans().await;
    let request = spans.iter().find(|span| span.name == "GET /sign-in").expect("a span");
    assert_eq!(request.resource["service.name"], "sign-in");
    assert_eq!(request.headers["authorization"], "Bearer a-canary");
    assert_eq!(request.headers[":path"], "/base/v1/traces");
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
}

#[tokio::test]
async fn sec_507_a_collector_that_is_away_costs_nobody_anything_and_its_losses_are_counted() {
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let app = TestApp::builder().set("ops.otlp_endpoint", &nobody).spawn().await;
    let browser = app.browser();
    browser.begins("password").await.leads_to(app.base());
    eventually("a loss", async || {
        // Past the pauses between its tries.
        app.advance(secs(1));
        lost(&app.metrics().await, "failed") > 0
    })
    .await;
    assert_eq!(lost(&app.metrics().await, "exported"), 0);
    assert_eq!(browser.gets("/account").await.status, 200);
}

#[tokio::test]
async fn sec_507_a_slow_collector_delays_no_answer_and_no_stop() {
    let Some(collector) = Collector::start() else {
        return;
    };
    collector.answers(200, 60).await;
    let app = TestApp::builder()
        .set("ops.otlp_endpoint", &collector.endpoint())
        .set("ops.drain_delay", "0s")
        .spawn()
        .await;
    app.browser().opens_sign_in(None).await;
    eventually("a batch under way", async || {
        app.advance(secs(1));
        collector.batches().await > 0
    })
    .await;
    app.browser().begins("password").await.leads_to(app.base());
    let began = Instant::now();
    app.stops();
    app.wait_for_end().await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_batch_that_may_be_accepted_later_is_sent_again_and_others_are_not() {
    for (status, times) in [(500, 1), (400, 1), (503, 3), (429, 3)] {
        let Some(collector) = Collector::start() else {
            return;
        };
        collector.answers(status, 0).await;
        // One recorded request is one batch.
        let app = builder_behind_proxy()
            .set("ops.otlp_endpoint", &collector.endpoint())
            .set("ops.otlp_sample_percent", "0")
            .spawn()
            .await;
        let recorded = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let browser = app.browser().with_header("traceparent", recorded);
        browser.opens_sign_in(None).await;
        eventually("a loss", async || {
            app.advance(secs(1));
            lost(&app.metrics().await, "failed") > 0
        })
        .await;
        assert_eq!(collector.batches().await, times, "{status}");
        collector.answers(200, 0).await;
        browser.opens_sign_in(None).await;
        collector.waits_for("GET /sign-in").await;
        eventually("it is counted", async || lost(&app.metrics().await, "exported") > 0).await;
    }
}

/// A certificate for `localhost` that nobody knows, and its key.
fn certificate(folder: &Path) -> bool {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args([
            "-addext",
            "subjectAltName=DNS:localhost",
            // An authority cannot be a server as well.
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            "key.pem",
            "-out",
            "certificate.pem",
        ])
        .current_dir(folder)
        .output();
    made.is_ok_and(|made| made.status.success())
}

#[tokio::test]
async fn the_collectors_certificate_must_be_trusted() {
    if Collector::start().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(certificate(folder.path()), "openssl makes a certificate");
    let file = |name: &str| folder.path().join(name);
    let collector = Collector::with_tls(&file("certificate.pem"), &file("key.pem"));
    let endpoint = collector.endpoint();
    for is_trusted in [false, true] {
        let mut builder = TestApp::builder()
            .set("ops.otlp_endpoint", &endpoint)
            .set("ops.otlp_headers", "x-key=a-canary");
        if is_trusted {
            builder = builder.set("ops.otlp_ca_file", file("certificate.pem").to_str().unwrap());
        }
        let app = builder.spawn().await;
        app.browser().opens_sign_in(None).await;
        if is_trusted {
            let (span, _) = collector.waits_for("GET /sign-in").await;
            assert_eq!(span.headers["x-key"], "a-canary");
        } else {
            eventually("a loss", async || {
                app.advance(secs(1));
                lost(&app.metrics().await, "failed") > 0
            })
            .await;
            assert_eq!(collector.batches().await, 0);
        }
    }
}
