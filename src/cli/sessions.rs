//! `portico sessions`: asks the private port which sessions there are, or to end some.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::{ConfigFile, Failure, block_on, private_port, say, settings};
use crate::config::Config;

/// Ending many sessions takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// Print the live sessions, the one used last first.
    List {
        /// Only of this person: `sub`, login or email.
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// End sessions at once, and revoke their tokens at Okta.
    End {
        #[command(flatten)]
        whose: Whose,
        /// Only say how many would end.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whose {
    /// Those of this person: `sub`, login or email.
    #[arg(long)]
    user: Option<String>,
    /// One, by the id that `list` prints.
    #[arg(long)]
    id: Option<String>,
    /// All of them: everybody has to sign in again.
    #[arg(long)]
    everyone: bool,
}

/// What the private port answers, whatever was asked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    total: usize,
    sessions: Vec<Session>,
    ended: usize,
    error: Option<String>,
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

/// Asks and prints.
pub(super) fn run(command: &SessionsCommand) -> Result<(), Failure> {
    match command {
        SessionsCommand::List { user, file } => {
            let query: Vec<_> = user.iter().map(|user| ("user", user.as_str())).collect();
            let answer = ask(file.config.as_deref(), Method::GET, &query)?;
            say(&listing(&answer))
        }
        SessionsCommand::End {
            whose,
            dry_run,
            file,
        } => {
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

fn ask(path: Option<&Path>, method: Method, query: &[(&str, &str)]) -> Result<Answer, Failure> {
    let config = settings::load(path)?;
    block_on(async {
        let answer = request(&config, method, query)?
            .send()
            .await
            .context("asking the private port (ops.listen): is the service running?")?;
        let status = answer.status();
        let body: Answer = answer.json().await.unwrap_or_default();
        if status.is_success() {
            return Ok(body);
        }
        let why = body.error.as_deref().unwrap_or("no reason given");
        Err(anyhow::anyhow!("the private port answered {status}: {why}").into())
    })
}

fn request(
    config: &Config,
    method: Method,
    query: &[(&str, &str)],
) -> Result<reqwest::RequestBuilder, Failure> {
    let (client, base) = private_port::client(config.ops.listen, PATIENCE)?;
    let request = client
        .request(method, format!("{base}/admin/sessions"))
        .query(query);
    Ok(match &config.ops.admin_token {
        Some(token) => request.bearer_auth(token.expose_secret()),
        None => request,
    })
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
            "{shown} of {total} sessions; name a user to see fewer"
        )
    } else {
        writeln!(lines, "{total} sessions")
    };
    lines
}
