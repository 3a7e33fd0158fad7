use std::collections::HashSet;

use super::english;

#[test]
fn every_state_of_every_page_looks_as_reviewed() {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "../snapshots" }, {
        for sample in english() {
            // One element per line, so that a diff shows only what changed.
            insta::assert_snapshot!(sample.name, sample.html.0.replace("><", ">\n<"));
        }
    });
}

#[test]
fn every_sample_has_a_name_of_its_own() {
    let mut seen = HashSet::new();
    for sample in english() {
        assert!(seen.insert(sample.name), "{} is there twice", sample.name);
        assert!(
            sample
                .name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
            "{}",
            sample.name
        );
    }
}
