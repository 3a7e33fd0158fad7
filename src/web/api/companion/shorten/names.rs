//! Short names for those that a script declares.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use super::script::Script;

/// The short name for each name that may have one: one that is used only where it is declared, and never as the name of
/// a property.
pub(super) fn short_names<'a>(script: &Script<'a>) -> HashMap<&'a str, String> {
    let mut scopes: HashMap<&str, Vec<Range<usize>>> = HashMap::new();
    for (name, scope) in script.declarations() {
        scopes.entry(name).or_default().push(scope);
    }
    let mut uses: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, word) in script.words() {
        uses.entry(word).or_default().push(at);
    }
    scopes.retain(|name, scopes| {
        let is_declared = |at: usize| scopes.iter().any(|scope| scope.contains(&at));
        let uses = uses.get(name);
        uses.is_some_and(|uses| uses.iter().all(|at| is_declared(*at) && !script.is_property(*at)))
    });
    let mut names: Vec<&str> = scopes.keys().copied().collect();
    // The order is the same each time, and those that are used most come first.
    names.sort_by_key(|name| uses.get(name).map(|uses| (Reverse(uses.len()), uses.first().copied())));
    let mut short_names: HashMap<&str, String> = HashMap::new();
    for name in names {
        // Two names that nowhere mean something at the same time may share a short one.
        let is_free = |short: &String| {
            let sharing = short_names.iter().filter(|(_, other)| *other == short);
            sharing
                .map(|(other, _)| *other)
                .all(|other| !overlap(scopes.get(other), scopes.get(name)))
        };
        let mut fresh = letters().filter(|short| !uses.contains_key(short.as_str()));
        if let Some(short) = fresh.find(is_free) {
            short_names.insert(name, short);
        }
    }
    short_names
}

fn letters() -> impl Iterator<Item = String> {
    ('a'..='z').chain('A'..='Z').map(String::from)
}

fn overlap(some: Option<&Vec<Range<usize>>>, others: Option<&Vec<Range<usize>>>) -> bool {
    let (mut some, others) = (some.into_iter().flatten(), others.into_iter().flatten());
    some.any(|one| {
        others
            .clone()
            .any(|other| one.start < other.end && other.start < one.end)
    })
}
