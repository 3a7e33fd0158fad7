//! `portico limits`: asks the private port who is held back, or to let a customer try again.

use std::collections::BTreeMap;

use clap::Subcommand;
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::counts::{CountedTries, Network};
use super::failure::CommandFailure;
use super::private_port::PrivatePortArgs;
use super::terminal::{counted, printable, say, say_json};

/// The page of the private port.
const PAGE: &str = "/admin/limits";

#[derive(Debug, Subcommand)]
pub(super) enum LimitsCommand {
    /// List the accounts and networks that are held back now, among those that were tried in the last 7 days.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
    },
    /// Reset the counts of failures, codes and pushes of an account, and say what they were.
    Reset {
        /// The user name, exactly as the customer types it into the form.
        #[arg(long, allow_hyphen_values = true)]
        user: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        port: PrivatePortArgs,
    },
}

/// What was counted, as the private port says it.
#[derive(Debug, Deserialize, Serialize)]
struct Lifted {
    reset: bool,
    #[serde(default)]
    failures: BTreeMap<String, usize>,
    #[serde(default)]
    tries: bool,
    #[serde(default)]
    codes: usize,
    #[serde(default)]
    sends: usize,
    #[serde(default)]
    pushes: usize,
    #[serde(default)]
    unanswered_pushes: usize,
}

/// Who is held back, as the private port says it.
#[derive(Debug, Deserialize, Serialize)]
struct Held {
    now: Timestamp,
    accounts: Vec<HeldAccount>,
    networks: Vec<Network>,
    looked_at: usize,
    has_more: bool,
}

#[derive(Debug, Deserialize, Serialize)]
struct HeldAccount {
    user: String,
    #[serde(flatten)]
    counts: CountedTries,
}

/// Asks the private port and prints its answer.
pub(super) fn run(command: &LimitsCommand) -> Result<(), CommandFailure> {
    match command {
        LimitsCommand::List { json, port } => {
            let held: Held = port.ask(Method::GET, PAGE, &[])?;
            if *json {
                return say_json(&held);
            }
            say(&held.listing())
        }
        LimitsCommand::Reset { user, json, port } => reset(user, *json, port),
    }
}

impl Held {
    fn listing(&self) -> String {
        let accounts = self.accounts.iter().flat_map(|account| {
            let holds = account.counts.holds(self.now).into_iter();
            holds.map(|hold| format!("{}  {hold}", printable(&account.user)))
        });
        let networks = self.networks.iter();
        let networks = networks.map(|network| format!("{}  {}", printable(&network.network), network.hold(self.now)));
        let in_all = format!(
            "{} and {} held, of {} tried lately",
            counted(self.accounts.len(), "account", "accounts"),
            counted(self.networks.len(), "network", "networks"),
            counted(self.looked_at, "account", "accounts"),
        );
        let more = "more accounts were tried before these; `portico user show NAME` looks at one";
        let more = self.has_more.then(|| more.to_owned());
        let lines = accounts.chain(networks).chain([in_all]).chain(more);
        lines.map(|line| line + "\n").collect()
    }
}

fn reset(user: &str, json: bool, port: &PrivatePortArgs) -> Result<(), CommandFailure> {
    let query = [("user", user)];
    let lifted: Lifted = port.ask(Method::DELETE, PAGE, &query)?;
    if json {
        return say_json(&lifted);
    }
    if !lifted.reset {
        return say("nothing was counted against this name; it has to be as the customer types it into the form\n");
    }
    let lines = lines(&lifted).into_iter().map(|line| format!("lifted: {line}\n"));
    say(&lines.collect::<String>())
}

/// Each kind of count that there was.
fn lines(lifted: &Lifted) -> Vec<String> {
    let mut lines = Vec::new();
    for (factor, count) in &lifted.failures {
        lines.push(format!(
            "{} in a row ({factor})",
            counted(*count, "failure", "failures")
        ));
    }
    if lifted.tries {
        lines.push("the limit on tries in a short time".to_owned());
    }
    for (count, one, more) in [
        (lifted.codes, "code typed", "codes typed"),
        (lifted.sends, "code sent", "codes sent"),
        (lifted.pushes, "push sent", "pushes sent"),
        (lifted.unanswered_pushes, "push not approved", "pushes not approved"),
    ] {
        if count > 0 {
            lines.push(counted(count, one, more));
        }
    }
    lines
}
