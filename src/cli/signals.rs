//! Catches SIGTERM, SIGINT and SIGHUP. Only commands do: a test binary that runs the service still ends on Ctrl+C.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::CommandFailure;
use crate::startup::StopHandle;

/// From now on SIGHUP does not end the process: tools send it to have settings read again, and customers are signing
/// in.
pub(super) fn outlive_hangups() -> Result<(), CommandFailure> {
    let mut hangup = signal(SignalKind::hangup()).context("catching signals")?;
    drop(tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::warn!(
                "SIGHUP is ignored: settings are read only at start; check them with `portico check` and restart"
            );
        }
    }));
    Ok(())
}

/// From now on each SIGTERM and SIGINT asks the service to stop.
pub(super) fn stop_on_signals(service: StopHandle) -> Result<(), CommandFailure> {
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
