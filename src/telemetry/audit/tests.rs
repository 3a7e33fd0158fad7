//! What an attacker does to a file, and what verifying says of it.

use jiff::Timestamp;
use proptest::prelude::*;

use super::chain::Chain;
use super::record::{AuditLine, ChainEvent, hash};
use super::verify::{Verification, Verifier};
use crate::clock::SystemEntropy;
use crate::session::secrets::keys::KeyRing;
use crate::session::secrets::{AuditPublicKey, AuditSigner};

struct Written {
    key: AuditPublicKey,
    chain: Chain,
    lines: Vec<String>,
}

impl Written {
    fn by(id: &str, follows: Option<String>) -> Self {
        let ring = KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH);
        let signer = AuditSigner::new(&ring).unwrap();
        let (key, chain) = (signer.public_key(), Chain::new(id.to_owned(), signer));
        let mut written = Self {
            key,
            chain,
            lines: Vec::new(),
        };
        written.writes(AuditLine {
            key: Some(key.to_string()),
            follows,
            ..of(ChainEvent::Opened)
        });
        written
    }

    fn writes(&mut self, record: AuditLine) {
        let is_signed = ChainEvent::must_be_signed(record.event);
        let line = self.chain.line(record);
        self.chain.written(&line, is_signed);
        self.lines.push(String::from_utf8(line).unwrap());
    }

    /// Numbers 1 to 8: events, with a checkpoint as 4 and the end as 8.
    fn a_day(id: &str) -> Self {
        let mut day = Self::by(id, None);
        for _ in 0..3 {
            day.writes(refusal());
        }
        day.writes(of(ChainEvent::Checkpoint));
        for _ in 0..3 {
            day.writes(refusal());
        }
        day.writes(of(ChainEvent::Closed));
        day
    }

    fn verified(&self, text: &str) -> Verification {
        verified(&[self.key], &[text])
    }

    fn whole(&self) -> String {
        self.lines.concat()
    }
}

fn of(event: ChainEvent) -> AuditLine {
    AuditLine::new(event.name(), Timestamp::UNIX_EPOCH)
}

fn refusal() -> AuditLine {
    AuditLine {
        outcome: Some("wrong"),
        user: Some("0011223344556677".to_owned()),
        ..AuditLine::new("factor_refused", Timestamp::UNIX_EPOCH)
    }
}

fn verified(keys: &[AuditPublicKey], files: &[&str]) -> Verification {
    let mut verifier = Verifier::new(keys.to_vec());
    for (number, text) in (1..).zip(files) {
        verifier.read(&format!("file{number}"), text.as_bytes()).unwrap();
    }
    verifier.finish()
}

#[track_caller]
fn says(found: &Verification, problems: &[&str]) {
    assert_eq!(found.problems.len(), problems.len(), "{found:#?}");
    for (problem, words) in found.problems.iter().zip(problems) {
        assert!(problem.contains(words), "{problem} is not: {words}");
    }
}

#[test]
fn a_file_that_nobody_touched_is_in_order() {
    let day = Written::a_day("aa");
    let found = day.verified(&day.whole());
    says(&found, &[]);
    assert_eq!(found.warnings, Vec::<String>::new());
    assert!(
        found.chains[0].contains("chain aa") && found.chains[0].contains("records 0 to 8"),
        "{found:?}"
    );
    assert!(found.chains[0].ends_with("closed in order"));
}

#[test]
fn an_edited_line_is_named() {
    let day = Written::a_day("aa");
    for (line, edited) in day.lines.iter().enumerate() {
        let changed = if edited.contains("wrong") {
            edited.replace("\"wrong\"", "\"right\"")
        } else {
            edited.replace("1970", "1971")
        };
        assert_ne!(&changed, edited);
        let mut lines = day.lines.clone();
        lines[line] = changed;
        let found = day.verified(&lines.concat());
        assert!(!found.problems.is_empty(), "line {line}");
        let place = format!("file1:{}: record {line} was changed", line + 1);
        assert!(
            found.problems.iter().all(|problem| problem.starts_with(&place)),
            "{found:#?}"
        );
    }
}

#[test]
fn a_link_that_was_redirected_is_found_where_it_was() {
    let day = Written::a_day("aa");
    let mut lines = day.lines.clone();
    // Behind a signed record, whose own bytes are beyond doubt.
    lines[5] = lines[5].replace(&hash(day.lines[4].trim_end().as_bytes()), &"0".repeat(64));
    let found = day.verified(&lines.concat());
    says(
        &found,
        &["file1:6: record 5 was changed", "file1:6: record 5 was changed"],
    );
}

