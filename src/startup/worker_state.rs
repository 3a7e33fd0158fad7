//! Every part of the service, made once and shared by the workers.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::thread;

use actix_web::web::Data;

use super::audit::AuditRecord;
use super::certificate::Certificate;
use super::error::StartError;
use super::store::{OpenedStore, StoreTrouble};
use super::this_build::THIS_BUILD;
use super::{from_config, okta, portal, shared_rows, telemetry};
use crate::clock::{Clock, Entropy};
use crate::config::{Config, SettingChange, StoreKind};
use crate::flow::{ChangedParts, Flow, Parts};
use crate::limits::{Breaker, BreakerSettings, Bulkhead, Limits};
use crate::portal::Destinations;
use crate::portal::assertion::Signer;
use crate::session::secrets::Secrets;
use crate::session::secrets::keys::{KeyRing, Purpose};
use crate::session::{OpenedForms, Store, Tickets};
use crate::telemetry::{MeasuredStore, Metrics, Traces};
use crate::web::middleware::access_log::AccessLog;
use crate::web::middleware::client_address::TrustedProxies;
use crate::web::middleware::headers;
use crate::web::middleware::opening::{Opening, OpeningRefusal, ProxyHeaderVersion, ProxyTroubles};
use crate::web::middleware::unread_body::{Answering, Drains, DrainsParts};
use crate::web::private::ops::Readiness;
use crate::web::upstream::UpstreamParts;
use crate::web::{AdminAccess, AssetFiles, Cookies, Site, Verify, VerifyParts, begin_policy_report_counts};

/// The state that workers share; created once, outside the closure that runs per worker, and once more whenever the
/// settings are reloaded.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub(super) site: Data<Site>,
    pub(super) files: Data<AssetFiles>,
    pub(super) flow: Data<Flow>,
    pub(super) headers: Data<headers::SecurityHeaders>,
    pub(super) access_log: Data<AccessLog>,
    pub(super) metrics: Data<Metrics>,
    pub(super) traces: Arc<Traces>,
    pub(super) readiness: Data<Readiness>,
    pub(super) verify: Data<Verify>,
    pub(super) admin: Data<AdminAccess>,
    /// The unread bodies of the public port, and those of the private one.
    drains: [Drains; 2],
    /// The portal, if the service itself forwards requests to it.
    pub(super) upstream: Option<UpstreamParts>,
    /// Whether proxies may send questions to `/verify/…`.
    pub(super) is_asked: bool,
    /// What comes before HTTP on the public port, apart from TLS.
    proxy_header: Option<ProxyHeaderVersion>,
    trusted: Arc<TrustedProxies>,
    proxy_troubles: Arc<ProxyTroubles>,
    /// `None`: the public port speaks plain HTTP.
    pub(super) certificate: Option<Certificate>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) audit: AuditRecord,
    entropy: Arc<dyn Entropy>,
    ring: KeyRing,
}

/// A port of the service.
#[derive(Debug, Clone, Copy)]
pub(super) enum Port {
    Public,
    Private,
}

