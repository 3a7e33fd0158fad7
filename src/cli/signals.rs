//! SIGTERM, SIGINT and SIGHUP. Only commands catch them: a test binary that runs the service still ends on Ctrl+C.

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::startup::StopHandle;

/// A hang-up ends nothing from now on: it is what tools send to have settings read again, and customers are signing in.
pub(super) fn outlive_hangups() -> Result<(), Failure> {
    let mut hangup = signal(SignalKind::hangup()).context("catching signals")?;
    drop(tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            tracing::warn!(
                "SIGHUP: settings are read at the start only; check them with `portico check` and restart to use them"
            );
        }
    }));
    Ok(())
}

/// Each SIGTERM and SIGINT from now on asks the service to stop.
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
