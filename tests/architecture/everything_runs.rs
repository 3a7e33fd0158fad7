//! `tests/run` names what it runs, and leaves nothing out.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::read;

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