impl Shared {
    pub(super) fn new(
        config: &Config,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
        open: impl FnOnce(&Config, &Arc<dyn Clock>, &Arc<dyn Entropy>) -> Result<OpenedStore, StoreTrouble>,
        audit: impl FnOnce(&KeyRing, &Arc<Metrics>) -> Result<AuditRecord, StartError>,
    ) -> Result<Self, StartError> {
        let metrics = Data::new(Metrics::new(THIS_BUILD));
        metrics.set_limits(config.store.max_attempts.get(), config.store.max_sessions.get());
        begin_policy_report_counts(&metrics);
        metrics.begin_connections_refused(OpeningRefusal::ALL.map(OpeningRefusal::name));
        let arc_metrics = metrics.clone().into_inner();
        let traces = Traces::new(config.ops.otlp.as_ref(), clock, &arc_metrics).map_err(StartError::Traces)?;
        let traces = Arc::new(traces);
        // The client reads all certificates that the machine trusts, while the store waits for the disk.
        let (opened, okta) = thread::scope(|scope| {
            let okta = scope.spawn(|| okta::client(config, clock, entropy, (&arc_metrics, &traces)));
            (open(config, clock, entropy), okta.join())
        });
        let OpenedStore { store, ring } = opened.map_err(StartError::Store)?;
        let okta = okta
            .unwrap_or_else(|panic| resume_unwind(panic))
            .map_err(StartError::Okta)?;
        // Opened last: from its first record on, the service starts.
        let audit = audit(&ring, &arc_metrics)?;
        let system = (config.store.kind == StoreKind::Redis).then_some("redis");
        let store: Arc<dyn Store> = Arc::new(MeasuredStore::new(
            store,
            Arc::clone(clock),
            Arc::clone(&arc_metrics),
            (Arc::clone(&traces), system),
        ));
        let flow = Flow::new(Parts {
            okta,
            limits: limits(config, clock, &ring, &store)?,
            store,
            secrets: Secrets::new(&ring, Arc::clone(entropy)),
            bulkhead: Arc::new(Bulkhead::new(from_config::bulkhead(config), Arc::clone(clock))),
            breaker: Arc::new(Breaker::new(BreakerSettings::default(), Arc::clone(clock))),
            destinations: portal::destinations(config).map_err(StartError::Destinations)?,
            targets: Tickets::new(&ring, Purpose::Target, Arc::clone(entropy)),
            opened_forms: OpenedForms::new(&ring, Arc::clone(entropy)),
            tickets: Tickets::new(&ring, Purpose::HandOver, Arc::clone(entropy)),
            back_channel: portal::back_channel(config, &ring, entropy)?,
            clock: Arc::clone(clock),
            observer: Arc::new(telemetry::Counter(Arc::clone(&arc_metrics), audit.clone())),
            settings: from_config::settings(config),
        });
        let is_asked = config.portal.upstream.as_ref().is_none_or(|it| it.verify);
        let asking = is_asked.then(|| format!("{}/verify/", config.mount_path()));
        let drains = |asking| {
            Drains::new(DrainsParts {
                clock: Arc::clone(clock),
                trusted: from_config::trusted(config),
                asking,
            })
        };
        let pages = Pages::new(config, &ring, entropy, (&arc_metrics, &traces))?;
        let certificate = config
            .tls
            .as_ref()
            .map(|tls| Certificate::new(tls, clock.now(), &arc_metrics));
        Ok(Self {
            proxy_header: from_config::proxy_header(config),
            trusted: Arc::new(from_config::trusted(config)),
            proxy_troubles: Arc::default(),
            certificate: certificate.transpose()?,
            upstream: portal::upstream(config, &arc_metrics, &traces)?,
            is_asked,
            drains: [drains(asking), drains(None)],
            verify: pages.verify,
            site: pages.site,
            files: pages.files,
            flow: Data::new(flow),
            headers: pages.headers,
            access_log: Data::new(AccessLog {
                clock: Arc::clone(clock),
                trusted: from_config::trusted(config),
                metrics: arc_metrics,
                traces: Arc::clone(&traces),
            }),
            metrics,
            traces,
            readiness: Data::new(Readiness::default()),
            admin: Data::new(from_config::admin_access(config)),
            clock: Arc::clone(clock),
            audit,
            entropy: Arc::clone(entropy),
            ring,
        })
    }

    /// The state under other settings, of which only those that need no restart differ. What is counted, kept and in
    /// progress goes on.
    pub(super) fn changed(&self, config: &Config, changes: &[SettingChange]) -> Result<Self, StartError> {
        let metrics = self.metrics.clone().into_inner();
        let is_any = |beginning: &str| changes.iter().any(|change| change.key.starts_with(beginning));
        let okta = is_any("okta.").then(|| okta::client(config, &self.clock, &self.entropy, (&metrics, &self.traces)));
        let bulkhead = is_any("limits.okta_concurrency")
            .then(|| Bulkhead::new(from_config::bulkhead(config), Arc::clone(&self.clock)));
        let flow = self.flow.changed(ChangedParts {
            okta: okta.transpose().map_err(StartError::Okta)?,
            bulkhead,
            limits: from_config::limits(config),
            destinations: portal::destinations(config).map_err(StartError::Destinations)?,
            settings: from_config::settings(config),
        });
        let pages = Pages::new(config, &self.ring, &self.entropy, (&metrics, &self.traces))?;
        let trusted = from_config::trusted(config);
        // Last, because it cannot be taken back.
        if let (Some(certificate), Some(tls), true) = (&self.certificate, &config.tls, is_any("tls.")) {
            certificate.replace(tls, self.clock.now())?;
        }
        Ok(Self {
            proxy_header: from_config::proxy_header(config),
            trusted: Arc::new(trusted.clone()),
            verify: pages.verify,
            site: pages.site,
            files: pages.files,
            headers: pages.headers,
            flow: Data::new(flow),
            drains: self.drains.clone().map(|drains| drains.trusting(trusted.clone())),
            access_log: Data::new(AccessLog {
                clock: Arc::clone(&self.clock),
                trusted,
                metrics,
                traces: Arc::clone(&self.traces),
            }),
            admin: Data::new(from_config::admin_access(config)),
            ..self.clone()
        })
    }

