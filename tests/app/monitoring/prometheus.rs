//! A real Prometheus with the shipped alerts, whose minutes are seconds.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::MissedTickBehavior;

use super::read;
use crate::support::{Running, client, eventually, free_port};

/// Longer than any alert here takes to fire on a busy machine.
const PATIENCE: Duration = Duration::from_secs(80);

#[derive(Debug)]
pub(super) struct Prometheus {
    process: Running,
    address: String,
    folder: TempDir,
}

/// The shipped alerts with seconds in place of minutes.
fn hurried(rules: &str) -> String {
    let minutes = (1..=60).rev();
    let hurried = minutes.fold(rules.replace("[1h]", "[60m]"), |rules, number| {
        let range = (format!("[{number}m]"), format!("[{number}s]"));
        let wait = (format!("for: {number}m\n"), format!("for: {number}s\n"));
        rules.replace(&range.0, &range.1).replace(&wait.0, &wait.1)
    });
    assert!(!hurried.contains("m]") && !hurried.contains("m\n    "), "{hurried}");
    hurried
}

const CONFIGURATION: &str = "\
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [alerts.yaml]
scrape_configs:
  - job_name: named by its targets
    file_sd_configs: [{ files: [targets/*.json], refresh_interval: 1s }]
";

impl Prometheus {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("alerts.yaml", &hurried(&read("alerts.yaml")));
        write("prometheus.yaml", CONFIGURATION);
        std::fs::create_dir(folder.path().join("targets")).unwrap();
        let port = free_port();
        let mut command = Command::new("prometheus");
        command
            .arg("--config.file=prometheus.yaml")
            .arg("--storage.tsdb.path=data")
            .arg("--log.level=warn")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(folder.path());
        let prometheus = Self {
            process: Running::start(command),
            address: format!("http://127.0.0.1:{port}"),
            folder,
        };
        eventually("Prometheus", async || {
            let answer = client().get(format!("{}/-/ready", prometheus.address)).send().await;
            answer.is_ok_and(|answer| answer.status().is_success())
        })
        .await;
        prometheus
    }

    /// Scrapes this address from now on.
    pub(super) fn watches(&self, job: &str, ops: &str) {
        let target = ops.trim_start_matches("http://");
        let group = json!([{ "targets": [target], "labels": { "job": job } }]);
        let targets = self.folder.path().join("targets");
        // Renamed, so that it is never read half written.
        let draft: PathBuf = targets.join(format!("{job}.draft"));
        std::fs::write(&draft, group.to_string()).unwrap();
        std::fs::rename(&draft, targets.join(format!("{job}.json"))).unwrap();
    }

    async fn asks(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let address = url::Url::parse_with_params(&format!("{}{path}", self.address), query).unwrap();
        let answer = client().get(address).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["status"], "success", "{query:?}: {answer}");
        answer["data"].clone()
    }

    /// The result of an expression, now.
    pub(super) async fn query(&self, expression: &str) -> Vec<Value> {
        let data = self.asks("/api/v1/query", &[("query", expression)]).await;
        data["result"].as_array().unwrap().clone()
    }

    /// The alerts of a job that were ever in this state.
    pub(super) async fn ever(&self, job: &str, state: &str) -> BTreeSet<String> {
        let series = format!("ALERTS{{job={job:?},alertstate=~{state:?}}}");
        let expression = format!("count by (alertname) (count_over_time({series}[10m]))");
        let found = self.query(&expression).await;
        let name = |found: &Value| found["metric"]["alertname"].as_str().unwrap().to_owned();
        found.iter().map(name).collect()
    }

    /// Does something again and again until this alert fires.
    pub(super) async fn fires(&self, job: &str, alert: &str, mut again: impl AsyncFnMut()) {
        let mut looks = tokio::time::interval(Duration::from_millis(200));
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let waiting = async {
            while !self.ever(job, "firing").await.contains(alert) {
                again().await;
                looks.tick().await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            let pending = self.ever(job, "pending").await;
            panic!(
                "{job}: {alert} does not fire, only {pending:?}\n{}",
                self.process.complaints()
            );
        }
    }

    /// The alerts, all of which Prometheus could evaluate.
    pub(super) async fn alerts(&self) -> BTreeSet<String> {
        let data = self.asks("/api/v1/rules", &[]).await;
        let rules = data["groups"][0]["rules"].as_array().unwrap();
        let name = |rule: &Value| {
            assert_eq!(rule["health"], "ok", "{rule}");
            rule["name"].as_str().unwrap().to_owned()
        };
        rules.iter().map(name).collect()
    }

    /// Whether the job is scraped without trouble.
    pub(super) async fn is_up(&self, job: &str) -> bool {
        let up = self.query(&format!("up{{job={job:?}}} == 1")).await;
        !up.is_empty()
    }
}
