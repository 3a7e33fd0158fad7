//! Errors that keep the service from starting.

use std::net::SocketAddr;

use thiserror::Error;

use super::store::StoreTrouble;
use crate::config::TlsProblem;
use crate::portal::BadDestinations;
use crate::portal::assertion::NoSigner;
use crate::portal::back_channel::NoBackChannel;
use crate::telemetry::audit::AuditTrouble;
use crate::telemetry::traces::CollectorError;

/// Why the service did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The Okta settings do not yield a client.
    #[error("okta: the client could not be made")]
    Okta(#[source] okta_direct_auth::Error),
    /// The portal settings do not fit together.
    #[error("portal: the destinations could not be made")]
    Destinations(#[source] BadDestinations),
    /// A rule is invalid that `config` should have refused.
    #[error("portal: an access rule is invalid")]
    Rules,
    /// The key ring does not yield signing keys.
    #[error("store: the signing keys could not be made")]
    Signer(#[source] NoSigner),
    /// The address of the portal is not a URI authority.
    #[error("portal: portal.upstream is not usable")]
    Upstream(#[source] hyper::http::uri::InvalidUri),
    /// Portals cannot be told of ended sessions.
    #[error("portal: portal.logout_url cannot be used")]
    BackChannel(#[source] NoBackChannel),
    /// The brand's style cannot be built.
    #[error("brand: the style could not be made")]
    Brand(#[source] portico_views::BrandError),
    /// The security headers cannot be built.
    #[error("the security headers could not be made")]
    Headers(#[source] actix_web::http::header::InvalidHeaderValue),
    /// The collector of traces cannot be called.
    #[error("ops: traces")]
    Traces(#[source] CollectorError),
    /// The store cannot be used.
    #[error("store")]
    Store(#[source] StoreTrouble),
    /// The audit record cannot be written.
    #[error("the audit record (ops.audit)")]
    Audit(#[source] AuditTrouble),
    /// TLS cannot be set up.
    #[error("tls: the server could not be made")]
    Tls(#[source] rustls::Error),
    /// The files of the certificate cannot be used.
    #[error(transparent)]
    CertificateFiles(TlsProblem),
    /// The new certificate is worse than the one in use.
    #[error("tls.cert_file {0}, and the one in use is valid")]
    CertificateDate(String),
    /// A port is taken or forbidden.
    #[error("{what} cannot listen on {address}")]
    Listen {
        /// The name of the port.
        what: &'static str,
        /// Its address.
        address: SocketAddr,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
}
