//! The data of a recipe: the settings as the proxy sees them.

use std::net::SocketAddr;

use url::Url;

use crate::config::{Config, HostPatternSetting};
use crate::portal::identity_headers::Preset;
use crate::{startup, web};

/// The service's own paths where it shares the root of its host with the portal; everything below them is its own too.
pub(super) const OWN_PATHS: &[&str] = &[
    "/sign-in",
    "/sign-out",
    "/signed-out",
    "/account",
    "/session",
    "/assets",
    "/companion.js",
    "/global-token-revocation",
    "/.well-known/jwks.json",
    "/verify",
];

/// The service's own path on hosts of the portal that the session cookie does not reach: tickets are fetched and
/// redeemed there.
const CROSS_HOST: &str = web::forward_auth::cross_host::PREFIX;

/// A host that the proxy answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicHost {
    pub(super) is_https: bool,
    /// Whether one whole label stands before `host`.
    pub(super) is_wildcard: bool,
    pub(super) host: String,
    /// `None`: the scheme's default port.
    port: Option<u16>,
}

/// All that the recipes need to know.
#[derive(Debug)]
pub(super) struct Plan {
    /// The host of the sign-in pages.
    pub(super) sign_in: PublicHost,
    /// The path of the sign-in pages: empty, or like `/auth`.
    pub(super) mount: String,
    /// The hosts of the portal.
    pub(super) portals: Vec<PublicHost>,
    /// The address of the account page.
    pub(super) account: String,
    pub(super) preset: Preset,
    /// `host:port` of the service.
    pub(super) portico: String,
    /// `host:port` of the portal.
    pub(super) portal: String,
    /// The domain of the session cookie; `None`: the host of the sign-in pages alone.
    cookie_domain: Option<String>,
    listen: Option<SocketAddr>,
}

impl PublicHost {
    fn of(url: &Url) -> Self {
        Self {
            is_https: url.scheme() == "https",
            is_wildcard: false,
            host: url.host_str().unwrap_or_default().to_owned(),
            port: url.port(),
        }
    }

    /// Only loopback hosts can do without TLS, and they do where the service does.
    fn of_pattern(pattern: &HostPatternSetting, is_https: bool) -> Self {
        Self {
            is_https: is_https || !pattern.is_loopback(),
            is_wildcard: pattern.wildcard,
            host: pattern.host.clone(),
            port: pattern.port,
        }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.is_https { "https" } else { "http" }
    }

    /// `host`, or `*.host`.
    pub(super) fn name(&self) -> String {
        let star = if self.is_wildcard { "*." } else { "" };
        format!("{star}{}", self.host)
    }

    /// `:port`, or nothing.
    pub(super) fn port_suffix(&self) -> String {
        self.port.map(|port| format!(":{port}")).unwrap_or_default()
    }

    /// `host:port`, or `*.host:port`, without the scheme's default port.
    pub(super) fn authority(&self) -> String {
        format!("{}{}", self.name(), self.port_suffix())
    }

    /// The port as a number.
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_https { 443 } else { 80 })
    }

    fn is_loopback(&self) -> bool {
        let pattern = HostPatternSetting {
            wildcard: false,
            host: self.host.clone(),
            port: None,
        };
        pattern.is_loopback()
    }
}

impl Plan {
    /// The plan for these settings.
    pub(super) fn new(config: &Config, portico: String, portal: String, listen: Option<SocketAddr>) -> Self {
        let sign_in = PublicHost::of(&config.public_url);
        let mount = config.mount_path().to_owned();
        let account = format!("{}/account", config.public_url.as_str().trim_end_matches('/'));
        let home = config.portal.home_url.as_ref().map(PublicHost::of);
        let allowed = config.portal.allowed_hosts.iter();
        let allowed = allowed.map(|pattern| PublicHost::of_pattern(pattern, sign_in.is_https));
        let mut portals: Vec<PublicHost> = Vec::new();
        for host in home.into_iter().chain(allowed) {
            if !portals.contains(&host) {
                portals.push(host);
            }
        }
        // Beside the path of the sign-in pages is the portal; where no other host is named, it shares their host.
        let shares = !mount.is_empty() || portals.is_empty();
        if shares && !portals.contains(&sign_in) {
            portals.insert(0, sign_in.clone());
        }
        Self {
            sign_in,
            mount,
            portals,
            account,
            preset: startup::preset(config),
            portico,
            portal,
            cookie_domain: config.session.cookie_domain.clone(),
            listen,
        }
    }

    /// Whether the sign-in pages are on this host too.
    pub(super) fn is_shared(&self, host: &PublicHost) -> bool {
        *host == self.sign_in
    }

    /// Whether the sign-in pages have a host of their own, without a portal.
    pub(super) fn has_own_host(&self) -> bool {
        !self.portals.contains(&self.sign_in)
    }

    /// All hosts.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &PublicHost> {
        let own = self.has_own_host().then_some(&self.sign_in);
        own.into_iter().chain(&self.portals)
    }

    /// Paths of the service on this host; everything below them is its own too.
    pub(super) fn own_paths(&self, host: &PublicHost) -> Vec<String> {
        if self.is_cross_host(host) {
            vec![CROSS_HOST.to_owned()]
        } else if !self.is_shared(host) {
            Vec::new()
        } else if self.mount.is_empty() {
            OWN_PATHS.iter().map(|path| (*path).to_owned()).collect()
        } else {
            vec![self.mount.clone()]
        }
    }

    /// Where the proxy listens for a host: `None` for every address of the machine.
    pub(super) fn listen(&self, host: &PublicHost) -> (Option<String>, u16) {
        match self.listen {
            Some(SocketAddr::V4(address)) => (Some(address.ip().to_string()), address.port()),
            Some(SocketAddr::V6(address)) => (Some(format!("[{}]", address.ip())), address.port()),
            None if host.is_loopback() => (Some("127.0.0.1".to_owned()), host.port()),
            None => (None, host.port()),
        }
    }

    /// Whether the session cookie does not reach this host, so that it needs one of its own.
    pub(super) fn is_cross_host(&self, host: &PublicHost) -> bool {
        let is_shared = self.cookie_domain.as_deref().is_some_and(|domain| {
            host.host
                .strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        });
        !is_shared && (host.is_wildcard || host.host != self.sign_in.host)
    }
}