#[test]
fn deleted_lines_are_missing() {
    let day = Written::a_day("aa");
    for first in 1..8 {
        for count in 1..=(8 - first) {
            let mut lines = day.lines.clone();
            lines.drain(first..first + count);
            let found = day.verified(&lines.concat());
            let which = if count == 1 {
                format!("record {first} is missing")
            } else {
                format!("records {first} to {} are missing", first + count - 1)
            };
            says(
                &found,
                &[&format!("file1:{}: {which}, between file1:{first} and here", first + 1)],
            );
        }
    }
    let found = day.verified(&day.lines[3..].concat());
    says(&found, &["file1:1: records 0 to 2 are missing before this one"]);
}

#[test]
fn swapped_and_repeated_lines_are_named() {
    let day = Written::a_day("aa");
    let mut lines = day.lines.clone();
    lines.swap(5, 6);
    says(
        &day.verified(&lines.concat()),
        &["file1:7: record 5 stands behind record 6: lines were put in another order"],
    );
    let mut lines = day.lines.clone();
    lines.insert(6, lines[2].clone());
    says(&day.verified(&lines.concat()), &["file1:7: record 2 is there twice"]);
}

#[test]
fn a_tail_that_was_cut_is_a_warning_with_a_count() {
    let day = Written::a_day("aa");
    for (kept, says_this) in [
        (5, "every record here is signed for"),
        (6, "the last record here is not signed for"),
        (8, "the last 3 records here are not signed for"),
    ] {
        let found = day.verified(&day.lines[..kept].concat());
        says(&found, &[]);
        assert!(
            found.warnings[0].contains("has no end") && found.warnings[0].ends_with(says_this),
            "{found:?}"
        );
    }
}

#[test]
fn a_torn_line_is_told_and_hides_nothing() {
    let mut day = Written::a_day("aa");
    let torn = &day.lines[6][..40];
    // The writer of the same process says it again.
    let again = [&day.lines[..6].concat(), torn, "\n", &day.lines[6..].concat()].concat();
    let found = day.verified(&again);
    says(&found, &[]);
    assert!(found.warnings[0].contains("file1:7: torn: 40 bytes"), "{found:?}");
    // The process was killed, and the next one noted it.
    let last = hash(day.lines[5].trim_end().as_bytes());
    let mut next = Written::by("bb", None);
    next.lines.clear();
    next.chain = Chain::new(
        "bb".to_owned(),
        AuditSigner::new(&KeyRing::new(&SystemEntropy, Timestamp::UNIX_EPOCH)).unwrap(),
    );
    let opened = AuditLine {
        key: Some(next.chain.key()),
        follows: Some(last),
        torn_bytes: Some(40),
        ..of(ChainEvent::Opened)
    };
    next.writes(opened);
    let text = [&day.lines[..6].concat(), torn, "\n", &next.whole()].concat();
    let keys = [day.key, AuditPublicKey::parse(&next.chain.key()).unwrap()];
    let found = verified(&keys, &[&text]);
    says(&found, &[]);
    assert!(
        found.warnings[0].ends_with("and the next process noted it"),
        "{found:?}"
    );
    // What is made to look torn is missing all the same.
    day.lines[2].truncate(40);
    day.lines[2].push('\n');
    says(&day.verified(&day.whole()), &["record 2 is missing"]);
}

#[test]
fn chains_in_one_file_are_verified_each() {
    let (one, other) = (Written::a_day("aa"), Written::a_day("bb"));
    let both: Vec<&str> = one
        .lines
        .iter()
        .zip(&other.lines)
        .flat_map(|(one, other)| [&**one, &**other])
        .collect();
    let keys = [one.key, other.key];
    let found = verified(&keys, &[&both.concat()]);
    says(&found, &[]);
    assert_eq!(found.chains.len(), 2);
    let without: String = both
        .iter()
        .enumerate()
        .filter(|(at, _)| *at != 5)
        .map(|(_, line)| *line)
        .collect();
    says(
        &verified(&keys, &[&without]),
        &["file1:7: record 2 is missing, between file1:4 and here"],
    );
}