    /// Fetches Okta's metadata before the first sign-in. If Okta is down, the service runs anyway, and the first sign-in
    /// after Okta's return fetches it.
    pub(super) fn warm_up(&self) {
        let flow = self.flow.clone();
        drop(tokio::spawn(async move { flow.warm_up().await }));
    }

    /// What comes before HTTP on the connections of this port, if anything does.
    pub(super) fn opening(&self, port: Port) -> Option<Opening> {
        let is_plain = self.certificate.is_none() && self.proxy_header.is_none();
        if is_plain || matches!(port, Port::Private) {
            return None;
        }
        Some(Opening {
            tls: self.certificate.as_ref().map(Certificate::server),
            proxy_header: self.proxy_header,
            trusted: Arc::clone(&self.trusted),
            troubles: Arc::clone(&self.proxy_troubles),
            metrics: self.metrics.clone().into_inner(),
        })
    }

    /// The shared parts of the answers of one port.
    pub(super) fn answering(&self, port: Port) -> Answering {
        let [public, private] = &self.drains;
        Answering {
            drains: match port {
                Port::Public => public.clone(),
                Port::Private => private.clone(),
            },
            headers: self.headers.clone(),
            readiness: self.readiness.clone(),
        }
    }
}

/// The parts that are made of the settings and the key ring alone.
struct Pages {
    site: Data<Site>,
    files: Data<AssetFiles>,
    headers: Data<headers::SecurityHeaders>,
    verify: Data<Verify>,
}

impl Pages {
    fn new(
        config: &Config,
        ring: &KeyRing,
        entropy: &Arc<dyn Entropy>,
        (metrics, traces): (&Arc<Metrics>, &Arc<Traces>),
    ) -> Result<Self, StartError> {
        let brand = from_config::brand(config).map_err(StartError::Brand)?;
        let files = AssetFiles::new(&brand);
        let cookies = Cookies::new(config.public_url.scheme(), config.session.cookie_domain.as_deref());
        let site = Site::new(&config.public_url, cookies.clone(), brand, &files);
        let destinations = portal::destinations(config).map_err(StartError::Destinations)?;
        let public = config.public_url.as_str().trim_end_matches('/');
        let security = security_headers(config, &destinations, public)?;
        let verify = Verify::new(VerifyParts {
            gate: portal::gate(config)?,
            preset: portal::preset(config),
            has_assertion: config.portal.assertion,
            cookies,
            signer: Signer::new(ring, public, Arc::clone(entropy)).map_err(StartError::Signer)?,
            lifetimes: from_config::settings(config).lifetimes,
            trusted: from_config::trusted(config),
            is_shadow: config.portal.shadow,
            security: security.clone(),
            public_url: config.public_url.clone(),
            metrics: Arc::clone(metrics),
            traces: Arc::clone(traces),
        });
        Ok(Self {
            verify: Data::new(verify),
            site: Data::new(site),
            files: Data::new(files),
            headers: Data::new(security),
        })
    }
}

/// Forms may lead to any destination of a sign-in or a sign-out.
fn security_headers(
    config: &Config,
    destinations: &Destinations,
    public: &str,
) -> Result<headers::SecurityHeaders, StartError> {
    let mut form_action = destinations.form_action_sources();
    if config.sign_in.okta_hosted {
        // Sign-out redirects to the org, to end the browser's session there.
        form_action.push(config.okta.org_url.origin().ascii_serialization());
    }
    let made = headers::SecurityHeaders::new(from_config::hsts(config), &form_action, public);
    made.map_err(StartError::Headers)
}

/// The limits, counted together with other replicas where the store is shared.
fn limits(
    config: &Config,
    clock: &Arc<dyn Clock>,
    ring: &KeyRing,
    store: &Arc<dyn Store>,
) -> Result<Limits, StartError> {
    let alone = Limits::new(&from_config::limits(config), Arc::clone(clock), &ring.names());
    let counted = shared_rows::counted_in(alone, store, &ring.names());
    counted.map_err(|error| StartError::Store(StoreTrouble::Counts(error)))
}
