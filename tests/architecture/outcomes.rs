//! That docs/logs.md names every outcome that a line of the log can have, and every event, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use super::{read, sources};

/// Parts of files that name outcomes: what begins each, and what ends it.
const NAMED_IN: &[(&str, &str, &str)] = &[
    ("src/web/outcome.rs", "pub(super) const SIGNED_IN", "#[derive"),
    ("src/web/outcome.rs", "fn name(problem: Problem)", "\n}\n"),
    ("src/web/error.rs", "fn outcome(&self)", "\n    }\n"),
    ("src/web/upstream/trouble.rs", "fn name(self)", "\n    }\n"),
    ("src/web/api/global_token_revocation.rs", "fn answer(", "\n}\n"),
];

/// The words between quotes: small letters and underscores.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('"').skip(1).step_by(2);
    quoted.filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
}

/// What follows `mark`, up to the end of that call.
fn calls<'a>(source: &'a str, mark: &'a str) -> impl Iterator<Item = &'a str> {
    let after = source.split(mark).skip(1);
    after.map(|rest| rest.split_once(");").map_or(rest, |(call, _)| call))
}

fn in_the_code() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut outcomes, mut events) = (BTreeSet::new(), BTreeSet::new());
    for (path, source) in sources("src") {
        for (_, begin, end) in NAMED_IN.iter().filter(|(file, ..)| path.ends_with(file)) {
            let (_, part) = source.split_once(begin).unwrap();
            let (part, _) = part.split_once(end).unwrap();
            outcomes.extend(words(part).map(str::to_owned));
        }
        outcomes.extend(calls(&source, "note_outcome(").flat_map(words).map(str::to_owned));
        let told = source
            .split("event = \"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        events.extend(told.map(str::to_owned));
    }
    (outcomes, events)
}

#[test]
fn the_docs_name_every_outcome_and_event_and_no_others() {
    let page = read(Path::new("docs/logs.md"));
    let (fields, rest) = page.split_once("## Finding a support code").unwrap();
    let (_, tables) = rest.split_once("## Outcomes").unwrap();
    let first_cells = tables
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let documented: BTreeSet<String> = first_cells
        .flat_map(|cell| cell.split(['`', ',', ' ']))
        .filter(|word| !word.is_empty() && *word != "outcome")
        .map(str::to_owned)
        .collect();
    let (outcomes, events) = in_the_code();
    assert!(outcomes.len() > 40 && events.len() > 4, "{outcomes:?} {events:?}");
    assert_eq!(documented, outcomes);
    let told = fields.lines().find(|line| line.starts_with("| `event`")).unwrap();
    for event in &events {
        assert!(
            told.contains(&format!("`{event}`")),
            "docs/logs.md does not name the event {event}"
        );
    }
}
