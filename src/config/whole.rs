//! The settings as a whole, and the two that belong to no section.

use std::net::SocketAddr;

use jiff::Timestamp;
use url::Url;

use super::brand::BrandConfig;
use super::checks;
use super::headers::HeadersConfig;
use super::key::{Key, SettingKind, UrlRule};
use super::limits::LimitsConfig;
use super::okta::OktaConfig;
use super::ops::OpsConfig;
use super::portal::PortalConfig;
use super::problem::Warning;
use super::reader::{Reader, Reported};
use super::record::Record;
use super::session::SessionConfig;
use super::sign_in::SignInConfig;
use super::store::StoreConfig;
use super::tls::TlsConfig;

/// Every setting of the service, checked. Plain data: `startup` turns it into running parts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where customers find the service. No query, no fragment, no user info; the path does not end in `/` except
    /// when it is the root.
    pub public_url: Url,
    /// Address of the public port.
    pub listen: SocketAddr,
    /// `None`: the public port speaks plain HTTP.
    pub tls: Option<TlsConfig>,
    pub okta: OktaConfig,
    pub sign_in: SignInConfig,
    pub session: SessionConfig,
    pub store: StoreConfig,
    pub portal: PortalConfig,
    pub headers: HeadersConfig,
    pub limits: LimitsConfig,
    pub brand: BrandConfig,
    pub ops: OpsConfig,
    /// The part of [`Config::warnings`] that depends on where a value came from.
    pub source_warnings: Vec<Warning>,
    pub(super) record: Record,
}

impl Config {
    /// The path that all routes are under: empty, or like `/auth`.
    pub fn mount_path(&self) -> &str {
        self.public_url.path().trim_end_matches('/')
    }

    /// The full address of a page, as it is registered at Okta.
    pub fn public_page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

/// What each section holds, or that it was refused.
pub(super) struct Sections {
    public_url: Result<Url, Reported>,
    listen: Result<SocketAddr, Reported>,
    tls: Result<Option<TlsConfig>, Reported>,
    okta: Result<OktaConfig, Reported>,
    sign_in: Result<SignInConfig, Reported>,
    session: Result<SessionConfig, Reported>,
    store: Result<StoreConfig, Reported>,
    portal: Result<PortalConfig, Reported>,
    headers: Result<HeadersConfig, Reported>,
    limits: Result<LimitsConfig, Reported>,
    brand: Result<BrandConfig, Reported>,
    ops: Result<OpsConfig, Reported>,
}

impl Sections {
    /// Reads every section before it gives up on any, so that the operator sees all problems in one go.
    pub(super) fn read(reader: &mut Reader) -> Self {
        let public_url = reader.get("public_url");
        let listen = reader.get("listen");
        let tls = TlsConfig::read(reader);
        let okta = OktaConfig::read(reader);
        let mut sign_in = SignInConfig::read(reader);
        let session = SessionConfig::read(reader, public_url.as_ref().ok());
        let store = StoreConfig::read(reader);
        let brand = BrandConfig::read(reader);
        let portal = PortalConfig::read(reader, public_url.as_ref().ok(), brand.as_ref().ok());
        let headers = HeadersConfig::read(reader);
        let limits = LimitsConfig::read(reader);
        let ops = OpsConfig::read(reader);
        checks::passkeys_need_webauthn(reader, sign_in.as_mut().ok());
        checks::ports_differ(reader);
        checks::org_is_elsewhere(reader);
        checks::upstream_is_elsewhere(reader);
        checks::logout_is_elsewhere(reader);
        checks::proxy_protocol_needs_proxies(reader);
        Self {
            public_url,
            listen,
            tls,
            okta,
            sign_in,
            session,
            store,
            portal,
            headers,
            limits,
            brand,
            ops,
        }
    }

    /// Reports a certificate that no browser accepts at this time. The service itself starts with it.
    pub(super) fn check_dates(&self, reader: &mut Reader, now: Timestamp) {
        if let Ok(Some(tls)) = &self.tls {
            tls.refuse_dates(reader, now);
        }
    }

    /// The settings as a whole, if no section was refused.
    pub(super) fn whole(self, reader: &mut Reader) -> Result<Config, Reported> {
        Ok(Config {
            public_url: self.public_url?,
            listen: self.listen?,
            tls: self.tls?,
            okta: self.okta?,
            sign_in: self.sign_in?,
            session: self.session?,
            store: self.store?,
            portal: self.portal?,
            headers: self.headers?,
            limits: self.limits?,
            brand: self.brand?,
            ops: self.ops?,
            source_warnings: reader.take_warnings(),
            record: reader.record(),
        })
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::required(
        "public_url",
        SettingKind::Url(UrlRule::Base),
        "https://signin.example.com",
        "Address that customers see, including the path if the service is mounted under one \
         (`https://portal.example.com/auth`). Links, cookies and redirects are derived from it, never from the \
         request. Must be https, except on a loopback host.",
    ),
    Key::with_default(
        "listen",
        SettingKind::Socket,
        "0.0.0.0:8080",
        "Address and port of the public side. It speaks plain HTTP, for a reverse proxy in front that terminates TLS; \
         with `tls.cert_file` it speaks TLS itself.",
    ),
];
