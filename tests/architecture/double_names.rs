//! One name, one thing: of the types of a crate that are more than private, no two have the same name.
//!
//! `cargo test --test architecture double_names -- --nocapture` lists those that crates share.

use std::collections::BTreeMap;

use super::modules::Crate;
use super::tokens::{is_word, tokens};
use super::workspace;

/// Each name, and the file of each definition of it.
type Definitions = BTreeMap<String, Vec<String>>;

const KINDS: [&str; 5] = ["struct", "enum", "union", "trait", "type"];

/// The types of a source that are more than private. What a macro makes up is not seen.
fn types_in(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let behind_pub = (0..tokens.len())
        .filter(|at| tokens[*at] == "pub")
        .map(|at| &tokens[at + 1..]);
    behind_pub
        .filter_map(|mut rest| {
            if rest.first()? == "(" {
                let close = rest.iter().position(|token| token == ")")?;
                rest = &rest[close + 1..];
            }
            let [kind, name, ..] = rest else { return None };
            (KINDS.contains(&kind.as_str()) && is_word(name)).then(|| name.clone())
        })
        .collect()
}

fn definitions<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Definitions {
    let mut definitions = Definitions::new();
    for (file, source) in sources {
        for name in types_in(source) {
            definitions.entry(name).or_default().push(file.to_owned());
        }
    }
    definitions
}

/// The names that mean more than one thing.
fn complaints(definitions: &Definitions) -> Vec<String> {
    let doubled = definitions.iter().filter(|(_, files)| files.len() > 1);
    doubled
        .map(|(name, files)| format!("`{name}` means {} things: {}", files.len(), files.join(", ")))
        .collect()
}

#[test]
fn no_name_means_two_things() {
    let mut wrong = Vec::new();
    let mut crates: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (root, files) in workspace() {
        let all = Crate::read(root, &files);
        let definitions = definitions(all.files().into_iter().map(|file| (file, files[file].as_str())));
        assert!(definitions.len() > 20, "{root}: {}", definitions.len());
        for name in definitions.keys() {
            crates.entry(name.clone()).or_default().push(root);
        }
        let complaints = complaints(&definitions).into_iter();
        wrong.extend(complaints.map(|complaint| format!("{root}: {complaint}")));
    }
    for (name, roots) in crates.iter().filter(|(_, roots)| roots.len() > 1) {
        println!("in several crates: {name}: {}", roots.join(", "));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_name_that_means_two_things_is_found_however_it_is_seen() {
    let definitions = definitions([
        (
            "a.rs",
            "pub struct Refused; pub enum Alone {} struct Private; pub fn refused() {}",
        ),
        (
            "b.rs",
            "pub(crate) enum Refused { A } struct Private; // pub struct Alone;",
        ),
        (
            "c.rs",
            "pub(in crate::a) type Refused = u8; #[cfg(test)] mod tests { pub struct Alone; }",
        ),
        (
            "d.rs",
            "mod x { pub(super) trait Refused {} } struct S { pub alone: Alone } pub type S2<T> = T;",
        ),
    ]);
    let wrong = ["`Refused` means 4 things: a.rs, b.rs, c.rs, d.rs"];
    assert_eq!(complaints(&definitions), wrong);
}
