//! Every metric is documented under its name and labels, and what is documented, alerted on or drawn is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::service::Watched;
use super::{read, shipped};
use crate::support::{Certificates, client};

type Metrics = BTreeMap<String, BTreeSet<String>>;

/// The metrics of a page in the classic format, and their labels.
fn exposed(page: &str) -> Metrics {
    let mut metrics = Metrics::new();
    let mut family = "";
    for line in page.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            family = described.split_once(' ').unwrap().0;
            metrics.entry(family.to_owned()).or_default();
        } else if let Some((_, labels)) = line.split_once('{') {
            let names = labels.split("=\"").filter_map(|part| part.rsplit(['"', ',']).next());
            let names = names.filter(|name| !name.is_empty() && !name.contains('}') && *name != "le");
            metrics.get_mut(family).unwrap().extend(names.map(str::to_owned));
        }
    }
    metrics
}

/// The metrics in the first column of the table, and their labels.
fn documented(docs: &str) -> Metrics {
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| `portico_"));
    let metric = |row: &str| {
        let name = row.split_once('`').unwrap().0;
        let (name, labels) = name.split_once('{').unwrap_or((name, "}"));
        let labels = labels
            .trim_end_matches('}')
            .split(',')
            .filter(|label| !label.is_empty());
        (format!("portico_{name}"), labels.map(str::to_owned).collect())
    };
    rows.map(metric).collect()
}

/// What is called much the same: a crate, a backend of `HAProxy`, and the first member of an audit record.
const OTHERS: [&str; 3] = ["portico_views", "portico_front", "portico_audit"];

/// The names of metrics that stand in a text.
fn named(text: &str) -> BTreeSet<&str> {
    let is_of_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    let words = text.split(|letter| !is_of_name(letter));
    words
        .filter(|word| word.starts_with("portico_") && !word.ends_with('_') && !OTHERS.contains(word))
        .collect()
}

async fn page(service: &Watched) -> String {
    let answer = client().get(format!("{}/metrics", service.ops())).send().await;
    answer.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn each_metric_is_documented_and_each_name_is_that_of_one() {
    let service = Watched::with_everything().await;
    service.comes_and_goes().await;
    let mut metrics = exposed(&page(&service).await);
    let Some(certificates) = Certificates::new() else {
        return;
    };
    let with_tls = Watched::with_certificate(&certificates, "30").await;
    metrics.extend(exposed(&page(&with_tls).await));
    assert_eq!(documented(&read("README.md")), metrics);
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let pages = std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let shipped = ["README.md", "alerts.yaml", "alerts.test.yaml", "dashboard.json"].map(shipped);
    let files: Vec<PathBuf> = pages.chain(shipped).collect();
    let mut used = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in named(&text) {
            let family = ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end));
            let is_there = metrics.contains_key(name) || family.is_some_and(|family| metrics.contains_key(family));
            assert!(is_there, "{} names {name}", file.display());
            if file.extension().is_some_and(|end| end == "json") {
                used.insert(family.unwrap_or(name).to_owned());
            }
        }
    }
    let drawn_nowhere: Vec<&String> = metrics.keys().filter(|name| !used.contains(*name)).collect();
    assert!(drawn_nowhere.is_empty(), "not on the dashboard: {drawn_nowhere:?}");
}

#[test]
fn each_alert_says_what_to_do_at_three_in_the_morning() {
    let (rules, guide) = (read("alerts.yaml"), read("README.md"));
    let mut found = 0;
    for rule in rules.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let link = format!("runbook_url: docs/monitoring/README.md#{}\n", name.to_lowercase());
        assert!(rule.contains(&link), "{name} has no link to what to do");
        assert!(rule.contains("summary: "), "{name} says nothing");
        let heading = format!("\n### {name}\n\n");
        let section = guide
            .split_once(&heading)
            .unwrap_or_else(|| panic!("{name} has no section"))
            .1;
        let section = section.split("\n#").next().unwrap();
        assert!(section.len() > 80 || section.contains("The same"), "{name}: {section}");
        found += 1;
    }
    assert!(found > 15);
    assert_eq!(
        guide.matches("\n### Portico").count(),
        found,
        "a section for an alert that is gone"
    );
}
