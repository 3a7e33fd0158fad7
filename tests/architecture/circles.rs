//! Circles between files: whoever reads one file of a circle must read them all.
//!
//! An arrow runs from a file to the file that defines what the first one names. A name that is passed on with `pub use`
//! leads to where it is defined; passing it on is no arrow unless the file that does so uses it too.
//!
//! `cargo test --test architecture circles -- --nocapture` counts the circles; with `SHOW_CIRCLES=1` before it, it
//! lists the arrows of each.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::known::{CIRCLES, Known};
use super::modules::{Crate, Found};
use super::workspace;

/// From a file to the files that it names, and the names by which it does.
pub(super) type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

type Circle = BTreeSet<String>;

pub(super) fn arrows_in(all: &Crate) -> Arrows {
    let mut arrows = Arrows::new();
    for (place, module) in &all.modules {
        let imports = module.imports.iter();
        let used = imports.filter(|import| !import.is_passed_on || module.words.contains(&import.name));
        let imported = used.map(|import| (&import.target, import.name == "*"));
        for (path, is_glob) in imported.chain(module.paths.iter().map(|path| (path, false))) {
            let (file, name) = match all.resolve(place, path) {
                Some(Found::Item { file, name }) => (file, name),
                // Otherwise what is named through the module says which file is meant.
                Some(Found::Module(of)) if is_glob => (all.modules[&of].file.clone(), "*".to_owned()),
                _ => continue,
            };
            if file != module.file {
                let from = arrows.entry(module.file.clone()).or_default();
                from.entry(file).or_default().insert(name);
            }
        }
    }
    arrows
}

/// The arrows without those that run by a known name alone.
fn without_known(arrows: &Arrows, known: &[Known]) -> Arrows {
    let is_known = |file: &str, name: &str| {
        let mut entries = known.iter();
        entries.any(|(of, names)| *of == file && names.contains(&name))
    };
    let mut rest = arrows.clone();
    for (file, names) in rest.values_mut().flatten() {
        names.retain(|name| !is_known(file, name));
    }
    for targets in rest.values_mut() {
        targets.retain(|_, names| !names.is_empty());
    }
    rest
}

/// The files that arrows lead to from `start`, each with the file before it on the shortest way.
fn reached<'a>(arrows: &'a Arrows, start: &'a str) -> BTreeMap<&'a str, &'a str> {
    let mut before = BTreeMap::new();
    let mut files = vec![start];
    let mut at = 0;
    while let Some(file) = files.get(at).copied() {
        for next in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if !before.contains_key(next.as_str()) {
                before.insert(next.as_str(), file);
                files.push(next);
            }
        }
        at += 1;
    }
    before
}

/// The largest sets of files that all lead to one another.
pub(super) fn circles(arrows: &Arrows) -> BTreeSet<Circle> {
    let reached: BTreeMap<&str, _> = arrows
        .keys()
        .map(|file| (file.as_str(), reached(arrows, file)))
        .collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|files| files.contains_key(to));
    let on_circles = reached.keys().filter(|file| leads(file, file));
    on_circles
        .map(|file| {
            let others = reached[file].keys().filter(|other| leads(other, file));
            others.map(|other| (*other).to_owned()).collect()
        })
        .collect()
}

/// The shortest way from a file back to itself, as lines that name the arrows.
fn shortest(arrows: &Arrows, file: &str) -> String {
    let before = reached(arrows, file);
    let mut steps = Vec::new();
    let mut to = file;
    while let Some(from) = before.get(to) {
        let names: Vec<&str> = arrows[*from][to].iter().map(String::as_str).collect();
        steps.push(format!("  {from} names {} of {to}\n", names.join(", ")));
        to = from;
        if to == file {
            break;
        }
    }
    steps.sort();
    steps.concat()
}

/// What is wrong with the files of a crate, or with what the list says of them.
pub(super) fn complaints(arrows: &Arrows, allowed: usize, known: &[Known]) -> Vec<String> {
    let mut wrong = Vec::new();
    let rest = without_known(arrows, known);
    let fresh: BTreeSet<String> = circles(&rest)
        .iter()
        .flatten()
        .map(|file| shortest(&rest, file))
        .collect();
    wrong.extend(
        fresh
            .iter()
            .map(|circle| format!("a circle that is not on the list:\n{circle}")),
    );

    for (file, names) in known {
        let back = reached(&rest, file);
        for name in *names {
            let names_it = |from: &str| {
                let to = arrows.get(from).and_then(|targets| targets.get(*file));
                to.is_some_and(|names| names.contains(*name))
            };
            if !back.keys().any(|from| names_it(from)) {
                wrong.push(format!(
                    "{file}: `{name}` closes no circle any more; take it off the list"
                ));
            }
        }
    }

    let files = circles(arrows).iter().map(BTreeSet::len).sum::<usize>();
    if files > allowed {
        wrong.push(format!("{files} files are in circles; {allowed} were"));
    } else if files < allowed {
        wrong.push(format!(
            "only {files} files are in circles; write {files} for {allowed} in the list"
        ));
    }
    wrong
}

/// How many circles there are, and, if asked for, every arrow in them.
fn summary(arrows: &Arrows, is_whole: bool) -> String {
    let circles = circles(arrows);
    let files: usize = circles.iter().map(BTreeSet::len).sum();
    let mut text = format!("{} circles, {files} files in them\n", circles.len());
    for circle in circles.iter().filter(|_| is_whole) {
        let _ = writeln!(text, "a circle of {} files", circle.len());
        for from in circle {
            for (to, names) in arrows[from].iter().filter(|(to, _)| circle.contains(*to)) {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let _ = writeln!(text, "  {from} names {} of {to}", names.join(", "));
            }
        }
    }
    text
}

#[test]
fn files_name_each_other_in_no_new_circle() {
    let is_whole = std::env::var_os("SHOW_CIRCLES").is_some();
    let mut wrong = Vec::new();
    for (root, files) in workspace() {
        let arrows = arrows_in(&Crate::read(root, &files));
        println!("{root}: {}", summary(&arrows, is_whole));
        let (_, allowed, known) = CIRCLES
            .iter()
            .find(|(of, ..)| *of == root)
            .expect("each crate is on the list");
        let complaints = complaints(&arrows, *allowed, known);
        wrong.extend(complaints.iter().map(|complaint| format!("{root}: {complaint}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
