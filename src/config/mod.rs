//! Settings: one TOML file and the environment in, plain checked data out.
//!
//! Start at [`load`]. Each concern has one file with its struct, its keys ([`key::Key`]) and how they are read; the
//! table of keys also makes the reference, the JSON Schema and the example file, so that none of them can drift.
//! May name std, serde, secrecy, url and small parsing crates; no other room.

mod brand;
mod ca;
mod checks;
mod example;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod headers;
mod key;
mod likeness;
mod limits;
mod okta;
mod ops;
mod portal;
mod problem;
mod reader;
mod redis_url;
mod reference;
mod schema;
mod secret;
mod session;
mod sign_in;
mod source;
mod store;
mod urls;
mod value;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::least;

use std::net::SocketAddr;
use std::path::Path;

use url::Url;

pub use brand::{BrandConfig, BrandPicture, Colour, CssLength};
pub use example::example;
pub use headers::{HeadersConfig, HstsConfig};
pub use limits::{ForwardedHeaderSetting, LimitsConfig};
pub use okta::{AuthorizationServer, ClientAuthMethod, Dpop, OktaConfig};
pub use ops::{LogFormatSetting, OpsConfig, PrivatePort};
pub use portal::{
    HeaderSet, HostPatternSetting, PathMatchingSetting, PortalConfig, Preflight, Require, RuleConfig, UpstreamSetting,
};
pub use problem::{ConfigErrors, ConfigProblem, Location, Warning};
pub use redis_url::{RedisSetup, RedisUrl};
pub use reference::reference;
pub use schema::json_schema;
pub use session::{CheckBy, RememberConfig, SessionConfig};
pub use sign_in::{LinksConfig, SignInConfig, Way};
pub use store::{RedisConfig, StoreConfig, StoreKind};

use key::{Key, SettingKind, UrlRule};
use reader::{Reader, Reported};
use source::Sources;

/// Every setting of the service, checked. Plain data: `startup` turns it into running parts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where customers find the service. No query, no fragment, no user info; the path does not end in `/` except
    /// when it is the root.
    pub public_url: Url,
    /// Address of the public port.
    pub listen: SocketAddr,
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

    /// Settings that are allowed, but worth a second look by the operator.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = self.source_warnings.clone();
        warnings.extend(checks::warnings(self));
        warnings
    }
}

/// Reads the settings of this machine: the file at `path` (else `portico.toml`, else `/etc/portico/portico.toml`, else
/// none) with the `PORTICO_…` variables of `env` over it. Reports every problem at once.
pub fn load(path: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigErrors> {
    read(Sources::collect(source::find(path)?, env)?)
}

/// Like [`load`], but from `PORTICO_…` pairs alone, without looking for a file.
pub fn from_env(env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigErrors> {
    read(Sources::collect(None, env)?)
}

/// The address of the private port of the service that runs on this machine. Nothing else in the settings has to be
/// right: a service is not dead because an operator is editing its file.
pub fn private_address(
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<SocketAddr, ConfigErrors> {
    let mut reader = Reader::new(Sources::collect_readable(source::find(path)?, env));
    let address = reader.get("ops.listen");
    reader.finish(address)
}

/// Like [`private_address`], together with the administrators' token.
pub fn private_port(
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<PrivatePort, ConfigErrors> {
    let mut reader = Reader::new(Sources::collect_readable(source::find(path)?, env));
    let port = PrivatePort::read(&mut reader);
    reader.finish(port)
}

fn read(sources: Sources) -> Result<Config, ConfigErrors> {
    let mut reader = Reader::new(sources);
    let config = read_all(&mut reader);
    reader.finish(config)
}

/// Reads every section before it gives up on any, so that the operator sees all problems in one go.
fn read_all(reader: &mut Reader) -> Result<Config, Reported> {
    let public_url = reader.get("public_url");
    let listen = reader.get("listen");
    let okta = OktaConfig::read(reader);
    let mut sign_in = SignInConfig::read(reader);
    let session = SessionConfig::read(reader, public_url.as_ref().ok());
    let store = StoreConfig::read(reader);
    let brand = BrandConfig::read(reader);
    let portal = PortalConfig::read(reader, public_url.as_ref().ok(), brand.as_ref().ok());
    let headers = HeadersConfig::read(reader);
    let limits = LimitsConfig::read(reader);
    let ops = OpsConfig::read(reader);
    checks::passkeys_need_webauthn(reader, okta.as_ref().ok(), sign_in.as_mut().ok());
    checks::ports_differ(reader, listen.as_ref().ok(), ops.as_ref().ok());
    Ok(Config {
        public_url: public_url?,
        listen: listen?,
        okta: okta?,
        sign_in: sign_in?,
        session: session?,
        store: store?,
        portal: portal?,
        headers: headers?,
        limits: limits?,
        brand: brand?,
        ops: ops?,
        source_warnings: reader.take_warnings(),
    })
}

const KEYS: &[Key] = &[
    Key::required(
        "public_url",
        SettingKind::Url(UrlRule::Base),
        "https://signin.example.com",
        "Address that customers see, with the path if the service stands under one (`https://portal.example.com/auth`). \
         Links, cookies and redirects come from it, never from a request. https, except on a loopback host.",
    ),
    Key::with_default(
        "listen",
        SettingKind::Socket,
        "0.0.0.0:8080",
        "Address and port of the public side. Speaks plain http; the reverse proxy in front speaks TLS.",
    ),
];
