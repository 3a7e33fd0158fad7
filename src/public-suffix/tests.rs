//! `psl` is what we are held to: it has the rules both as text and as code.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

use super::*;

/// What cargo says.
fn cargo(arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    let output = cargo
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The rules of the `psl` in the lock file, as our table has them.
fn table_of_psl() -> String {
    let about = cargo(&["-vV"]);
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Crates of other platforms may not be here.
    let only = [
        "metadata",
        "--locked",
        "--offline",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ];
    let metadata: Value = serde_json::from_str(&cargo(&only)).unwrap();
    let mut packages = metadata["packages"].as_array().unwrap().iter();
    let psl = packages.find(|package| package["name"] == "psl").unwrap();
    let manifest = Path::new(psl["manifest_path"].as_str().unwrap());
    let rules = fs::read_to_string(manifest.with_file_name("data").join("rules.txt")).unwrap();
    let mut table: Vec<String> = rules.lines().map(in_ascii).collect();
    table.sort_unstable();
    table.dedup();
    table.join("\n") + "\n"
}

fn in_ascii(rule: &str) -> String {
    let name = rule.trim_start_matches(['!', '*', '.']);
    let sign = rule.strip_suffix(name).unwrap();
    format!("{sign}{}", url::Host::parse(name).unwrap())
}

#[test]
fn the_table_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules.txt");
    let wanted = table_of_psl();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, &wanted).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap();
    assert!(
        found == wanted,
        "the list is stale: run the tests once with UPDATE_DOCS=1"
    );
    assert!(found.lines().count() > 10_000);
}

/// `psl` overlooks a rule with a star for a name that longer rules go through. These are the names below a star that no rule
/// names without one.
fn overlooked() -> BTreeSet<String> {
    let stars = rules().filter_map(|rule| rule.strip_prefix("*."));
    stars.filter(|name| !is_rule(name)).map(str::to_owned).collect()
}

fn rules() -> impl Iterator<Item = &'static str> {
    str::from_utf8(RULES).unwrap().lines()
}

#[test]
fn each_rule_says_what_it_says_to_psl() {
    let overlooked = overlooked();
    for rule in rules() {
        let name = rule.trim_start_matches(['!', '*', '.']);
        for host in [name.to_owned(), format!("b.a.{name}")] {
            let by_star = host.split_once('.').map(|(_, parent)| format!("*.{parent}"));
            if overlooked.contains(&host) && by_star.is_some_and(|rule| is_rule(&rule)) {
                assert_eq!((suffix(&host), registrable(&host)), (Some(&*host), None), "{host}");
                continue;
            }
            assert_eq!(suffix(&host), psl::suffix_str(&host), "{host}");
            assert_eq!(registrable(&host), psl::domain_str(&host), "{host}");
        }
    }
}

#[test]
fn what_no_rule_names_ends_in_its_last_label() {
    let samples = [
        ("", None, None),
        ("localhost", Some("localhost"), None),
        ("com", Some("com"), None),
        ("a.example.test", Some("test"), Some("example.test")),
        ("signin.example.co.uk", Some("co.uk"), Some("example.co.uk")),
        ("signin.example.co.uk.", Some("co.uk"), Some("example.co.uk")),
        ("example.github.io", Some("github.io"), Some("example.github.io")),
        ("www.ck", Some("ck"), Some("www.ck")),
        ("a.any.ck", Some("any.ck"), Some("a.any.ck")),
    ];
    for (host, wanted, owned) in samples {
        assert_eq!((suffix(host), registrable(host)), (wanted, owned), "{host}");
    }
}
