//! The table of docs/security.md: every requirement has a row, every proof that a row names is there, and the list of
//! what is not built can only become shorter.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ROOT, files, read};

/// Which numbers there are.
const IDS: [std::ops::RangeInclusive<u16>; 7] = [
    101..=150,
    201..=229,
    301..=319,
    401..=420,
    501..=509,
    601..=611,
    701..=723,
];

/// Rows that say "open". To lower it is all that may be done to it.
const OPEN: usize = 22;

/// The areas of planned work that an open row may name.
const TITLES: [&str; 6] = [
    "Supply chain",
    "Performance",
    "Operations",
    "Sign-in pages",
    "Okta conformance",
    "Proxies",
];

/// One requirement, and how it stands.
#[derive(Debug, PartialEq, Eq)]
struct Row {
    id: u16,
    tests: Vec<String>,
    files: Vec<String>,
    open: Option<String>,
    /// Why it does not apply.
    is_waived: bool,
}

/// The rows of a page. What is in backticks in the last column is a test, or a file when there is a dot or a slash in
/// it.
fn rows(page: &str) -> Vec<Row> {
    page.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row> {
    let cells: Vec<_> = line.trim().strip_prefix("| SEC-")?.split(" | ").collect();
    let [id, _, proof] = cells.as_slice() else {
        panic!("a row has three columns: {line}");
    };
    let proof = proof.trim_end_matches('|').trim();
    let quoted = proof.split('`').skip(1).step_by(2).map(str::to_owned);
    let (files, tests) = quoted.partition(|name| name.contains(['.', '/']));
    Some(Row {
        id: id.parse().unwrap(),
        tests,
        files,
        open: proof.split_once("open: ").map(|(_, title)| title.to_owned()),
        is_waived: proof.starts_with("does not apply: "),
    })
}

/// The names of all tests in a source: functions with an attribute that ends in `test`, whatever stands between.
fn tests_in(source: &str) -> impl Iterator<Item = &str> {
    let mut is_marked = false;
    source.lines().filter_map(move |line| {
        let line = line.trim();
        if line.starts_with("#[") {
            let attribute = line.trim_start_matches("#[");
            let name = attribute.split(['(', ']']).next().unwrap_or_default();
            is_marked |= name == "test" || name.ends_with("::test");
            return None;
        }
        let words = line.strip_prefix("pub(crate) ").unwrap_or(line);
        let words = words.strip_prefix("async ").unwrap_or(words);
        let name = words.strip_prefix("fn ")?.split(['(', '<']).next();
        name.filter(|_| std::mem::take(&mut is_marked))
    })
}

/// Every test there is. Those that several programs share are functions in a list of `tests/proxies`.
fn all_tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in ["src", "views", "tests"]
        .into_iter()
        .flat_map(|folder| files(folder, &["rs"]))
    {
        let source = read(&Path::new(ROOT).join(path));
        found.extend(tests_in(&source).map(str::to_owned));
        found.extend(listed_in(&source));
    }
    found
}

/// What the macros of tests/proxies make tests of: lines that are a name and a comma at most, in a call with `plays`.
fn listed_in(source: &str) -> Vec<String> {
    let names = source.lines().map(|line| line.trim().trim_end_matches(','));
    let names = names.map(|line| line.rsplit("::").next().unwrap_or(line));
    names
        .filter(|name| name.starts_with("sec_") && !name.contains([' ', '(']))
        .map(str::to_owned)
        .collect()
}

