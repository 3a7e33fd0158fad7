//! `portico user`: asks the private port why a user cannot sign in, or to erase what is stored about one.

use anyhow::anyhow;
use clap::Subcommand;
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::counts::{CountedTries, Network};
use super::failure::CommandFailure;
use super::moments::past;
use super::private_port::PrivatePortArgs;
use super::sessions::{SessionLine, session_line};
use super::terminal::{argument, counted, printable, say, say_json};

const PAGE: &str = "/admin/user";

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Say what holds a user back, how their last tries ended, and which sessions they have. Looking counts as no try.
    Show {
        /// The user name, as the customer types it into the form.
        #[arg(allow_hyphen_values = true)]
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
    },
    /// End the sessions of a user, and forget what is counted and remembered. Fails if nothing is stored under the name.
    Erase {
        /// The user name, as the customer types it into the form.
        #[arg(allow_hyphen_values = true)]
        name: String,
        /// Only say what would be erased.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
    },
}

#[derive(Debug, Deserialize, Serialize)]
struct Report {
    user: String,
    now: Timestamp,
    closed_since: Option<Timestamp>,
    #[serde(flatten)]
    counts: CountedTries,
    networks: Vec<Network>,
    tries: Vec<Try>,
    sessions_total: usize,
    sessions: Vec<SessionLine>,
    revocations_pending: usize,
}

#[derive(Debug, Deserialize, Serialize)]
struct Try {
    at: Timestamp,
    factor: Option<String>,
    outcome: String,
    limit: Option<String>,
    network: String,
    request_id: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct ErasureAnswer {
    erased: bool,
    dry_run: bool,
    sessions: usize,
    counts: usize,
    tries: usize,
    revocations_pending: usize,
}

/// Asks the private port and prints its answer.
pub(super) fn run(command: &UserCommand) -> Result<(), CommandFailure> {
    match command {
        UserCommand::Show { name, json, port } => {
            let report: Report = port.ask(Method::GET, PAGE, &[("user", name)])?;
            if *json {
                return say_json(&report);
            }
            say(&lines(&report.sentences(name)))
        }
        UserCommand::Erase {
            name,
            dry_run,
            json,
            port,
        } => {
            let mut query = vec![("user", name.as_str())];
            query.extend(dry_run.then_some(("dry_run", "true")));
            let erased: ErasureAnswer = port.ask(Method::DELETE, PAGE, &query)?;
            if !erased.erased {
                let name = printable(name);
                let error =
                    anyhow!("nothing is stored under {name}; name the user as the form, Okta or the portal does");
                return Err(error.into());
            }
            if *json {
                return say_json(&erased);
            }
            say(&lines(&erased.sentences(name)))
        }
    }
}

fn lines(sentences: &[String]) -> String {
    let lines = sentences.iter().map(|sentence| format!("{sentence}\n"));
    lines.collect()
}

impl Report {
    fn sentences(&self, name: &str) -> Vec<String> {
        let now = self.now;
        let mut said = vec![format!("{}, {} in the log", printable(name), printable(&self.user))];
        if let Some(since) = self.closed_since {
            said.push(format!(
                "Sign-ins are closed for everybody since {}; `portico closed off` opens them",
                past(since, now)
            ));
        }
        let reset = format!("`portico limits reset --user {}` lifts it", argument(name));
        let holds = self.counts.holds(now);
        let is_free = holds.is_empty() && self.networks.is_empty();
        said.extend(holds.iter().map(|hold| format!("{hold}; {reset}")));
        said.extend(self.networks.iter().map(|network| network.hold(now)));
        if is_free {
            said.push("No limit holds this name back now".to_owned());
        }
        said.extend(self.counts.others().iter().map(|count| format!("Counted: {count}")));
        if self.tries.is_empty() {
            said.push("Nobody tried to sign in with this name in the last 7 days".to_owned());
        }
        said.extend(self.tries.iter().map(|one| one.sentence(now)));
        said.push(match self.sessions_total {
            0 => "No session".to_owned(),
            total => format!("{}:", counted(total, "session", "sessions")),
        });
        said.extend(
            self.sessions
                .iter()
                .map(|session| format!("  {}", session_line(session))),
        );
        if self.revocations_pending > 0 {
            let pending = counted(self.revocations_pending, "revocation", "revocations");
            said.push(format!(
                "Okta has not accepted {pending} of tokens yet, of all users together"
            ));
        }
        said
    }
}

impl Try {
    fn sentence(&self, now: Timestamp) -> String {
        let factor = self.factor.as_ref();
        let factor = factor.map_or_else(|| "Okta's page".to_owned(), |factor| printable(factor));
        let limit = self.limit.as_ref().map(|limit| format!(", limit {}", printable(limit)));
        let limit = limit.unwrap_or_default();
        format!(
            "{}: {} ({factor}{limit}), from {}, support code {}",
            past(self.at, now),
            printable(&self.outcome),
            printable(&self.network),
            printable(&self.request_id),
        )
    }
}

impl ErasureAnswer {
    fn sentences(&self, name: &str) -> Vec<String> {
        let (would, ended, forgotten) = if self.dry_run {
            ("Would erase", "would end", "would be forgotten")
        } else {
            ("Erased", "ended", "forgotten")
        };
        let sessions = counted(self.sessions, "session", "sessions");
        let counts = counted(self.counts, "name", "names");
        let tries = counted(self.tries, "past try", "past tries");
        let mut said = vec![
            format!("{would} what is stored under {}:", printable(name)),
            format!("  {sessions} {ended}"),
            format!("  what the limits count against {counts} {forgotten}"),
            format!("  {tries} {forgotten}"),
            "What remains, and for how long:".to_owned(),
        ];
        if self.revocations_pending > 0 {
            said.push(format!(
                "  tokens that Okta has not revoked yet ({} of all users): until it has",
                self.revocations_pending
            ));
        }
        said.extend(
            [
                "  logout notices that a portal has not taken (portal.logout_url): a day at most",
                "  sign-ins in progress: until limits.attempt_lifetime is over, then for an hour",
                "  counts of browsers that the account knows, and of addresses, under keyed hashes: until they no longer count",
                "  cookies in the customer's browsers, with keyed hashes: a year",
                "  log lines, audit records and backups: as long as you keep them; `portico audit who` says how to find the lines",
                "  the user at Okta: until you delete it there",
            ]
            .map(str::to_owned),
        );
        said
    }
}
