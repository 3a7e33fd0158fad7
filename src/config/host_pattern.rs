//! The hosts that a setting allows.

use std::fmt;

use url::{Host, Url};

use super::urls::is_loopback;
use super::value::{FromSetting, Value};

/// A host that a customer may be sent back to: `app.example.com`, `app.example.com:8443`, `*.apps.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPatternSetting {
    /// Whether one whole label stands before `host`.
    pub wildcard: bool,
    /// Lower case, punycode, no port; an IPv6 address in brackets.
    pub host: String,
    /// `None`: the scheme's default port.
    pub port: Option<u16>,
}

impl HostPatternSetting {
    /// The pattern that matches the host and port of this address alone.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Some(Self {
            wildcard: false,
            host: url.host_str()?.to_owned(),
            port: url.port(),
        })
    }

    /// Whether this pattern matches every host that `other` does.
    pub(super) fn includes(&self, other: &Self) -> bool {
        let is_below = other
            .host
            .strip_suffix(&self.host)
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(|label| !label.is_empty() && !label.contains('.'));
        self == other || (self.wildcard && !other.wildcard && self.port == other.port && is_below)
    }

    /// Loopback hosts may be plain http; all others are https.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }

    /// Whether `url` has an allowed scheme, this host and this port.
    pub fn matches(&self, url: &Url) -> bool {
        let scheme_fits = url.scheme() == "https" || (url.scheme() == "http" && self.is_loopback());
        let host_fits = url.host_str().is_some_and(|host| {
            if !self.wildcard {
                return host == self.host;
            }
            let label = host.strip_suffix(&self.host).and_then(|rest| rest.strip_suffix('.'));
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        });
        scheme_fits && host_fits && url.port() == self.port
    }
}

impl fmt::Display for HostPatternSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.wildcard { "*." } else { "" };
        write!(f, "{star}{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromSetting for HostPatternSetting {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        if text.contains("://") || text.contains('/') {
            return Err("is an address: write the host alone, without scheme and path".to_owned());
        }
        let (wildcard, rest) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        if rest.contains('*') {
            return Err("may have `*` only as the whole first label".to_owned());
        }
        let malformed = || "is not a host name".to_owned();
        let url = Url::parse(&format!("https://{rest}/")).map_err(|_| malformed())?;
        if url.host_str().is_none() || !url.username().is_empty() || url.query().is_some() {
            return Err(malformed());
        }
        if wildcard && !matches!(url.host(), Some(Host::Domain(domain)) if domain.contains('.')) {
            return Err("would let in a whole top-level domain or is no name".to_owned());
        }
        Ok(Self {
            wildcard,
            host: url.host_str().ok_or_else(malformed)?.to_owned(),
            port: url.port(),
        })
    }
}
