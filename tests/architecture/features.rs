//! What is tested is what ships: every crate of the production binary is built with the same features for the tests
//! (docs/decisions/0033).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use super::ROOT;

/// Ours, and the features that the tests have on purpose: the demo, and with it the simulator, is in no image.
const MORE: [(&str, &[&str]); 1] = [("portico", &["default", "demo"])];

type Features = BTreeMap<String, BTreeSet<String>>;

/// Each crate that these arguments of `cargo tree` build for this machine, with the features that it gets.
fn resolved(arguments: &[&str]) -> Features {
    let tree = Command::new(env!("CARGO"))
        .current_dir(ROOT)
        .args([
            "tree",
            "--locked",
            "--offline",
            "--prefix",
            "none",
            "--format",
            "{p} [{f}]",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    parsed(&String::from_utf8(tree.stdout).unwrap())
}

/// A crate may be there with two sets, for this machine and for what runs in the compiler; `cargo tree` marks what it has shown before.
fn parsed(tree: &str) -> Features {
    let mut all = Features::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, features) = line
            .trim_end_matches(" (*)")
            .rsplit_once(" [")
            .expect("a crate and its features");
        let name = package.split(" (").next().unwrap();
        let features = features
            .trim_end_matches(']')
            .split(',')
            .filter(|feature| !feature.is_empty());
        all.entry(name.to_owned())
            .or_default()
            .extend(features.map(str::to_owned));
    }
    all
}

/// What is built otherwise for the tests, each with what is missing in one of the two.
fn differences(shipped: &Features, tested: &Features) -> Vec<String> {
    shipped
        .iter()
        .filter_map(|(package, features)| {
            let Some(theirs) = tested.get(package) else {
                return Some(format!("{package} is not tested"));
            };
            let name = package.split(' ').next().unwrap_or_default();
            let allowed = MORE
                .iter()
                .find(|(of, _)| *of == name)
                .map_or(&[][..], |(_, more)| more);
            let other: Vec<_> = features
                .symmetric_difference(theirs)
                .filter(|feature| !allowed.contains(&feature.as_str()))
                .collect();
            (!other.is_empty()).then(|| format!("{package}: {other:?}"))
        })
        .collect()
}

#[test]
fn what_is_tested_is_built_as_it_ships() {
    let shipped = resolved(&["--package", "portico", "--no-default-features", "--edges", "normal"]);
    assert!(shipped.len() > 100, "{} crates", shipped.len());
    let demo = resolved(&["--package", "portico", "--edges", "normal"]);
    let tests = resolved(&["--package", "portico", "--edges", "normal,dev"]);
    let all = resolved(&["--workspace", "--exclude", "portico-fuzz", "--edges", "normal,dev"]);
    // Each holds the one before.
    for (less, more) in [(&shipped, &demo), (&demo, &tests), (&tests, &all)] {
        let other = differences(less, more);
        assert!(other.is_empty(), "{}", other.join("\n"));
    }
}

#[test]
fn a_difference_is_seen() {
    let shipped = parsed("portico v0.1.0 (/here) []\nserde v1.0.2 [std]\nserde v1.0.2 [alloc] (*)\nlone v1.0.0 []\n");
    let tested = parsed("portico v0.1.0 (/here) [default,demo]\nserde v1.0.2 [rc,std]\n\nmore v1.0.0 [std]\n");
    let told = ["lone v1.0.0 is not tested", r#"serde v1.0.2: ["alloc", "rc"]"#];
    assert_eq!(differences(&shipped, &tested), told);
    assert!(differences(&shipped, &shipped).is_empty());
}