#[test]
fn a_chain_goes_on_in_the_next_file() {
    let mut day = Written::by("aa", None);
    day.writes(refusal());
    day.writes(of(ChainEvent::Checkpoint));
    let first = std::mem::take(&mut day.lines).concat();
    day.writes(AuditLine {
        key: Some(day.key.to_string()),
        ..of(ChainEvent::Continued)
    });
    day.writes(refusal());
    day.writes(of(ChainEvent::Closed));
    let second = day.whole();
    let found = verified(&[day.key], &[&first, &second]);
    says(&found, &[]);
    assert!(found.warnings.is_empty(), "{found:?}");
    let alone = verified(&[day.key], &[&second]);
    says(&alone, &[]);
    assert!(
        alone.warnings[0].contains("records 0 to 2 are in files that were not given"),
        "{alone:?}"
    );
    // Without the record that begins it, the file has lost its head.
    let headless = verified(&[day.key], &[&day.lines[1..].concat()]);
    says(&headless, &["records 0 to 3 are missing before this one"]);
}

#[test]
fn a_chain_that_was_taken_out_is_missed_by_the_next() {
    let first = Written::a_day("aa");
    let last = hash(first.lines[8].trim_end().as_bytes());
    let mut second = Written::by("bb", Some(last));
    second.writes(of(ChainEvent::Closed));
    let keys = [first.key, second.key];
    says(&verified(&keys, &[&[first.whole(), second.whole()].concat()]), &[]);
    says(
        &verified(&keys, &[&second.whole()]),
        &["opened the file is gone or was changed"],
    );
}

#[test]
fn another_key_vouches_for_nothing() {
    let (day, other) = (Written::a_day("aa"), Written::a_day("bb"));
    let found = verified(&[other.key], &[&day.whole()]);
    assert!(
        found.problems[0].contains("none of the keys that were given"),
        "{found:?}"
    );
    // Without a key, the file is measured by itself, and that is said.
    let found = verified(&[], &[&day.whole()]);
    says(&found, &[]);
    assert!(found.warnings[0].starts_with("without --key"));
    // A forged chain cannot name a key that it has not got.
    let forged = day.lines[0].replace(&day.key.to_string(), &other.key.to_string());
    assert!(!verified(&[other.key], &[&forged]).problems.is_empty());
}

#[test]
fn lines_of_others_are_passed_over_and_an_empty_file_is_no_record() {
    let day = Written::a_day("aa");
    let mixed: String = day
        .lines
        .iter()
        .flat_map(|line| ["{\"message\":\"a log line\"}\n", line.as_str()])
        .collect();
    let found = day.verified(&mixed);
    says(&found, &[]);
    assert!(found.warnings[0].contains("9 lines are no audit records"), "{found:?}");
    says(&day.verified(""), &["there is no audit record"]);
    let long = "x".repeat(300_000);
    says(&day.verified(&long), &["there is no audit record"]);
}

#[test]
fn a_signature_that_was_taken_away_is_missed() {
    let day = Written::a_day("aa");
    let mut lines = day.lines.clone();
    let (body, _) = lines[4].rsplit_once(",\"sig\"").unwrap();
    lines[4] = format!("{body}}}\n");
    let found = day.verified(&lines.concat());
    says(
        &found,
        &["record 4 has lost its signature", "file1:5: record 4 was changed"],
    );
}

#[test]
fn a_later_schema_is_said_to_be_one() {
    let day = Written::a_day("aa");
    let later = day.lines[1].replace("\"portico_audit\":1", "\"portico_audit\":2");
    let found = day.verified(&[&day.lines[0], &later].map(String::as_str).concat());
    assert!(found.problems[0].contains("version 2 of the schema"), "{found:?}");
}

proptest! {
    #[test]
    fn no_file_makes_it_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        line in 0_usize..9,
        at in 0_usize..200,
        seq: u64,
    ) {
        let day = Written::a_day("aa");
        let mut verifier = Verifier::new(vec![day.key]);
        verifier.read("bytes", bytes.as_slice()).unwrap();
        let mut lines = day.lines.clone();
        lines[line] = lines[line].replace(&format!("\"seq\":{line}"), &format!("\"seq\":{seq}"));
        verifier.read("numbers", lines.concat().as_bytes()).unwrap();
        let mut whole = day.whole().into_bytes();
        let at = at.min(whole.len());
        let end = (at + bytes.len()).min(whole.len());
        whole.splice(at..end, bytes);
        verifier.read("spliced", whole.as_slice()).unwrap();
        prop_assert!(!verifier.finish().problems.is_empty());
    }
}
