//! `portico limits`: asks the private port to let a customer who was held try again.

use clap::Subcommand;
use reqwest::Method;
use serde::Deserialize;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::terminal::say;
use super::{private_port, settings};

#[derive(Debug, Subcommand)]
pub(super) enum LimitsCommand {
    /// Reset the counts of failures, codes and pushes of an account.
    Reset {
        /// The user name, exactly as the customer types it into the form.
        #[arg(long, allow_hyphen_values = true)]
        user: String,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Debug, Deserialize)]
struct Answer {
    reset: bool,
}

/// Asks the private port and prints its answer.
pub(super) fn run(command: &LimitsCommand) -> Result<(), CommandFailure> {
    let LimitsCommand::Reset { user, file } = command;
    let port = settings::private_port(file.config.as_deref())?;
    let query = [("user", user.as_str())];
    let answer: Answer = private_port::ask(&port, Method::DELETE, "/admin/limits", &query)?;
    say(if answer.reset {
        "nothing is counted against this name any more\n"
    } else {
        "nothing was reset\n"
    })
}
