//! That docs/audit.md names every member and every event of the audit record, in the order of the members, and no others.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ROOT, read};

fn source(path: &str) -> String {
    read(&Path::new(ROOT).join(path))
}

/// The first cells of the table that follows a heading.
fn first_cells(page: &str, heading: &str) -> Vec<String> {
    let (_, section) = page.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let words = rows.flat_map(|cell| cell.split(['`', ',', ' ']));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The part of a source between two marks.
fn between<'a>(source: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = source.split_once(begin).unwrap();
    rest.split_once(end).unwrap().0
}

#[test]
fn the_docs_name_every_member_of_an_audit_line_in_its_order() {
    let record = source("src/telemetry/audit/record.rs");
    let fields = between(&record, "pub(super) struct AuditLine {", "\n}\n");
    let mut members: Vec<String> = fields
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub(super) ")?.split_once(':'))
        .map(|(name, _)| name.to_owned())
        .collect();
    members.push("sig".to_owned());
    assert!(members.len() > 20, "{members:?}");
    assert_eq!(first_cells(&source("docs/audit.md"), "## Lines"), members);
}

#[test]
fn the_docs_name_every_event_of_the_audit_record_and_no_others() {
    let (acts, chain) = (source("src/flow/audit.rs"), source("src/telemetry/audit/record.rs"));
    let named = [&acts, &chain].map(|source| between(source, "fn name(self)", "\n    }\n"));
    let events: BTreeSet<String> = named
        .iter()
        .flat_map(|body| body.split('"').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert!(events.len() > 12, "{events:?}");
    let page = source("docs/audit.md");
    let mut documented = first_cells(&page, "\n## Events");
    assert_eq!(documented.remove(0), "event");
    assert_eq!(documented.into_iter().collect::<BTreeSet<_>>(), events);
}
