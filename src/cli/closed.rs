//! `portico closed`: asks the private port to close sign-ins, or to open them.

use clap::{Args, Subcommand};
use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::failure::CommandFailure;
use super::moments::past;
use super::private_port::PrivatePortArgs;
use super::terminal::{say, say_json};

#[derive(Debug, Subcommand)]
pub(super) enum ClosedCommand {
    /// Close sign-ins on all replicas: customers see a page that says so. Sessions go on, and so do sign-ins that have
    /// begun.
    On(ClosedArgs),
    /// Open sign-ins again.
    Off(ClosedArgs),
    /// Say whether sign-ins are closed.
    Show(ClosedArgs),
}

#[derive(Debug, Args)]
pub(super) struct ClosedArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    port: PrivatePortArgs,
}

#[derive(Debug, Deserialize, Serialize)]
struct Answer {
    closed: bool,
    since: Option<Timestamp>,
    now: Timestamp,
}

/// Asks the private port and prints its answer.
pub(super) fn run(command: &ClosedCommand) -> Result<(), CommandFailure> {
    let (method, arguments) = match command {
        ClosedCommand::On(arguments) => (Method::PUT, arguments),
        ClosedCommand::Off(arguments) => (Method::DELETE, arguments),
        ClosedCommand::Show(arguments) => (Method::GET, arguments),
    };
    let closed: Answer = arguments.port.ask(method, "/admin/closed", &[])?;
    if arguments.json {
        return say_json(&closed);
    }
    say(&match closed.since {
        Some(since) => format!(
            "sign-ins are closed since {}; sessions go on. `portico closed off` opens them\n",
            past(since, closed.now)
        ),
        None => "sign-ins are open\n".to_owned(),
    })
}