/// What is wrong with a row.
fn complaints(row: &Row, tests: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    for test in row.tests.iter().filter(|test| !tests.contains(*test)) {
        wrong.push(format!("SEC-{}: there is no test {test}", row.id));
    }
    let is_gone = |file: &&String| !Path::new(ROOT).join(file).exists();
    for file in row.files.iter().filter(is_gone) {
        wrong.push(format!("SEC-{}: there is no file {file}", row.id));
    }
    if let Some(title) = &row.open
        && !TITLES.contains(&title.as_str())
    {
        wrong.push(format!("SEC-{}: nobody builds {title:?}", row.id));
    }
    let is_proven = !row.tests.is_empty() || !row.files.is_empty();
    if !is_proven && row.open.is_none() && !row.is_waived {
        wrong.push(format!("SEC-{}: nothing proves it", row.id));
    }
    wrong
}

fn page() -> Vec<Row> {
    rows(&read(&Path::new(ROOT).join("docs/security.md")))
}

#[test]
fn every_requirement_has_one_row() {
    let mut ids: Vec<_> = page().iter().map(|row| row.id).collect();
    let wanted: Vec<_> = IDS.into_iter().flatten().collect();
    assert_eq!(wanted.len(), 161);
    ids.sort_unstable();
    assert_eq!(ids, wanted);
}

#[test]
fn every_proof_is_there() {
    let tests = all_tests();
    let wrong: Vec<_> = page().iter().flat_map(|row| complaints(row, &tests)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_proof_of_the_threat_model_is_there() {
    let tests = all_tests();
    let page = read(&Path::new(ROOT).join("docs/threat-model.md"));
    let named = page.split('`').skip(1).step_by(2);
    let named: Vec<&str> = named.filter(|name| name.starts_with("sec_")).collect();
    assert!(named.len() > 40, "only {} tests are named", named.len());
    let gone: Vec<_> = named.iter().filter(|name| !tests.contains(**name)).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn every_id_that_a_test_cites_is_one() {
    let ids: BTreeSet<_> = IDS.into_iter().flatten().collect();
    for test in all_tests() {
        let mut words = test.split('_').peekable();
        while let Some(word) = words.next() {
            let number = words.peek().and_then(|next| next.parse().ok());
            if word == "sec"
                && let Some(number) = number
            {
                assert!(ids.contains(&number), "{test} cites SEC-{number}");
            }
        }
    }
}

#[test]
fn the_open_list_only_becomes_shorter() {
    let open = page().iter().filter(|row| row.open.is_some()).count();
    assert!(open <= OPEN, "{open} rows are open, {OPEN} may be");
    assert_eq!(open, OPEN, "lower OPEN: fewer rows are open");
}

#[test]
fn a_row_that_proves_nothing_is_found() {
    let page = "| ID | What | Proof |\n| SEC-101 | x | `sec_101_a`, `tests/run` |\n| SEC-102 | x | `sec_102_gone` |\n\
         | SEC-103 | x | open: Performance |\n| SEC-104 | x | open: Some day |\n| SEC-105 | x | `gone.rs` |\n\
         | SEC-106 | x | well |\n| SEC-107 | x | does not apply: there is none |\n";
    let tests = BTreeSet::from(["sec_101_a".to_owned()]);
    let wrong: Vec<_> = rows(page)
        .iter()
        .map(|row| (row.id, complaints(row, &tests).len()))
        .collect();
    let expected = [(101, 0), (102, 1), (103, 0), (104, 1), (105, 1), (106, 1), (107, 0)];
    assert_eq!(wrong, expected);
}

#[test]
fn only_tests_count_as_tests() {
    let source = "#[test]\nfn a() {\n    fn b() {}\n}\n#[tokio::test(flavor = \"multi_thread\")]\n#[ignore]\nasync fn c() {}\nfn d() {}\n\
                  // #[test]\nfn e() {}\n    #[test]\n    fn f(x in 0..1) {}\n";
    assert_eq!(tests_in(source).collect::<Vec<_>>(), ["a", "c", "f"]);
    let listed = "each!(\n    sec_313_x,\n    sec_311_y\n);\n forged::sec_314_z,\n let sec_1 = 2;\n";
    assert_eq!(listed_in(listed), ["sec_313_x", "sec_311_y", "sec_314_z"]);
}
