//! `tests/run` names what it runs, leaves nothing out, and what it skips is there.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{files, read};

#[test]
fn every_target_of_tests_is_run() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version=1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let targets = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"][0] == "test")
        .map(|target| target["name"].as_str().unwrap());
    let script = read(Path::new("tests/run"));
    let words: Vec<&str> = script.split_whitespace().collect();
    let mut found = 0;
    for target in targets {
        let is_run = words.windows(2).any(|pair| pair == ["--test", target]);
        assert!(is_run, "tests/run does not run {target}");
        found += 1;
    }
    assert!(found > 5, "{found}");
}

/// A test that was renamed would be run where it was left out, or left out where it was asked for.
#[test]
fn every_name_that_is_chosen_or_skipped_is_that_of_a_test() {
    let tests = ["tests", "src"].into_iter().flat_map(|folder| files(folder, &["rs"]));
    let tests = tests.flat_map(|file| {
        let text = read(&file);
        let module = file.with_extension("").display().to_string().replace('/', "::");
        let functions = text.split("fn ").skip(1).filter_map(|rest| rest.split('(').next());
        functions.map(|name| format!("{module}::{name}")).collect::<Vec<_>>()
    });
    let tests: Vec<String> = tests.collect();
    let script = read(Path::new("tests/run"));
    let words: Vec<&str> = script.split([' ', '\n', '"']).collect();
    let skipped = words.windows(2).filter(|pair| pair[0] == "--skip").map(|pair| pair[1]);
    let chosen = words
        .iter()
        .copied()
        .filter(|word| word.ends_with("::") || word.starts_with("sec_"));
    let mut found = 0;
    for name in skipped.chain(chosen) {
        assert!(
            tests.iter().any(|test| test.contains(name)),
            "tests/run: there is no test {name}"
        );
        found += 1;
    }
    assert!(found > 30, "{found}");
}
