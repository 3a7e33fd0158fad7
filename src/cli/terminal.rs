//! What commands write: answers on standard output, everything else on standard error.

use std::io::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use super::failure::CommandFailure;

/// Writes a command's output.
pub(super) fn say(text: &str) -> Result<(), CommandFailure> {
    let mut out = std::io::stdout().lock();
    let said = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    said.map_err(|error| CommandFailure::Failed(anyhow::Error::new(error).context("writing the answer")))
}

/// Writes a command's output as one line of JSON, for scripts.
pub(super) fn say_json(answer: &impl Serialize) -> Result<(), CommandFailure> {
    let text = serde_json::to_string(answer).context("writing the answer as JSON")?;
    say(&(text + "\n"))
}

#[derive(Serialize)]
struct Failure<'a> {
    error: &'a str,
    exit_code: u8,
}

/// Writes why a command failed, for scripts: the same line for every command.
pub(super) fn say_failure(text: &str, exit_code: u8) {
    let text = text.trim_end();
    let error = text.strip_prefix("portico: ").or_else(|| text.strip_prefix("error: "));
    let failure = Failure {
        error: error.unwrap_or(text),
        exit_code,
    };
    // OK to ignore: the command fails already.
    let _ = say_json(&failure);
}

/// "1 session", "2 sessions".
pub(super) fn counted(count: usize, one: &str, more: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { more })
}

/// Text that somebody typed, without what a terminal would act on or show in another place.
pub(super) fn printable(text: &str) -> String {
    let is_odd = |c: char| {
        let turns_the_line =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
        c.is_control() || turns_the_line
    };
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    safe
}

/// A name as an argument of a command in a shell.
pub(super) fn argument(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "@._+-".contains(c);
    let safe = printable(text);
    if !safe.is_empty() && safe.chars().all(is_plain) {
        return safe;
    }
    format!("'{}'", safe.replace('\'', "'\\''"))
}

/// Writes anything else: an error, a warning, a note.
pub(super) fn complain(text: &str) {
    // OK to ignore: when the terminal is gone there is no one left to tell.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
