//! The two servers: pages on the public port, health and metrics on the private one.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, scope};
use actix_web::{App, HttpServer};
use thiserror::Error;

use super::measured_store::MeasuredStore;
use super::stop::StopHandle;
use super::store::{self, Kept, Open, StoreTrouble};
use super::{okta, parts, portal, shared_rows, telemetry};
use crate::clock::{Clock, Entropy, SystemClock, SystemEntropy};
use crate::config::Config;
use crate::domain::session::after;
use crate::flow::{Flow, Parts};
use crate::limits::{Breaker, BreakerSettings, Bulkhead, Limits};
use crate::portal::assertion::{NoSigner, Signer};
use crate::session::door::Door;
use crate::session::keys::Purpose;
use crate::session::{Store, Tickets};
use crate::telemetry::Metrics;
use crate::web::access_log::{self, AccessLog};
use crate::web::ops::{self, Readiness};
use crate::web::{
    self, AdminDoor, AssetFiles, Cookies, Site, Verify, VerifyParts, elsewhere, error_pages,
    headers, host_check,
};

/// Longer than the pools of the proxies in front keep idle connections (nginx: 60 s).
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// How long requests may take to end once nothing new is taken.
const DRAIN_S: u64 = 25;

/// How often ended attempts and sessions are swept out.
const SWEEP: Duration = Duration::from_secs(30);

