//! The certificate of the public port. It is replaced while the service runs, whenever its files change.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::sign::SingleCertAndKey;
use tokio::task::spawn_blocking;

use super::error::StartError;
use crate::clock::Clock;
use crate::config::{FileMark, TlsConfig};
use crate::domain::session::after;
use crate::panics::caught;
use crate::telemetry::Metrics;

/// How often the files are looked at. They are read when they have not changed from one look to the next: certificate
/// and key are not written in one moment.
const LOOK: Duration = Duration::from_secs(10);

/// What became of a changed certificate.
const USED: &str = "used";
const REFUSED: &str = "refused";

/// The certificate in use, for new connections.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    used: Arc<ArcSwap<Used>>,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Used {
    config: TlsConfig,
    server: Arc<ServerConfig>,
}

impl Used {
    fn new(config: &TlsConfig) -> Result<Self, StartError> {
        let mut server = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(StartError::Tls)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from((*config.certified).clone())));
        // Not `h2`: the HTTP library's HTTP/2 stands on a version of `h2` with known advisories (docs/decisions/0038).
        server.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: config.clone(),
            server: Arc::new(server),
        })
    }
}

impl Certificate {
    pub(super) fn new(config: &TlsConfig, now: Timestamp, metrics: &Arc<Metrics>) -> Result<Self, StartError> {
        if let Some(problem) = config.date_problem(now) {
            tracing::error!(%problem, "tls.cert_file: browsers refuse this certificate");
        }
        let used = Used::new(config)?;
        metrics.set_certificate_expiry(config.not_after.as_second());
        metrics.begin_certificate_reloads([USED, REFUSED]);
        Ok(Self {
            used: Arc::new(ArcSwap::from_pointee(used)),
            metrics: Arc::clone(metrics),
        })
    }

    /// What handshakes are made with from now on.
    pub(super) fn server(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.used.load().server)
    }

    /// Uses another certificate for new connections, if it is better than the one in use.
    pub(super) fn replace(&self, config: &TlsConfig, now: Timestamp) -> Result<(), StartError> {
        let used = self.used.load();
        if let Some(problem) = config.date_problem(now)
            && used.config.date_problem(now).is_none()
        {
            return Err(StartError::CertificateDate(problem));
        }
        self.used.store(Arc::new(Used::new(config)?));
        self.metrics.set_certificate_expiry(config.not_after.as_second());
        self.metrics.certificate_reload(USED);
        Ok(())
    }

    /// Reads the files again, which have changed, and says what comes of it.
    fn reads_again(&self, config: &TlsConfig, now: Timestamp) {
        let next = match config.read_again() {
            Ok(next) if next.certified.cert == self.used.load().config.certified.cert => return,
            Ok(next) => self.replace(&next, now).map(|()| next),
            Err(problem) => Err(StartError::CertificateFiles(problem)),
        };
        match next {
            Ok(next) => tracing::info!(
                not_after = %next.not_after,
                "the files of the certificate have changed; new connections get the new certificate"
            ),
            Err(error) => {
                self.metrics.certificate_reload(REFUSED);
                let error = anyhow::Error::new(error);
                tracing::error!(
                    error = format!("{error:#}"),
                    not_after = %config.not_after,
                    "the files of the certificate have changed and cannot be used; the certificate in use stays"
                );
            }
        }
    }
}

/// Looks at the files of the certificate for as long as the service runs.
pub(super) async fn watch(certificate: Option<Certificate>, clock: Arc<dyn Clock>) {
    let Some(certificate) = certificate else {
        return std::future::pending().await;
    };
    let mut looks = Looks::default();
    loop {
        clock.sleep_until(after(clock.now(), LOOK)).await;
        let (certificate, clock) = (certificate.clone(), Arc::clone(&clock));
        let looked = spawn_blocking(move || {
            looks.look(&certificate, clock.as_ref());
            looks
        });
        // A panic was logged where it happened; the task begins anew.
        match caught(looked).await {
            Ok(Ok(looked)) => looks = looked,
            Ok(Err(_)) | Err(_) => looks = Looks::default(),
        }
    }
}

type Marks = [Option<FileMark>; 2];

/// How the files looked.
#[derive(Debug, Default)]
struct Looks {
    last: Option<Marks>,
    /// When they were read.
    read: Option<Marks>,
}

impl Looks {
    fn look(&mut self, certificate: &Certificate, clock: &dyn Clock) {
        let config = certificate.used.load().config.clone();
        let marks = config.marks();
        let is_settled = self.last.replace(marks) == Some(marks);
        if is_settled && self.read != Some(marks) {
            self.read = Some(marks);
            certificate.reads_again(&config, clock.now());
        }
    }
}
