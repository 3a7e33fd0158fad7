//! `portico healthcheck`: asks the private port whether the service is alive; for images without a shell.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::failure::CommandFailure;
use super::runtime::block_on;
use super::{private_port, settings};

/// A service that does not answer within this time counts as dead.
const PATIENCE: Duration = Duration::from_secs(3);

/// Succeeds when `/healthz` answers 200.
pub(super) fn run(path: Option<&Path>) -> Result<(), CommandFailure> {
    let address = settings::private_address(path)?;
    let (client, base) = private_port::client(address, PATIENCE)?;
    block_on(async {
        let answer = client
            .get(format!("{base}/healthz"))
            .send()
            .await
            .with_context(|| format!("asking the private port at {address} (ops.listen)"))?;
        if !answer.status().is_success() {
            return Err(anyhow::anyhow!("the private port answered {}", answer.status()).into());
        }
        Ok(())
    })
}
