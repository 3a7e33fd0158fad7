//! The alerts are silent on a healthy service, and each fault is told.

use std::time::Duration;

use futures_util::future::join;
use serde_json::Value;

use super::prometheus::Prometheus;
use super::service::{Watched, org};
use super::{faults, programs, read};
use crate::support::eventually;

const HEALTHY: &str = "portico-healthy";

/// Half an hour of the alerts, whose minutes are seconds here.
const HALF_AN_HOUR: Duration = Duration::from_secs(30);

/// What a machine that runs a dozen services beside other tests may bring about for a second.
const OF_THE_MACHINE: [&str; 3] = ["PorticoDown", "PorticoStoreSlow", "PorticoOktaSlow"];

/// Customers of every kind, a few at a time.
async fn customers_come_and_go(service: &Watched, number: usize) {
    match number % 4 {
        0 => drop(service.signs_in().await),
        1 => service.comes_and_goes().await,
        2 => service.approves_a_push().await,
        // Asks for a text and never enters it.
        _ => drop(service.browser().reaches("phone", "sms").await),
    }
}

/// The expressions of the dashboard, for every job.
fn dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let expression = |target: &Value| {
        let expression = target["expr"].as_str().unwrap();
        expression.replace("$job", ".*").replace("$__rate_interval", "1m")
    };
    targets.map(expression).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_are_silent_on_health_and_loud_on_each_fault() {
    if !programs::are_here() {
        return;
    }
    let prometheus = Prometheus::start().await;
    let healthy = Watched::start(org(), &[]).await;
    prometheus.watches(HEALTHY, healthy.ops());
    eventually("a scrape", async || prometheus.is_up(HEALTHY).await).await;
    let mut number = 0;
    let business = tokio::time::timeout(HALF_AN_HOUR, async {
        loop {
            customers_come_and_go(&healthy, number).await;
            number += 1;
        }
    });
    let (told, _) = join(faults::all(&prometheus), business).await;
    assert!(number > 10, "only {number} customers came");
    let fired = prometheus.ever(HEALTHY, "firing").await;
    assert!(fired.is_empty(), "of a healthy service: {fired:?}");
    let mut noise = prometheus.ever(HEALTHY, "pending").await;
    noise.retain(|alert| !OF_THE_MACHINE.contains(&alert.as_str()));
    assert!(noise.is_empty(), "of a healthy service: {noise:?}");
    assert!(prometheus.is_up(HEALTHY).await);
    for expected in &told {
        expected.is_all(&prometheus).await;
    }
    assert!(prometheus.alerts().await.len() > 15);
    for expression in dashboard() {
        assert!(
            !prometheus.query(&expression).await.is_empty(),
            "nothing to see: {expression}"
        );
    }
}
