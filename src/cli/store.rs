//! `portico store`: copies a store into another one, such as the embedded one into Redis.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::failure::CommandFailure;
use super::runtime::block_on;
use super::settings;
use super::terminal::{complain, counted, say, say_json};
use crate::startup::{CopyOrder, CopyReport, copy_store};

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Copy sessions, sign-ins in progress and what is owed to Okta and to portals into another store, so that nobody is
    /// signed out.
    ///
    /// Stop every service that uses either store first. Afterwards, services refuse the store that was copied: sessions
    /// that end in the other one must not live again.
    Copy {
        /// The settings of the store to copy.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// The settings of the store to copy into.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Delete what the other store holds.
        #[arg(long)]
        replace: bool,
        /// Copy nothing; read all of it, and say how much it is. Replicas that share a Redis may be running.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Sessions between two lines that say how far it is.
const TOLD_EVERY: usize = 10_000;

#[derive(Serialize)]
struct Answer {
    dry_run: bool,
    sessions: usize,
    attempts: usize,
    revocations: usize,
    logout_notices: usize,
    unreadable: usize,
    counts_of_failures: bool,
}

/// Copies, and says how much it was.
pub(super) fn run(command: &StoreCommand) -> Result<(), CommandFailure> {
    let StoreCommand::Copy {
        from,
        to,
        replace,
        dry_run,
        json,
    } = command;
    // It would be the setting of both.
    if let Some((name, _)) = std::env::vars_os().find(|(name, _)| is_of_the_store(name)) {
        return Err(CommandFailure::Settings(format!(
            "portico: {} is set and would change both stores; write it into the files and unset it\n",
            name.display()
        )));
    }
    let (from, to) = (settings::load(Some(from))?, settings::load(Some(to))?);
    let order = CopyOrder {
        from: &from,
        to: &to,
        replaces: *replace,
        is_dry_run: *dry_run,
    };
    let mut progress = |written: usize, of: usize| {
        if written.is_multiple_of(TOLD_EVERY) && written < of {
            complain(&format!("{written} of {of} sessions are written\n"));
        }
    };
    let report = block_on(async {
        let copied = copy_store(order, &mut progress).await;
        Ok(copied.map_err(anyhow::Error::new)?)
    })?;
    if *json {
        return say_json(&answer(report, *dry_run));
    }
    say(&text(report, *dry_run))
}

fn is_of_the_store(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("PORTICO_STORE__"))
}

fn answer(report: CopyReport, dry_run: bool) -> Answer {
    Answer {
        dry_run,
        sessions: report.counts.sessions,
        attempts: report.counts.attempts,
        revocations: report.counts.revocations,
        logout_notices: report.counts.notices,
        unreadable: report.counts.unreadable,
        counts_of_failures: report.has_failures,
    }
}

fn text(report: CopyReport, dry_run: bool) -> String {
    let counts = report.counts;
    let how = if dry_run {
        "would be copied"
    } else {
        "copied and compared"
    };
    let what = [
        counted(counts.sessions, "session", "sessions"),
        counted(
            counts.attempts,
            "sign-in in progress or remembered",
            "sign-ins in progress or remembered",
        ),
        counted(counts.revocations, "pending revocation", "pending revocations"),
        counted(counts.notices, "logout notice", "logout notices"),
    ];
    let mut lines = vec![format!("{how}: {}", what.join(", "))];
    if counts.unreadable > 0 {
        let sessions = counted(counts.unreadable, "session", "sessions");
        lines.push(format!("left out: {sessions} that cannot be read"));
    }
    if !report.has_failures {
        lines.push("left out: counts of wrong passwords and codes, which begin anew".to_owned());
    }
    if !dry_run {
        lines.push(
            "Start the service with the settings of --to; it refuses the store of --from from now on.".to_owned(),
        );
    }
    lines.join("\n") + "\n"
}
