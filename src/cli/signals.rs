//! SIGTERM and SIGINT. Only commands catch them: a test binary that runs the service still ends on Ctrl+C.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::startup::StopHandle;

/// Each signal from now on asks the service to stop.
pub(super) fn stop_on_signals(service: StopHandle) -> Result<(), Failure> {
    let catch = |kind| signal(kind).context("catching signals");
    let mut terminate = catch(SignalKind::terminate())?;
    let mut interrupt = catch(SignalKind::interrupt())?;
    drop(tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            service.stop();
        }
    }));
    Ok(())
}
