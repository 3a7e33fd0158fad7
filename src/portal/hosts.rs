//! Hosts that a destination may be on.

use url::{Host, Url};

/// `host[:port]`, or `*.host[:port]` where the star stands for exactly one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPattern {
    host: Host,
    is_wildcard: bool,
    port: Option<u16>,
}

impl HostPattern {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_wildcard, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (name, port) = split_port(rest)?;
        let host = Host::parse(name).ok()?;
        let is_fit = match &host {
            Host::Domain(domain) => {
                let is_plain =
                    !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('*');
                // A star over a whole top-level domain would allow anyone's host.
                is_plain && (!is_wildcard || domain.contains('.') || domain == "localhost")
            }
            Host::Ipv4(_) | Host::Ipv6(_) => !is_wildcard,
        };
        is_fit.then_some(Self {
            host,
            is_wildcard,
            port,
        })
    }

    /// The pattern that fits only the host and port of this URL.
    pub(super) fn exactly(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host()?.to_owned(),
            is_wildcard: false,
            port: url.port(),
        })
    }

    /// Whether scheme, host and port are allowed. A pattern without a port means the scheme's own.
    pub(super) fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host().map(|host| host.to_owned()) else {
            return false;
        };
        let scheme_port = match url.scheme() {
            "https" => 443,
            "http" if is_loopback(&host) => 80,
            _ => return false,
        };
        url.port_or_known_default() == Some(self.port.unwrap_or(scheme_port))
            && self.matches_host(&host)
    }

    fn matches_host(&self, host: &Host) -> bool {
        match (&self.host, host) {
            (Host::Domain(suffix), Host::Domain(name)) if self.is_wildcard => name
                .strip_suffix(suffix.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                .is_some_and(|label| !label.is_empty() && !label.contains('.')),
            (allowed, host) => !self.is_wildcard && allowed == host,
        }
    }

    /// The pattern as content-security-policy sources.
    pub(super) fn sources(&self) -> impl Iterator<Item = String> {
        let star = if self.is_wildcard { "*." } else { "" };
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let rest = format!("{star}{}{port}", self.host);
        let plain = is_loopback(&self.host).then(|| format!("http://{rest}"));
        std::iter::once(format!("https://{rest}")).chain(plain)
    }
}

/// Hosts that browsers treat as the machine itself, where http needs no protection.
pub(super) fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Splits `host`, `host:port`, `[v6]` and `[v6]:port`.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let colon = match text.rfind(']') {
        Some(bracket) => text
            .get(bracket + 1..)?
            .find(':')
            .map(|at| bracket + 1 + at),
        None => text.find(':'),
    };
    let Some(colon) = colon else {
        return Some((text, None));
    };
    let (name, port) = text.split_at_checked(colon)?;
    let port = port.strip_prefix(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|_| is_number)?;
    Some((name, Some(port)))
}