/// Why the service did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The Okta settings do not make a client.
    #[error("okta: the client could not be made")]
    Okta(#[source] okta_direct_auth::Error),
    /// The portal settings do not fit together.
    #[error("portal: the destinations could not be made")]
    Destinations(#[source] crate::portal::BadDestinations),
    /// A rule that the settings should have refused.
    #[error("portal: a rule cannot be followed")]
    Rules,
    /// The key ring makes no signing keys.
    #[error("store: the signing keys could not be made")]
    Signer(#[source] NoSigner),
    /// The brand cannot be drawn.
    #[error("brand: the style could not be made")]
    Brand(#[source] portico_views::BrandError),
    /// The security headers cannot be written.
    #[error("the security headers could not be made")]
    Headers(#[source] actix_web::http::header::InvalidHeaderValue),
    /// The store cannot be used.
    #[error("store")]
    Store(#[source] StoreTrouble),
    /// A port is taken or forbidden.
    #[error("{what} cannot listen on {address}")]
    Listen {
        /// Which port.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Time and randomness of the whole service; tests bring their own.
#[derive(Debug, Clone)]
pub struct Overrides {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Worker threads; the number of processors when none.
    pub workers: Option<usize>,
}

impl Default for Overrides {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            workers: None,
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

/// What every worker shares; made once, outside the closure that runs per worker.
#[derive(Debug, Clone)]
struct Shared {
    site: Data<Site>,
    files: Data<AssetFiles>,
    flow: Data<Flow>,
    headers: Data<headers::SecurityHeaders>,
    access_log: Data<AccessLog>,
    metrics: Data<Metrics>,
    readiness: Data<Readiness>,
    verify: Data<Verify>,
    admin: Data<AdminDoor>,
    clock: Arc<dyn Clock>,
}

impl Application {
    /// Builds the parts and takes the ports. Okta is not asked: it may be away when we start.
    pub fn build(config: &Config, overrides: Overrides) -> Result<Self, StartError> {
        let public = listen("the public port", config.listen)?;
        let private = listen("the private port (ops.listen)", config.ops.listen)?;
        let Overrides {
            clock,
            entropy,
            workers,
        } = overrides;
        Ok(Self {
            public,
            private,
            shared: Shared::new(config, &clock, &entropy, store::open)?,
            workers,
            drain_delay: config.ops.drain_delay,
            stop: StopHandle::new(),
        })
    }

    /// Builds every part without taking a port or opening the store: whether these settings make a service.
    pub fn rehearse(config: &Config) -> Result<(), StartError> {
        let Overrides { clock, entropy, .. } = Overrides::default();
        Shared::new(config, &clock, &entropy, store::in_memory).map(drop)
    }

    /// The public port that was taken.
    pub fn port(&self) -> u16 {
        self.public.local_addr().map_or(0, |address| address.port())
    }

    /// The private port that was taken.
    pub fn ops_port(&self) -> u16 {
        self.private
            .local_addr()
            .map_or(0, |address| address.port())
    }

    /// What ends [`run`](Self::run). No signal does: those belong to the process, so the command turns them into this.
    pub fn stop_handle(&self) -> StopHandle {
        self.stop.clone()
    }

    /// Serves until it is asked to stop; then for a while longer, while balancers hear that it is not ready; then lets
    /// requests end. Asked twice, it returns at once: requests under way are cut off by the end of the process.
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
        let helpers = [
            tokio::spawn(sweep(flow.clone(), self.shared.verify, self.shared.clock)),
            tokio::spawn(pay(flow.clone())),
            tokio::spawn(ending),
        ];
        tracing::info!("serving");
        warm_up(&flow);
        let result = tokio::select! {
            result = public => result,
            () = self.stop.asked_twice() => {
                tracing::warn!("told to stop twice: requests under way are cut off");
                Ok(())
            }
        };
        for helper in helpers {
            helper.abort();
        }
        private_handle.stop(false).await;
        private.await.map_err(std::io::Error::other)??;
        flow.close().await;
        tracing::info!("stopped");
        result
    }
}

impl Shared {
    fn new(
        config: &Config,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
        open: Open,
    ) -> Result<Self, StartError> {
        let Kept { store, ring } = open(config, clock, entropy).map_err(StartError::Store)?;
        let metrics = Data::new(Metrics::new(
            env!("CARGO_PKG_VERSION"),
            option_env!("PORTICO_COMMIT").unwrap_or(""),
        ));
        let arc_metrics = metrics.clone().into_inner();
        let store: Arc<dyn Store> = Arc::new(MeasuredStore::new(
            store,
            Arc::clone(clock),
            Arc::clone(&arc_metrics),
        ));
        let brand = parts::brand(config).map_err(StartError::Brand)?;
        let files = AssetFiles::new(&brand);
        let cookies = Cookies::new(
            config.public_url.scheme(),
            config.session.cookie_domain.as_deref(),
        );
        let site = Site::new(&config.public_url, cookies.clone(), brand, &files);
        let destinations = portal::destinations(config).map_err(StartError::Destinations)?;
        let mut form_action = destinations.form_action_sources();
        if config.sign_in.okta_hosted {
            // A sign-out leads there, to end the browser's session.
            form_action.push(config.okta.org_url.origin().ascii_serialization());
        }
        let gate = portal::gate(config)?;
        let is_https = config.public_url.scheme() == "https";
        let security =
            headers::SecurityHeaders::new(is_https, &form_action).map_err(StartError::Headers)?;
        let limits = Limits::new(&parts::limits(config), Arc::clone(clock), &ring.names());
        let limits = shared_rows::counted_in(limits, &store, &ring.names());
        let limits = limits.map_err(|error| StartError::Store(StoreTrouble::Counts(error)))?;
        let flow = Flow::new(Parts {
            okta: okta::client(config, clock, entropy, &arc_metrics).map_err(StartError::Okta)?,
            store,
            door: Door::new(&ring, Arc::clone(entropy)),
            limits,
            bulkhead: Bulkhead::new(parts::bulkhead(config), Arc::clone(clock)),
            breaker: Breaker::new(BreakerSettings::default(), Arc::clone(clock)),
            destinations,
            targets: Tickets::new(&ring, Purpose::Target, Arc::clone(entropy)),
            tickets: Tickets::new(&ring, Purpose::HandOver, Arc::clone(entropy)),
            clock: Arc::clone(clock),
            witness: Arc::new(telemetry::Counter(Arc::clone(&arc_metrics))),
            settings: parts::settings(config),
        });
        let verify = Verify::new(VerifyParts {
            gate,
            preset: portal::preset(config),
            cookies,
            signer: Signer::new(
                &ring,
                config.public_url.as_str().trim_end_matches('/'),
                Arc::clone(entropy),
            )
            .map_err(StartError::Signer)?,
            lifetimes: parts::settings(config).lifetimes,
            trusted: parts::trusted(config),
            is_shadow: config.portal.shadow,
            public_url: config.public_url.clone(),
            metrics: Arc::clone(&arc_metrics),
        });
        Ok(Self {
            verify: Data::new(verify),
            site: Data::new(site),
            files: Data::new(files),
            flow: Data::new(flow),
            headers: Data::new(security),
            access_log: Data::new(AccessLog {
                clock: Arc::clone(clock),
                entropy: Arc::clone(entropy),
                trusted: parts::trusted(config),
                metrics: arc_metrics,
            }),
            metrics,
            readiness: Data::new(Readiness::default()),
            admin: Data::new(parts::admin_door(config)),
            clock: Arc::clone(clock),
        })
    }
}

fn public_server(
    listener: TcpListener,
    shared: Shared,
    workers: Option<usize>,
) -> std::io::Result<Server> {
    let base = shared.site.base().to_owned();
    let server = HttpServer::new(move || {
        // The last `wrap` runs first: the log sees what was really answered, and every answer gets its headers.
        let pages = scope("")
            .configure(web::configure(&base))
            .wrap(from_fn(host_check::check))
            .wrap(from_fn(error_pages::draw))
            .wrap(from_fn(headers::secure))
            .wrap(from_fn(access_log::record));
        App::new()
            .app_data(shared.site.clone())
            .app_data(shared.files.clone())
            .app_data(shared.flow.clone())
            .app_data(shared.headers.clone())
            .app_data(shared.readiness.clone())
            .app_data(shared.access_log.clone())
            .app_data(shared.verify.clone())
            .configure(web::verify::configure(&base))
            .service(
                scope(elsewhere::PREFIX)
                    .configure(elsewhere::configure)
                    .wrap(from_fn(error_pages::draw))
                    .wrap(from_fn(headers::secure))
                    .wrap(from_fn(access_log::record)),
            )
            .service(pages)
    });
    let server = match workers {
        Some(workers) => server.workers(workers),
        None => server,
    };
    Ok(server
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .backlog(4096)
        .shutdown_timeout(DRAIN_S)
        .disable_signals()
        .listen(listener)?
        .run())
}

fn private_server(listener: TcpListener, shared: Shared) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.flow.clone())
            .app_data(shared.metrics.clone())
            .app_data(shared.admin.clone())
            .app_data(shared.readiness.clone())
            .configure(ops::configure)
    });
    Ok(server
        .workers(1)
        .tcp_nodelay(true)
        .disable_signals()
        .listen(listener)?
        .run())
}

fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen {
        what,
        address,
        source,
    })
}

/// Fetches Okta's metadata ahead of the first sign-in. When Okta is away we serve all the same; the first sign-in after
/// its return fetches it.
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

async fn pay(flow: Data<Flow>) {
    flow.pay_on().await;
}

/// Balancers need a moment to hear that nothing more should come; what they send meanwhile is served as ever (SEC-413).
async fn end(stop: StopHandle, shared: Shared, drain_delay: Duration, server: ServerHandle) {
    stop.asked().await;
    tracing::info!(
        drain_delay_s = drain_delay.as_secs(),
        "stopping: not ready any more, serving on for the drain delay"
    );
    shared.readiness.drain();
    let clock = shared.clock;
    clock.sleep_until(after(clock.now(), drain_delay)).await;
    tracing::info!("no new connections, {DRAIN_S} s for requests under way");
    server.stop(true).await;
}
