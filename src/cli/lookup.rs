//! `portico lookup`: the lines of a log with the support code that a customer reads.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::failure::CommandFailure;
use crate::telemetry::support_code::SupportCode;

#[derive(Debug, Args)]
pub(super) struct LookupArgs {
    /// The code as it was read or typed: small letters, missing hyphens, and O, I or L for digits are understood.
    code: String,
    /// The log. Default, and with `-`: standard input.
    file: Option<PathBuf>,
}

/// Prints the lines with the code; fails if there is none.
pub(super) fn run(arguments: &LookupArgs) -> Result<(), CommandFailure> {
    let Some(code) = SupportCode::parse(&arguments.code) else {
        let rule = format!(
            "{:?} is no support code: it has ten letters and digits, as in 7K3F-Q2ND-4M",
            arguments.code
        );
        return Err(CommandFailure::Settings(format!("portico: {rule}\n")));
    };
    let found = match arguments.file.as_deref().filter(|file| *file != Path::new("-")) {
        Some(file) => {
            let log = File::open(file).with_context(|| format!("opening {}", file.display()))?;
            print_lines(BufReader::new(log), code)
        }
        None => print_lines(io::stdin().lock(), code),
    };
    match found.context("reading the log")? {
        0 => Err(anyhow::anyhow!("no line has the code {code}").into()),
        _ => Ok(()),
    }
}

/// Prints the lines with the code, as they are, and counts them. A line need not be text.
fn print_lines(mut log: impl BufRead, code: SupportCode) -> io::Result<u64> {
    let (code, mut out) = (code.to_string(), io::stdout().lock());
    let (mut line, mut count) = (Vec::new(), 0);
    while log.read_until(b'\n', &mut line)? > 0 {
        if memchr::memmem::find(&line, code.as_bytes()).is_some() {
            out.write_all(&line)?;
            count += 1;
        }
        line.clear();
    }
    out.flush()?;
    Ok(count)
}
