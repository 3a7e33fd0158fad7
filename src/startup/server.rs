//! The service from its start to its end.

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;

use super::error::StartError;
use super::listening::{DRAIN_S, private_server, public_server};
use super::stop::StopHandle;
use super::store;
use super::worker_state::Shared;
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::domain::session::after;
use crate::flow::Flow;
use crate::panics::{caught, lasting};
use crate::session::embedded::CommitPace;
use crate::web::Verify;

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
    shared: Shared,
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
        Ok(Self {
            public,
            private,
            shared: Shared::new(config, &clock, &entropy, open)?,
            workers,
            drain_delay: config.ops.drain_delay,
            stop: StopHandle::new(),
        })
    }

    /// Builds every part without binding a port or opening the store, to check these settings.
    pub fn rehearse(config: &Config) -> Result<(), StartError> {
        let Overrides { clock, entropy, .. } = Overrides::default();
        Shared::new(config, &clock, &entropy, store::in_memory).map(drop)
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

    /// Serves until it is asked to stop. Then it serves a while longer, until load balancers have noticed that it is
    /// not ready, and lets requests finish. Asked twice, it returns at once: the end of the process cuts off requests
    /// in progress.
    pub async fn run(self) -> std::io::Result<()> {
        let flow = self.shared.flow.clone();
        let private = private_server(self.private, self.shared.clone())?;
        let private_handle = private.handle();
        let public = public_server(self.public, self.shared.clone(), self.workers)?;
        let ending = end(
            self.stop.clone(),
            self.shared.clone(),
            self.drain_delay,
            public.handle(),
        );
        let private = tokio::spawn(private);
        let (verify, clock) = (self.shared.verify, self.shared.clock);
        let (swept, revoking_flow) = (flow.clone(), flow.clone());
        let sweeping = move || sweep(swept.clone(), verify.clone(), Arc::clone(&clock));
        let revoking = move || revoke_pending(revoking_flow.clone());
        let helpers = [
            tokio::spawn(lasting("sweeping", sweeping)),
            tokio::spawn(lasting("paying", revoking)),
            tokio::spawn(ending),
        ];
        tracing::info!("serving");
        warm_up(&flow);
        let result = tokio::select! {
            result = public => result,
            () = self.stop.asked_twice() => {
                tracing::warn!("second stop signal: aborting requests in progress");
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
        private.await.map_err(broken)??;
        flow.close().await;
        tracing::info!("stopped");
        result
    }
}

fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { what, address, source })
}

/// Fetches Okta's metadata before the first sign-in. If Okta is down, the service runs anyway, and the first sign-in
/// after Okta's return fetches it.
fn warm_up(flow: &Data<Flow>) {
    let flow = flow.clone();
    drop(tokio::spawn(async move { flow.warm_up().await }));
}

async fn sweep(flow: Data<Flow>, verify: Data<Verify>, clock: Arc<dyn Clock>) {
    loop {
        clock.sleep_until(after(clock.now(), SWEEP)).await;
        flow.sweep().await;
        verify.sweep(clock.now());
    }
}

async fn revoke_pending(flow: Data<Flow>) {
    flow.run_revocation_worker().await;
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
