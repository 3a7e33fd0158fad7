//! A file that a document or a comment names is there.

use std::path::Path;

use super::{ROOT, read};

/// Where a path may begin, seen from the top of the tree.
const ROOMS: [&str; 6] = ["src/", "views/", "tests/", "docs/", "assets/", "docker/"];

/// The paths of files that stand in a text. What holds a blank or a placeholder is none.
fn named(text: &str) -> Vec<&str> {
    let is_of_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    text.split(|letter| !is_of_path(letter))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| ROOMS.iter().any(|room| word.starts_with(room)))
        .filter(|word| {
            Path::new(word)
                .extension()
                .is_some_and(|end| end == "rs" || end == "md" || end == "lua")
        })
        .collect()
}

fn texts(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|end| end == "md" || end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_that_is_named_is_there() {
    let root = Path::new(ROOT);
    let mut files = vec![root.join("README.md")];
    for folder in ["docs", "src", "views", "tests", ".github"] {
        texts(&root.join(folder), &mut files);
    }
    let (mut missing, mut found) = (Vec::new(), 0);
    for file in files {
        // Samples of the tests of this folder name what is nowhere, and the changelog is history.
        if file.starts_with(root.join("tests/architecture")) || file.starts_with(root.join("tests/fuzz")) {
            continue;
        }
        let text = read(&file);
        for name in named(&text) {
            found += 1;
            // Of the library of the connections a comment names files of its own.
            if !root.join(name).exists() && !name.starts_with("src/h1/") {
                missing.push(format!("{} names {name}", file.display()));
            }
        }
    }
    assert!(found > 50, "only {found} were found");
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn names_of_files_are_seen() {
    let text = "see `src/web/mod.rs`, (docs/a-b.md). Not src/web, not a.rs, not src/<room>/x.rs, not src/web/{a,b}.rs";
    assert_eq!(named(text), ["src/web/mod.rs", "docs/a-b.md"]);
}
