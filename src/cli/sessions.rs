//! `portico sessions`: asks the private port to list sessions or to end some.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde::Deserialize;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::terminal::say;
use super::{private_port, settings};

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// List the live sessions, most recently used first.
    List {
        /// Only those of this user: `sub`, login or email.
        #[arg(long, allow_hyphen_values = true)]
        user: Option<String>,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// End sessions immediately, and revoke their tokens at Okta.
    End {
        #[command(flatten)]
        whose: SessionSelector,
        /// Only say how many sessions would end.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct SessionSelector {
    /// Those of this user: `sub`, login or email.
    #[arg(long, allow_hyphen_values = true)]
    user: Option<String>,
    /// A single one, by the id that `list` prints.
    // An id is base64url, so that one in 64 begins with a hyphen.
    #[arg(long, allow_hyphen_values = true)]
    id: Option<String>,
    /// All of them: everyone has to sign in again.
    #[arg(long)]
    everyone: bool,
}

/// The answer of the private port, whichever request it answers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    total: usize,
    sessions: Vec<Session>,
    ended: usize,
}

#[derive(Debug, Deserialize)]
struct Session {
    id: String,
    sub: String,
    factors: Vec<String>,
    started: String,
    last_used: String,
    expires: String,
}

/// Asks the private port and prints its answer.
pub(super) fn run(command: &SessionsCommand) -> Result<(), CommandFailure> {
    match command {
        SessionsCommand::List { user, file } => {
            let query: Vec<_> = user.iter().map(|user| ("user", user.as_str())).collect();
            let answer = ask(file.config.as_deref(), Method::GET, &query)?;
            say(&listing(&answer))
        }
        SessionsCommand::End { whose, dry_run, file } => {
            let mut query = Vec::new();
            query.extend(whose.user.iter().map(|user| ("user", user.as_str())));
            query.extend(whose.id.iter().map(|id| ("id", id.as_str())));
            query.extend(whose.everyone.then_some(("everyone", "true")));
            query.extend(dry_run.then_some(("dry_run", "true")));
            let answer = ask(file.config.as_deref(), Method::DELETE, &query)?;
            let ended = answer.ended;
            say(&if *dry_run {
                format!("{ended} sessions would end\n")
            } else {
                format!("{ended} sessions ended\n")
            })
        }
    }
}

fn ask(path: Option<&Path>, method: Method, query: &[(&str, &str)]) -> Result<Answer, CommandFailure> {
    let port = settings::private_port(path)?;
    private_port::ask(&port, method, "/admin/sessions", query)
}

fn listing(answer: &Answer) -> String {
    let mut lines = String::new();
    for session in &answer.sessions {
        // OK because writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "{}  {}  {}  started {}  last used {}  ends {}",
            session.id,
            session.sub,
            session.factors.join("+"),
            session.started,
            session.last_used,
            session.expires,
        );
    }
    let (shown, total) = (answer.sessions.len(), answer.total);
    let _ = if shown < total {
        writeln!(
            lines,
            "{shown} of {total} sessions shown; use --user to narrow the list"
        )
    } else {
        writeln!(lines, "{total} sessions")
    };
    lines
}
