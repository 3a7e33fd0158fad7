//! Catches signals. Only commands do: a test binary that runs the service still ends on Ctrl+C.

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::CommandFailure;
use super::reload::Reload;
use crate::startup::StopHandle;

/// The SIGHUPs from now on.
pub(super) struct Hangups(Signal);

/// From now on SIGHUP does not end the process.
pub(super) fn catch_hangups() -> Result<Hangups, CommandFailure> {
    Ok(Hangups(catch(SignalKind::hangup())?))
}

/// Each SIGHUP reads the settings again. Those that come while that is under way are one.
pub(super) fn reload_on(mut hangups: Hangups, mut reload: Reload) {
    drop(tokio::spawn(async move {
        while hangups.0.recv().await.is_some() {
            let reloading = tokio::task::spawn_blocking(move || {
                reload.run();
                reload
            });
            // A panic was logged where it happened.
            let Ok(reloaded) = reloading.await else {
                tracing::error!("settings can no longer be reloaded: restart the service to use others");
                return;
            };
            reload = reloaded;
        }
    }));
}

/// From now on SIGUSR1 and SIGUSR2, which mean something to other programs, end nothing here.
pub(super) fn outlive_user_signals() -> Result<(), CommandFailure> {
    for (kind, name) in [
        (SignalKind::user_defined1(), "SIGUSR1"),
        (SignalKind::user_defined2(), "SIGUSR2"),
    ] {
        let mut caught = catch(kind)?;
        drop(tokio::spawn(async move {
            caught.recv().await;
            tracing::warn!(
                signal = name,
                "this signal means nothing here and is ignored; SIGHUP reloads settings"
            );
            // The system's own answer would be to end the process, so it stays caught.
            while caught.recv().await.is_some() {}
        }));
    }
    Ok(())
}

/// From now on each SIGTERM and SIGINT asks the service to stop, and SIGQUIT to stop at once.
pub(super) fn stop_on_signals(service: StopHandle) -> Result<(), CommandFailure> {
    let mut terminate = catch(SignalKind::terminate())?;
    let mut interrupt = catch(SignalKind::interrupt())?;
    let mut quit = catch(SignalKind::quit())?;
    drop(tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => service.stop(),
                _ = interrupt.recv() => service.stop(),
                _ = quit.recv() => service.stop_at_once(),
            }
        }
    }));
    Ok(())
}

fn catch(kind: SignalKind) -> Result<Signal, CommandFailure> {
    Ok(signal(kind).context("catching signals")?)
}
