//! Settings: one TOML file and the environment in, plain checked data out.
//!
//! Start at [`load`]. Each concern has one file with its struct, its keys ([`key::Key`]) and how they are read; the
//! list of all keys ([`sections::CATALOGUE`]) is handed to the reader, and makes the reference, the JSON Schema and the
//! example file, so that none of them can drift.
//! May use std, serde, secrecy, url and small parsing crates; no other room.

mod bounded_file;
mod brand;
mod ca;
mod catalogue;
mod checks;
mod example;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod headers;
mod host_pattern;
mod key;
mod likeness;
mod limits;
mod okta;
mod ops;
mod otlp;
mod portal;
mod private_port;
mod problem;
mod reader;
mod record;
mod redis_url;
mod reference;
mod reload;
mod schema;
mod secret;
mod sections;
mod session;
mod sign_in;
mod source;
mod store;
mod this_machine;
mod tls;
mod urls;
mod value;
mod warnings;
mod whole;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::least;

use std::path::Path;

use jiff::Timestamp;

pub use brand::{BrandConfig, BrandPicture, Colour, CssLength};
pub use example::example;
pub use headers::{HeadersConfig, HstsConfig};
pub use host_pattern::HostPatternSetting;
pub use limits::{ForwardedHeaderSetting, LimitsConfig, ProxyProtocolSetting};
pub use okta::{AuthorizationServer, ClientAuthMethod, Dpop, OktaConfig};
pub use ops::{AuditAddress, AuditConfig, AuditFull, AuditSetting, LogFormatSetting, OpsConfig};
pub use otlp::OtlpConfig;
pub use portal::{
    HeaderSet, LogoutConfig, LogoutTargetSetting, PathMatchingSetting, PortalConfig, Preflight, Require, RuleConfig,
    UpstreamSetting,
};
pub use private_port::{PrivateAddress, PrivatePort, PrivatePortFlags, private_address, private_port};
pub use problem::{ConfigErrors, ConfigProblem, Location, Warning};
pub use redis_url::{RedisSetup, RedisUrl};
pub use reference::reference;
pub use reload::{Reloaded, SettingChange, reload};
pub use schema::json_schema;
pub use session::{CheckBy, RememberConfig, SessionConfig};
pub use sign_in::{LinksConfig, SignInConfig, Way};
pub use store::{RedisConfig, StoreConfig, StoreKind, is_same_file};
pub use tls::{FileMark, TlsConfig, TlsProblem};
pub use urls::is_loopback;
pub use whole::Config;

use reader::Reader;
use sections::CATALOGUE;
use source::Sources;
use whole::Sections;

/// Reads the settings of this machine: the file at `path` (else `portico.toml`, else `/etc/portico/portico.toml`, else
/// none) with the `PORTICO_…` variables of `env` over it. Reports every problem at once.
pub fn load(path: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigErrors> {
    read(Sources::collect(CATALOGUE, source::find(path)?, env)?)
}

/// Like [`load`], and reports what else would keep the service from starting, or from being reached, on this machine
/// at this time.
pub fn check(
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
    now: Timestamp,
) -> Result<Config, ConfigErrors> {
    let mut reader = Reader::new(Sources::collect(CATALOGUE, source::find(path)?, env)?);
    let sections = Sections::read(&mut reader);
    this_machine::check(&mut reader);
    sections.check_dates(&mut reader, now);
    let config = sections.whole(&mut reader);
    reader.finish(config)
}

/// Like [`load`], but from `PORTICO_…` pairs alone, without looking for a file.
pub fn from_env(env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigErrors> {
    read(Sources::collect(CATALOGUE, None, env)?)
}

fn read(sources: Sources) -> Result<Config, ConfigErrors> {
    let mut reader = Reader::new(sources);
    let config = Sections::read(&mut reader).whole(&mut reader);
    reader.finish(config)
}
