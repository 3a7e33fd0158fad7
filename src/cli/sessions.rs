//! `portico sessions`: asks the private port to list sessions or to end some.

use std::fmt::Write as _;

use anyhow::anyhow;
use clap::{Args, Subcommand};
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::failure::CommandFailure;
use super::private_port::PrivatePortArgs;
use super::terminal::{counted, say, say_json};

/// The page of the private port.
const PAGE: &str = "/admin/sessions";

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// List the live sessions, most recently used first.
    List {
        /// Only those of this user: `sub`, login or email.
        #[arg(long, allow_hyphen_values = true)]
        user: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
    },
    /// End sessions immediately, and revoke their tokens at Okta. Fails if the user or the id has no session.
    End {
        #[command(flatten)]
        whose: SessionSelector,
        /// Only say how many sessions would end.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
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

#[derive(Debug, Deserialize, Serialize)]
struct Listed {
    total: usize,
    sessions: Vec<SessionLine>,
}

#[derive(Debug, Deserialize, Serialize)]
struct Ended {
    ended: usize,
    dry_run: bool,
}

/// A session as the private port lists it.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct SessionLine {
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
        SessionsCommand::List { user, json, port } => {
            let query: Vec<_> = user.iter().map(|user| ("user", user.as_str())).collect();
            let listed: Listed = port.ask(Method::GET, PAGE, &query)?;
            if *json {
                return say_json(&listed);
            }
            say(&listing(&listed))
        }
        SessionsCommand::End {
            whose,
            dry_run,
            json,
            port,
        } => {
            let mut query = whose.query();
            query.extend(dry_run.then_some(("dry_run", "true")));
            let ended: Ended = port.ask(Method::DELETE, PAGE, &query)?;
            if ended.ended == 0 && !whose.everyone {
                return Err(whose.nobody().into());
            }
            if *json {
                return say_json(&ended);
            }
            let sessions = counted(ended.ended, "session", "sessions");
            let verb = if ended.dry_run { "would end" } else { "ended" };
            say(&format!("{sessions} {verb}\n"))
        }
    }
}

impl SessionSelector {
    fn query(&self) -> Vec<(&str, &str)> {
        let user = self.user.iter().map(|user| ("user", user.as_str()));
        let id = self.id.iter().map(|id| ("id", id.as_str()));
        let everyone = self.everyone.then_some(("everyone", "true"));
        user.chain(id).chain(everyone).collect()
    }

    /// Says that there is no such session: who mistyped a name must not think that somebody was signed out.
    fn nobody(&self) -> anyhow::Error {
        match (&self.user, &self.id) {
            (Some(user), _) => anyhow!(
                "{user} has no session; name the user by sub, login or email (`portico sessions list` prints the sub)"
            ),
            (None, id) => anyhow!(
                "no session has the id {}; `portico sessions list` prints the ids",
                id.as_deref().unwrap_or_default()
            ),
        }
    }
}

/// A session in one line.
pub(super) fn session_line(session: &SessionLine) -> String {
    format!(
        "{}  {}  {}  started {}  last used {}  ends {}",
        session.id,
        session.sub,
        session.factors.join("+"),
        session.started,
        session.last_used,
        session.expires,
    )
}

fn listing(answer: &Listed) -> String {
    let mut lines = String::new();
    for session in &answer.sessions {
        // OK because writing to a string cannot fail.
        let _ = writeln!(lines, "{}", session_line(session));
    }
    let (shown, total) = (answer.sessions.len(), answer.total);
    let _ = if shown < total {
        writeln!(
            lines,
            "{shown} of {total} sessions shown; use --user to narrow the list"
        )
    } else {
        writeln!(lines, "{}", counted(total, "session", "sessions"))
    };
    lines
}
