//! Prometheus' own checks of the page, the alerts and the scrape configuration.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::service::Watched;
use super::{programs, shipped};
use crate::support::client;

fn promtool(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

fn assert_clean(arguments: &[&str], input: &str) {
    let Output { status, stdout, stderr } = promtool(arguments, input);
    let said = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(status.success(), "promtool {arguments:?}:\n{}", said.concat());
    // Of metrics it says nothing when all is well; what it says of them with success is not fine either.
    if arguments == ["check", "metrics"] {
        assert_eq!(said.concat(), "");
    }
}

#[tokio::test]
async fn the_page_is_clean_from_the_start_and_after_sign_ins() {
    if !programs::are_here() {
        return;
    }
    let service = Watched::with_everything().await;
    let page = async || {
        let answer = client().get(format!("{}/metrics", service.ops())).send().await;
        answer.unwrap().text().await.unwrap()
    };
    assert_clean(&["check", "metrics"], &page().await);
    service.comes_and_goes().await;
    assert_clean(&["check", "metrics"], &page().await);
}

#[test]
fn the_alerts_and_the_scrape_configuration_are_what_prometheus_reads() {
    if !programs::are_here() {
        return;
    }
    for (check, file) in [
        (["check", "rules"], "alerts.yaml"),
        (["check", "config"], "prometheus.yaml"),
        (["test", "rules"], "alerts.test.yaml"),
    ] {
        let file = shipped(file);
        assert_clean(&[check[0], check[1], file.to_str().unwrap()], "");
    }
}
