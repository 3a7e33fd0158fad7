//! `portico healthcheck`: asks the private port whether the service is alive; for images without a shell.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::failure::CommandFailure;
use super::private_port;
use super::private_port::{PrivateAddressArgs, unanswered};
use super::runtime::block_on;
use super::terminal::say_json;
use crate::config::PrivateAddress;

/// A service that does not answer within this time counts as dead.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(super) struct HealthcheckArgs {
    #[command(flatten)]
    address: PrivateAddressArgs,
    /// Print the result as JSON too. The exit code is the same.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Health {
    alive: bool,
    address: String,
}

/// Succeeds when `/healthz` answers 200.
pub(super) fn run(arguments: &HealthcheckArgs) -> Result<(), CommandFailure> {
    let address = arguments.address.find()?;
    let asked = ask(&address);
    if arguments.json {
        say_json(&Health {
            alive: asked.is_ok(),
            address: address.listen.to_string(),
        })?;
    }
    asked
}

fn ask(address: &PrivateAddress) -> Result<(), CommandFailure> {
    let (client, base) = private_port::client(address.listen, PATIENCE)?;
    block_on(async {
        let answer = client.get(format!("{base}/healthz")).send().await;
        let status = answer.with_context(|| unanswered(address))?.status();
        if !status.is_success() {
            return Err(anyhow::anyhow!("the private port at {} answered {status}", address.listen).into());
        }
        Ok(())
    })
}
