//! The runtime of a command that waits for others.

use super::failure::CommandFailure;

/// Runs a future on a runtime of its own.
pub(super) fn block_on<T>(future: impl Future<Output = Result<T, CommandFailure>>) -> Result<T, CommandFailure> {
    // The maps without locks ask the kernel once for barriers between threads. While there is one thread, nobody has to be waited for;
    // later it takes milliseconds.
    drop(papaya::HashMap::<(), ()>::new());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandFailure::Failed(anyhow::Error::new(error).context("starting the runtime")))?;
    runtime.block_on(future)
}
