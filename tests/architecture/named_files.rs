//! A file that a document or a comment names is there.

use std::path::{Path, PathBuf};

use super::{ROOT, files, read};

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

#[test]
fn every_file_that_is_named_is_there() {
    let root = Path::new(ROOT);
    let folders = ["docs", "src", "views", "tests", ".github"].into_iter();
    let files = folders.flat_map(|folder| files(folder, &["md", "rs"]));
    let (mut missing, mut found) = (Vec::new(), 0);
    for file in files.chain([PathBuf::from("README.md")]) {
        // The samples of this folder's tests name what is nowhere, and a fuzzer's words are no names.
        if file.starts_with("tests/architecture") || file.starts_with("tests/fuzz") {
            continue;
        }
        for name in named(&read(&root.join(&file))) {
            found += 1;
            // Comments on the library of the connections name files of its own.
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
