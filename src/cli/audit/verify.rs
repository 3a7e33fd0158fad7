//! `portico audit verify`: whether audit files are as they were written.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::cli::failure::CommandFailure;
use crate::cli::terminal::{complain, counted, say};
use crate::session::secrets::AuditPublicKey;
use crate::telemetry::audit::verify::{Verification, Verifier};

/// Letters of a finding: more than any has that quotes a record of ours.
const LONGEST: usize = 1_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The files, the oldest first; `-`: standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The public half of the key, as `portico audit key` printed it; again for each key that was in use.
    #[arg(long = "key", value_name = "PUBLIC")]
    keys: Vec<String>,
    /// A file of them, as `portico audit key` printed it: the first word of each line counts.
    #[arg(long = "keys", value_name = "KEYS")]
    keys_file: Option<PathBuf>,
}

/// Prints what is found; fails if anything is wrong.
pub(super) fn run(arguments: &VerifyArgs) -> Result<(), CommandFailure> {
    let mut verifier = Verifier::new(keys(arguments)?);
    for path in &arguments.files {
        let name = path.display().to_string();
        let read = if path == Path::new("-") {
            verifier.read("standard input", io::stdin().lock())
        } else {
            let file = File::open(path).with_context(|| format!("opening {name}"))?;
            verifier.read(&name, BufReader::new(file))
        };
        read.with_context(|| format!("reading {name}"))?;
    }
    tell(&verifier.finish())
}

fn keys(arguments: &VerifyArgs) -> Result<Vec<AuditPublicKey>, CommandFailure> {
    let kept = match &arguments.keys_file {
        Some(file) => std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?,
        None => String::new(),
    };
    let kept: Vec<&str> = kept.lines().filter_map(|line| line.split_whitespace().next()).collect();
    if arguments.keys_file.is_some() && kept.is_empty() {
        return Err(CommandFailure::Settings(
            "portico: the file of --keys has no key\n".to_owned(),
        ));
    }
    let given = arguments.keys.iter().map(String::as_str).chain(kept);
    let read = given.map(|text| {
        AuditPublicKey::parse(text).map_err(|bad| CommandFailure::Settings(format!("portico: {text:?} {bad}\n")))
    });
    read.collect()
}

/// Whoever changed the file may have written it for the terminal.
fn harmless(line: &str) -> String {
    let letters = line.chars().take(LONGEST);
    letters.filter(|letter| !letter.is_control()).collect()
}

fn tell(found: &Verification) -> Result<(), CommandFailure> {
    let marked = |mark: &str, lines: &[String]| -> String {
        let lines = lines.iter().map(|line| format!("{mark}{}\n", harmless(line)));
        lines.collect()
    };
    say(&marked("", &found.chains))?;
    complain(&marked("warning: ", &found.warnings));
    complain(&marked("problem: ", &found.problems));
    let problems = found.problems.len() + found.untold;
    if problems == 0 {
        return say("nothing was changed and nothing is missing, as far as the signatures reach\n");
    }
    if found.untold > 0 {
        complain(&format!("problem: and {} more\n", found.untold));
    }
    complain(&format!("{} found\n", counted(problems, "problem", "problems")));
    Err(CommandFailure::Reported)
}
