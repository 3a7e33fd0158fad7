//! What `--json` prints when a command fails.

use serde_json::Value;

use crate::support::{portico, run};

/// A way in which each command fails that takes `--json`. `check` has a report of its own for most.
const FAILURES: &[(&str, &[&str], i32)] = &[
    ("check", &["--config", "none.toml"], 2),
    ("closed off", &["--ops", "127.0.0.1:1"], 1),
    ("closed on", &["--ops", "127.0.0.1:1"], 1),
    ("closed show", &["--ops", "127.0.0.1:1"], 1),
    ("explain", &["--config", "none.toml", "--url", "https://a.example/"], 2),
    ("healthcheck", &["--ops", "127.0.0.1:1"], 1),
    ("limits list", &["--ops", "127.0.0.1:1"], 1),
    ("limits reset", &["--ops", "127.0.0.1:1", "--user", "robin"], 1),
    ("sessions end", &["--ops", "127.0.0.1:1", "--everyone"], 1),
    ("sessions list", &["--ops", "127.0.0.1:1"], 1),
    ("store copy", &["--from", "none.toml", "--to", "none.toml"], 2),
    ("user erase", &["--ops", "127.0.0.1:1", "robin"], 1),
    ("user show", &["--ops", "127.0.0.1:1", "robin"], 1),
];

/// The commands below this one that take `--json`, as the program lists them itself.
fn with_json(command: &str) -> Vec<String> {
    let mut asks = portico(&[]);
    asks.args(command.split_whitespace()).arg("--help");
    let (_, help, _) = run(asks);
    let Some((_, listed)) = help.split_once("Commands:\n") else {
        return help
            .split_whitespace()
            .any(|word| word == "--json")
            .then(|| command.to_owned())
            .into_iter()
            .collect();
    };
    let (listed, _) = listed.split_once("\n\n").unwrap();
    // What a text says in more than one line is indented further.
    let names = listed.lines().filter(|line| !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    let below = names.filter(|name| *name != "help");
    below
        .flat_map(|name| with_json(format!("{command} {name}").trim()))
        .collect()
}

/// Its one line, if it is one.
fn document(answer: &str) -> Value {
    assert_eq!(answer.matches('\n').count(), 1, "{answer}");
    serde_json::from_str(answer).unwrap()
}

#[test]
fn every_command_that_fails_prints_one_document() {
    let mut listed = with_json("");
    listed.sort();
    let known: Vec<&str> = FAILURES.iter().map(|(command, ..)| *command).collect();
    assert_eq!(listed, known);
    for (command, arguments, expected) in FAILURES {
        let asks = |more: &[&str]| {
            let mut asks = portico(&[]);
            asks.args(command.split_whitespace()).args(more).arg("--json");
            run(asks)
        };
        let (code, answer, complaints) = asks(arguments);
        assert_eq!(code, *expected, "{command}: {complaints}");
        if *command == "check" {
            let report: Value = serde_json::from_str(&answer).unwrap();
            assert!(report["findings"].is_array(), "{answer}");
        } else {
            let said = document(&answer);
            assert_eq!(said["exit_code"], code, "{command}: {answer}");
            let error = said["error"].as_str().unwrap();
            assert!(
                complaints.contains(error) && !error.is_empty(),
                "{command}: {answer}{complaints}"
            );
        }
        // Wrong usage.
        let (code, answer, complaints) = asks(&[arguments, &["--nonsense"][..]].concat());
        assert_eq!(code, 2, "{command}: {complaints}");
        let said = document(&answer);
        assert_eq!(said["exit_code"], 2);
        assert!(said["error"].as_str().unwrap().contains("--nonsense"), "{answer}");
    }
}

#[test]
fn without_json_nothing_is_printed_but_the_error() {
    for arguments in [
        &["healthcheck", "--ops", "127.0.0.1:1"][..],
        &["user", "show", "--ops", "127.0.0.1:1", "--", "--json"],
    ] {
        let (code, answer, complaints) = run(portico(arguments));
        assert_eq!((code, answer.as_str()), (1, ""), "{complaints}");
        assert!(!complaints.is_empty());
    }
    let (code, help, _) = run(portico(&["healthcheck", "--json", "--help"]));
    assert_eq!(code, 0);
    assert!(help.contains("Usage:"), "{help}");
}
