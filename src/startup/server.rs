//! The service from its start to its end.

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::sync::{oneshot, watch};

use super::audit::AuditRecord;
use super::certificate;
use super::error::StartError;
use super::listening::{DRAIN_S, private_server, public_server};
use super::reload::ReloadHandle;
use super::stop::StopHandle;
use super::store;
use super::worker_state::Shared;
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::domain::session::after;
use crate::panics::{caught, lasting};
use crate::session::embedded::CommitPace;

/// The pause between two sweeps of expired attempts and sessions.
const SWEEP: Duration = Duration::from_secs(30);

/// Time and randomness of the whole service; tests inject their own.
#[derive(Debug, Clone)]
pub struct Overrides {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Worker threads; `None`: one per processor.
    pub workers: Option<usize>,
    /// How far apart the embedded store starts its commits.
    pub commit_pace: CommitPace,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            workers: None,
            commit_pace: CommitPace::default(),
        }
    }
}

/// The service, listening but not yet serving.
#[derive(Debug)]
pub struct Application {
    public: TcpListener,
    private: TcpListener,
    state: watch::Sender<Shared>,
    workers: Option<usize>,
    drain_delay: Duration,
    stop: StopHandle,
}

impl Application {
    /// Builds the parts and binds the ports. Makes no call to Okta, which may be down at that time.
    pub fn build(config: &Config, overrides: Overrides) -> Result<Self, StartError> {
        let public = listen("the public port", config.listen)?;
        let private = listen("the private port (ops.listen)", config.ops.listen)?;
        let Overrides {
            clock,
            entropy,
            workers,
            commit_pace,
        } = overrides;
        let open = |config: &_, clock: &_, entropy: &_| store::open(config, clock, entropy, commit_pace);
        let audit = |ring: &_, metrics: &_| AuditRecord::open(config, ring, &clock, &entropy, metrics);
        Ok(Self {
            public,
            private,
            state: watch::Sender::new(Shared::new(config, &clock, &entropy, open, audit)?),
            workers,
            drain_delay: config.ops.drain_delay,
            stop: StopHandle::new(),
        })
    }

    /// Builds every part without binding a port or opening store and audit record, to check these settings.
    pub fn rehearse(config: &Config) -> Result<(), StartError> {
        let Overrides { clock, entropy, .. } = Overrides::default();
        let unaudited = |_: &_, _: &_| Ok(AuditRecord::none(config));
        Shared::new(config, &clock, &entropy, store::in_memory, unaudited).map(drop)
    }

    /// The public port that was bound.
    pub fn port(&self) -> u16 {
        self.public.local_addr().map_or(0, |address| address.port())
    }

    /// The private port that was bound.
    pub fn ops_port(&self) -> u16 {
        self.private.local_addr().map_or(0, |address| address.port())
    }

    /// Ends [`run`](Self::run). Signals do not: they belong to the process, so the command turns them into this.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Gives the service other settings while it runs.
    pub fn reload_handle(&self) -> ReloadHandle {
        ReloadHandle(self.state.clone())
    }

    /// Serves until it is asked to stop. Then it serves a while longer, until load balancers have noticed that it is
    /// not ready, and lets requests finish. Asked twice, it returns at once: the end of the process cuts off requests
    /// in progress.
    pub async fn run(self) -> std::io::Result<()> {
        let first = self.state.borrow().clone();
        let flow = first.flow.clone();
        let private = private_server(self.private, self.state.subscribe())?;
        let private_handle = private.handle();
        let public = public_server(self.public, self.state.subscribe(), self.workers)?;
        let ending = end(self.stop.clone(), first.clone(), self.drain_delay, public.handle());
        let private = tokio::spawn(private);
        let (swept, revoked) = (self.state.subscribe(), self.state.subscribe());
        let sweeping = move || sweep(swept.clone());
        let revoking = move || revoke_pending(revoked.clone());
        let portals = flow.clone();
        let telling = move || {
            let flow = portals.clone();
            async move { flow.run_logout_worker().await }
        };
        let (certificate, clock) = (first.certificate.clone(), Arc::clone(&first.clock));
        let watching = move || certificate::watch(certificate.clone(), Arc::clone(&clock));
        let helpers = [
            tokio::spawn(lasting("watching the certificate", watching)),
            tokio::spawn(lasting("sweeping", sweeping)),
            tokio::spawn(lasting("paying", revoking)),
            tokio::spawn(lasting("telling portals", telling)),
            tokio::spawn(ending),
        ];
        let (stopped, stop) = oneshot::channel::<()>();
        // An error as well means that the other half is gone.
        let stop = async { drop(stop.await) };
        let delivering = first.traces.delivery().map(|delivery| tokio::spawn(delivery.run(stop)));
        tracing::info!("serving");
        first.warm_up();
        let result = tokio::select! {
            result = public => result,
            () = self.stop.asked_twice() => {
                tracing::warn!("stopping at once: aborting requests in progress");
                Ok(())
            }
            () = flow.store_breaks() => {
                // Ends at once: no result of a request in progress could be stored.
                tracing::error!("the store's writer panicked; the process exits and must be restarted");
                Err(std::io::Error::other("the store's writer panicked"))
            }
        };
        for helper in helpers {
            helper.abort();
        }
        private_handle.stop(false).await;
        // The error's own text is left out: it would quote a panic.
        let broken = |_| std::io::Error::other("the private port broke off");
        let private = private.await.map_err(broken).flatten();
        flow.close().await;
        first.audit.clone().close().await;
        drop(stopped);
        if let Some(delivering) = delivering {
            tokio::select! {
                _ = delivering => {}
                () = self.stop.asked_twice() => {}
            }
        }
        private?;
        tracing::info!("stopped");
        result
    }
}

fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { what, address, source })
}

async fn sweep(state: watch::Receiver<Shared>) {
    loop {
        let Shared {
            flow, verify, clock, ..
        } = state.borrow().clone();
        clock.sleep_until(after(clock.now(), SWEEP)).await;
        flow.sweep().await;
        verify.sweep(clock.now());
    }
}

/// Begins anew with other settings: a revocation that this interrupts is repeated.
async fn revoke_pending(mut state: watch::Receiver<Shared>) {
    loop {
        let flow = state.borrow_and_update().flow.clone();
        tokio::select! {
            () = flow.run_revocation_worker() => return,
            changed = state.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// Ends the server after the drain. Load balancers need a moment to notice that they should send nothing more; requests
/// that they send meanwhile are served as usual (SEC-413).
async fn end(stop: StopHandle, shared: Shared, drain_delay: Duration, server: ServerHandle) {
    if caught(drain(stop, shared, drain_delay)).await.is_err() {
        tracing::error!("the drain broke off; the service ends without it");
    }
    tracing::info!("no new connections, {DRAIN_S} s for requests under way");
    server.stop(true).await;
}

async fn drain(stop: StopHandle, shared: Shared, drain_delay: Duration) {
    stop.asked().await;
    tracing::info!(
        drain_delay_s = drain_delay.as_secs(),
        "stopping: not ready, still serving for the drain delay"
    );
    shared.readiness.drain();
    shared.flow.ends_waits();
    let clock = shared.clock;
    clock.sleep_until(after(clock.now(), drain_delay)).await;
}
