//! The portal behind the sign-in.

use url::{Host, Url};

use super::brand::BrandConfig;
use super::key::{Key, Kind, UrlRule};
use super::reader::{Reader, Reported};
use super::urls::is_loopback;
use super::value::{FromSetting, Value};

/// Where customers go after they signed in.
#[derive(Debug, Clone)]
pub struct PortalConfig {
    pub home_url: Url,
    /// What the pages call the portal.
    pub name: String,
    /// Hosts, besides that of `public_url`, that a customer may be sent back to.
    pub allowed_hosts: Vec<HostPattern>,
}

/// A host that may be returned to: `app.example.com`, `app.example.com:8443`, `*.apps.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    /// Whether one whole label stands before `host`.
    pub wildcard: bool,
    /// Lower case, punycode, no port; an IPv6 address in brackets.
    pub host: String,
    /// None: the scheme's own.
    pub port: Option<u16>,
}

impl HostPattern {
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
            let label = host
                .strip_suffix(&self.host)
                .and_then(|rest| rest.strip_suffix('.'));
            label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        });
        scheme_fits && host_fits && url.port() == self.port
    }
}

pub(super) const KEYS: &[Key] = &[
    Key::optional(
        "portal.home_url",
        Kind::Url(UrlRule::Page),
        "`public_url`",
        "https://portal.example.com/",
        "Where a customer goes after signing in when no other destination was asked for.",
    ),
    Key::optional(
        "portal.name",
        Kind::Line,
        "`brand.name`",
        "Example portal",
        "What the pages call the portal: \"to continue to …\".",
    ),
    Key::with_default(
        "portal.allowed_hosts",
        Kind::List(&Kind::Host),
        "",
        "Hosts, besides that of `public_url`, that a customer may be sent back to: `app.example.com`, \
         `app.example.com:8443`, or `*.apps.example.com`, where `*` is one whole label. https only, except loopback \
         hosts.",
    ),
];

impl PortalConfig {
    /// What is not set comes from `public_url` and `brand`; they are `None` when they were refused themselves.
    pub(super) fn read(
        reader: &mut Reader,
        public_url: Option<&Url>,
        brand: Option<&BrandConfig>,
    ) -> Result<Self, Reported> {
        let home_url = reader.get_optional("portal.home_url");
        let name = reader.get_optional("portal.name");
        let allowed_hosts = reader.get("portal.allowed_hosts");
        Ok(Self {
            home_url: home_url?.or_else(|| public_url.cloned()).ok_or(Reported)?,
            name: name?
                .or_else(|| brand.map(|brand| brand.name.clone()))
                .ok_or(Reported)?,
            allowed_hosts: allowed_hosts?,
        })
    }
}

impl FromSetting for HostPattern {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        if text.contains("://") || text.contains('/') {
            return Err("is an address: write the host alone, without scheme and path".to_owned());
        }
        let (wildcard, rest) = text
            .strip_prefix("*.")
            .map_or((false, text), |rest| (true, rest));
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
