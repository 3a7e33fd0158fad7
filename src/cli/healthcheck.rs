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
use crate::web::ALIVE;

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

/// Succeeds when `/healthz` answers as the service does.
pub(super) fn run(arguments: &HealthcheckArgs) -> Result<(), CommandFailure> {
    let address = arguments.address.find()?;
    ask(&address)?;
    if arguments.json {
        say_json(&Health {
            alive: true,
            address: address.listen.to_string(),
        })?;
    }
    Ok(())
}

fn ask(address: &PrivateAddress) -> Result<(), CommandFailure> {
    let (client, base) = private_port::client(address.listen, PATIENCE)?;
    block_on(async {
        let answer = client.get(format!("{base}/healthz")).send().await;
        let answer = answer.with_context(|| unanswered(address))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(anyhow::anyhow!("the private port at {} answered {status}", address.listen).into());
        }
        // A short answer of the expected length is all that is read: something else may send without end.
        let is_ours = answer.content_length() == u64::try_from(ALIVE.len()).ok()
            && answer.text().await.with_context(|| unanswered(address))? == ALIVE;
        if !is_ours {
            let listen = address.listen;
            let text =
                format!("what answers at {listen} is not the private port of this service: compare it with ops.listen");
            return Err(anyhow::anyhow!(text).into());
        }
        Ok(())
    })
}
