//! Hosts of the portal: those that a customer may be sent to, and those that a proxy may ask about.

use std::borrow::Cow;
use std::fmt;

use url::{Host, Url};

/// Scheme, host and port of a URL, compared without parsing it as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority<'a> {
    is_https: bool,
    /// Lower case.
    host: Cow<'a, str>,
    /// `None`: the scheme's default port.
    port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Parses `https` or `http` and `host[:port]`; `None` if the text is neither. A host in an unusual form is kept
    /// unchanged, and so equals no known one.
    pub fn parse(scheme: &str, text: &'a str) -> Option<Self> {
        let is_https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let (host, port) = split_port(text)?;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_host) {
            return None;
        }
        let host = if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        let own_port = if is_https { 443 } else { 80 };
        Some(Self {
            is_https,
            host,
            port: port.filter(|port| *port != own_port),
        })
    }

    /// The authority of a URL; `None` without a host, or for another scheme.
    pub fn of(url: &'a Url) -> Option<Self> {
        Some(Self {
            is_https: match url.scheme() {
                "https" => true,
                "http" => false,
                _ => return None,
            },
            host: Cow::Borrowed(url.host_str()?),
            port: url.port(),
        })
    }

    /// The host alone.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the host is this domain or a subdomain.
    pub fn is_within(&self, domain: &str) -> bool {
        self.host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    }

    /// `host[:port]`.
    pub fn name(&self) -> Cow<'_, str> {
        match self.port {
            None => Cow::Borrowed(&self.host),
            Some(port) => Cow::Owned(format!("{}:{port}", self.host)),
        }
    }
}

/// `host[:port]`, or `*.host[:port]` where the star stands for exactly one label.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern {
    /// As in URLs: lower case, IPv6 in brackets.
    host: String,
    is_wildcard: bool,
    port: Option<u16>,
    /// Whether plain http is allowed.
    is_loopback: bool,
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.is_wildcard { "*." } else { "" };
        write!(f, "{star}{}", self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl HostPattern {
    /// `None` if the text is neither, or if the pattern would match other people's hosts.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_wildcard, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (name, port) = split_port(rest)?;
        let host = Host::parse(name).ok()?;
        let is_fit = match &host {
            Host::Domain(domain) => {
                let is_plain = !domain.starts_with('.') && !domain.ends_with('.') && !domain.contains('*');
                // A star over a whole top-level domain would allow anybody's host.
                is_plain && (!is_wildcard || domain.contains('.') || domain == "localhost")
            }
            Host::Ipv4(_) | Host::Ipv6(_) => !is_wildcard,
        };
        is_fit.then(|| Self {
            is_loopback: is_loopback(&host),
            host: host.to_string(),
            is_wildcard,
            port,
        })
    }

    /// The pattern that matches only the host and port of this URL.
    pub(super) fn exactly(url: &Url) -> Option<Self> {
        let host = url.host()?.to_owned();
        Some(Self {
            is_loopback: is_loopback(&host),
            host: host.to_string(),
            is_wildcard: false,
            port: url.port(),
        })
    }

    /// The host, without the star and the port.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// Whether scheme, host and port are allowed. A pattern without a port means the scheme's default.
    pub(super) fn matches_authority(&self, authority: &Authority<'_>) -> bool {
        let own_port = if authority.is_https { 443 } else { 80 };
        (authority.is_https || self.is_loopback)
            && authority.port == self.port.filter(|port| *port != own_port)
            && self.matches_host(&authority.host)
    }

    fn matches_host(&self, host: &str) -> bool {
        if !self.is_wildcard {
            return host == self.host;
        }
        host.strip_suffix(self.host.as_str())
            .and_then(|rest| rest.strip_suffix('.'))
            .is_some_and(is_label)
    }

    /// The pattern as sources of a content security policy.
    pub(super) fn sources(&self) -> impl Iterator<Item = String> {
        let rest = self.to_string();
        let plain = self.is_loopback.then(|| format!("http://{rest}"));
        std::iter::once(format!("https://{rest}")).chain(plain)
    }
}

/// Whether the text is one label of a name, as browsers write it. Underscores are not allowed in host names, but are
/// used.
fn is_label(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_of_name)
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
        Some(bracket) => text.get(bracket + 1..)?.find(':').map(|at| bracket + 1 + at),
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
