//! The pages made from the table of keys are those in `docs/`; `UPDATE_DOCS=1` writes them anew.

use std::path::Path;
use std::{env, fs};

use super::{Folder, LEAST};
use crate::config::sections::CATALOGUE;
use crate::config::{example, json_schema, key, reference};

fn check(name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "{} is stale: run the tests once with UPDATE_DOCS=1",
        path.display()
    );
}

#[test]
fn the_reference_is_up_to_date() {
    check("settings.md", &reference());
}

#[test]
fn the_example_is_up_to_date() {
    check("portico.example.toml", &example());
}

#[test]
fn the_example_is_accepted() {
    let config = Folder::with(&example()).load(&[]).unwrap();
    assert_eq!(config.okta.client_id, "0oa1example2client3id");
}

#[test]
fn the_defaults_in_the_example_are_the_defaults() {
    let settings = example().lines().map(with_default_set).collect::<Vec<_>>().join("\n");
    let mut written = Folder::with(&settings).load(&[]).unwrap();
    let silent = Folder::with(&example()).load(&[]).unwrap();
    // Passkeys are in the default, and left out quietly where the org does not offer them.
    written.sign_in.second.clone_from(&silent.sign_in.second);
    assert_eq!(format!("{written:?}"), format!("{silent:?}"));
}

/// Removes the comment sign from a line that shows a default. Passkeys listed on purpose would need more than that.
fn with_default_set(line: &str) -> String {
    let bare = line.strip_prefix("# ").filter(|bare| {
        CATALOGUE
            .all()
            .any(|key| matches!(key.preset, key::WhenUnset::Value(_)) && *bare == key.example_line())
    });
    bare.unwrap_or(line).replace(", \"passkey\"]", "]")
}

#[test]
fn every_key_is_read() {
    // A password may be any text; `good_files` shows that it is read.
    for key in CATALOGUE.all().filter(|key| key.path != "store.password") {
        let report = Folder::with(LEAST).load(&[(&key.variable(), "\u{7}")]).unwrap_err();
        let name = key.path.trim_end_matches("_file");
        assert!(
            report.problems.iter().any(|problem| problem.key.starts_with(name)),
            "{}: {report}",
            key.path
        );
    }
}

#[test]
fn the_schema_knows_every_key() {
    let schema = json_schema();
    for key in CATALOGUE.all() {
        let pointer = format!("/properties/{}", key.path.replace('.', "/properties/"));
        let property = schema
            .pointer(&pointer)
            .unwrap_or_else(|| panic!("{pointer} is missing"));
        assert!(property.get("description").is_some(), "{pointer}");
    }
}
