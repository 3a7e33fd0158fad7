//! Circles between files: whoever reads one file of a circle must read them all.
//!
//! An arrow runs from a file to the file that defines what the first one names. A name that is passed on with `pub use`
//! leads to where it is defined; passing it on is no arrow unless the file that does so uses it too.

use std::collections::{BTreeMap, BTreeSet};

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

/// Each circle, by the shortest way around it.
pub(super) fn complaints(arrows: &Arrows) -> BTreeSet<String> {
    let circles = circles(arrows);
    let files = circles.iter().flatten();
    files.map(|file| shortest(arrows, file)).collect()
}

#[test]
fn files_name_each_other_in_no_circle() {
    for (root, files) in workspace() {
        let wrong = complaints(&arrows_in(&Crate::read(root, &files)));
        let wrong: Vec<_> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "{root}: circles\n{}", wrong.join("\n"));
    }
}
