//! One name, one thing: of the types of a crate that are more than private, no two have the same name.
//!
//! `cargo test --test architecture double_names -- --nocapture` lists them, and those that crates share.

use std::collections::BTreeMap;

use super::known::DOUBLE_NAMES;
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

/// What is wrong with the names of a crate, or with what the list says of them.
fn complaints(definitions: &Definitions, known: &[(&str, usize)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, files) in definitions {
        let times = known.iter().find(|(of, _)| of == name).map_or(1, |(_, times)| *times);
        if files.len() > times {
            let number = files.len();
            wrong.push(format!(
                "`{name}` means {number} things, {times} may be: {}",
                files.join(", ")
            ));
        }
    }
    for (name, times) in known {
        let found = definitions.get(*name).map_or(0, Vec::len);
        if found < 2 {
            wrong.push(format!("`{name}` means one thing or none; take it off the list"));
        } else if found < *times {
            wrong.push(format!(
                "`{name}` means only {found} things; write {found} for {times} in the list"
            ));
        }
    }
    wrong
}

#[test]
fn no_more_names_mean_two_things() {
    let mut wrong = Vec::new();
    let mut crates: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (root, files) in workspace() {
        let all = Crate::read(root, &files);
        let definitions = definitions(all.files().into_iter().map(|file| (file, files[file].as_str())));
        assert!(definitions.len() > 20, "{root}: {}", definitions.len());
        for (name, files) in &definitions {
            crates.entry(name.clone()).or_default().push(root);
            if files.len() > 1 {
                println!("{root}: {name} {}: {}", files.len(), files.join(", "));
            }
        }
        let (_, known) = DOUBLE_NAMES
            .iter()
            .find(|(of, _)| *of == root)
            .expect("each crate is on the list");
        let complaints = complaints(&definitions, known);
        wrong.extend(complaints.iter().map(|complaint| format!("{root}: {complaint}")));
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
    let wrong = ["`Refused` means 4 things, 1 may be: a.rs, b.rs, c.rs, d.rs"];
    assert_eq!(complaints(&definitions, &[]), wrong);
    let wrong = ["`Refused` means 4 things, 3 may be: a.rs, b.rs, c.rs, d.rs"];
    assert_eq!(complaints(&definitions, &[("Refused", 3)]), wrong);
    assert_eq!(complaints(&definitions, &[("Refused", 4)]), [""; 0]);
}

#[test]
fn a_name_that_is_listed_too_often_or_in_vain_is_found() {
    let definitions = definitions([
        ("a.rs", "pub struct Step; pub struct Kind;"),
        ("b.rs", "pub enum Step {}"),
    ]);
    let wrong = ["`Step` means only 2 things; write 2 for 3 in the list"];
    assert_eq!(complaints(&definitions, &[("Step", 3)]), wrong);
    for name in ["Kind", "Gone"] {
        let wrong = [format!("`{name}` means one thing or none; take it off the list")];
        assert_eq!(complaints(&definitions, &[("Step", 2), (name, 2)]), wrong);
    }
}
