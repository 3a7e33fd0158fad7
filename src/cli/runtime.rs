//! The runtime of a command that waits for others.

use super::failure::CommandFailure;

/// Runs a future on a runtime of its own.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, CommandFailure>>) -> Result<T, CommandFailure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandFailure::Failed(anyhow::Error::new(error).context("starting the runtime")))?;
    runtime.block_on(future)
}
