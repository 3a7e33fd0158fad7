//! `portico limits`: asks the private port to let a customer who was held try again.

use std::collections::BTreeMap;

use clap::Subcommand;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::failure::CommandFailure;
use super::private_port::PrivatePortArgs;
use super::terminal::{counted, say, say_json};

#[derive(Debug, Subcommand)]
pub(super) enum LimitsCommand {
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

/// Asks the private port and prints its answer.
pub(super) fn run(command: &LimitsCommand) -> Result<(), CommandFailure> {
    let LimitsCommand::Reset { user, json, port } = command;
    let query = [("user", user.as_str())];
    let lifted: Lifted = port.ask(Method::DELETE, "/admin/limits", &query)?;
    if *json {
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
