//! The request that a proxy asks about. Each proxy has its own headers; those of other proxies must not contradict
//! them.

#[cfg(test)]
mod tests;

use actix_web::http::header::{self, HeaderMap, HeaderName};

use super::asked_by::AskedBy;
use super::preflight;
use crate::portal::gate::PortalRequest;
use crate::portal::proxies::AsksBy;

/// Why the target of a request is unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum BadMetadata {
    Missing(&'static str),
    Twice(&'static str),
    Unreadable(&'static str),
    Contradiction(&'static str, &'static str),
}

impl BadMetadata {
    /// A short name for answers, logs and metrics.
    pub(in crate::web) const fn name(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing_header",
            Self::Twice(_) => "doubled_header",
            Self::Unreadable(_) => "unreadable_header",
            Self::Contradiction(..) => "contradictory_headers",
        }
    }
}

impl std::fmt::Display for BadMetadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "the proxy sends no {name}"),
            Self::Twice(name) => write!(f, "{name} came twice: the proxy must replace what a client sends"),
            Self::Unreadable(name) => write!(f, "{name} cannot be read"),
            Self::Contradiction(one, other) => {
                write!(
                    f,
                    "{one} and {other} contradict each other: the proxy must remove the one that it does not set"
                )
            }
        }
    }
}

// Header names, parsed once: most of them are looked up in each request.
static ORIGINAL_URL: HeaderName = HeaderName::from_static("x-original-url");
static ORIGINAL_METHOD: HeaderName = HeaderName::from_static("x-original-method");
static PROTO: HeaderName = header::X_FORWARDED_PROTO;
static FORWARDED_HOST: HeaderName = header::X_FORWARDED_HOST;
static URI: HeaderName = HeaderName::from_static("x-forwarded-uri");
static METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
static HOST: HeaderName = header::HOST;

/// A proxy's forward-auth request as it was received.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct ProxyRequest<'a> {
    pub(in crate::web) method: &'a str,
    /// Path and query.
    pub(in crate::web) uri: &'a str,
    /// The host in the request line, which few clients send.
    pub(in crate::web) authority: Option<&'a str>,
    pub(in crate::web) headers: &'a HeaderMap,
}

#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct Own<'a> {
    pub(in crate::web) scheme: &'a str,
    /// The base path, under which Envoy's prefix is mounted.
    pub(in crate::web) base: &'a str,
}

/// The request that the proxy asks about.
pub(in crate::web) fn asked<'a>(
    by: AskedBy,
    request: ProxyRequest<'a>,
    own: Own<'a>,
) -> Result<PortalRequest<'a>, BadMetadata> {
    let asked = portal_request(by, request, own)?;
    Ok(PortalRequest {
        is_preflight: preflight::is_plain(by, request.headers, asked.method),
        ..asked
    })
}

/// URL and method.
fn portal_request<'a>(by: AskedBy, request: ProxyRequest<'a>, own: Own<'a>) -> Result<PortalRequest<'a>, BadMetadata> {
    let AskedBy::Proxy(proxy) = by else {
        return asked_here(request, own);
    };
    match proxy.traits().asks_by {
        AsksBy::OriginalUrl => by_original_url(request.headers),
        AsksBy::Forwarded => by_forwarded_headers(request.headers),
        AsksBy::OwnPath => by_own_path(request, own, by.name()),
    }
}

/// There is no proxy, so no proxy's headers count; whatever terminates TLS in front of us accepts https only.
fn asked_here<'a>(request: ProxyRequest<'a>, own: Own<'a>) -> Result<PortalRequest<'a>, BadMetadata> {
    let host = needed(request.headers, &HOST)?;
    if request.authority.is_some_and(|authority| authority != host) {
        return Err(BadMetadata::Contradiction("the first line", "Host"));
    }
    Ok(PortalRequest {
        scheme: own.scheme,
        host,
        uri: request.uri,
        method: request.method,
        is_preflight: false,
    })
}

fn by_original_url(headers: &HeaderMap) -> Result<PortalRequest<'_>, BadMetadata> {
    let url = needed(headers, &ORIGINAL_URL)?;
    let (scheme, host, uri) = split(url).ok_or(BadMetadata::Unreadable(ORIGINAL_URL.as_str()))?;
    let method = needed(headers, &ORIGINAL_METHOD)?;
    agrees(headers, &URI, uri, ORIGINAL_URL.as_str())?;
    agrees(headers, &METHOD, method, ORIGINAL_METHOD.as_str())?;
    Ok(PortalRequest {
        scheme: web_scheme(scheme),
        host,
        uri,
        method,
        is_preflight: false,
    })
}

fn by_forwarded_headers(headers: &HeaderMap) -> Result<PortalRequest<'_>, BadMetadata> {
    let asked = PortalRequest {
        scheme: web_scheme(needed(headers, &PROTO)?),
        host: needed(headers, &FORWARDED_HOST)?,
        uri: needed(headers, &URI)?,
        method: needed(headers, &METHOD)?,
        is_preflight: false,
    };
    no_other(headers, &asked, URI.as_str())?;
    agrees(headers, &ORIGINAL_METHOD, asked.method, METHOD.as_str())?;
    Ok(asked)
}

fn by_own_path<'a>(request: ProxyRequest<'a>, own: Own<'a>, proxy: &str) -> Result<PortalRequest<'a>, BadMetadata> {
    let headers = request.headers;
    let uri = request
        .uri
        .strip_prefix(own.base)
        .and_then(|rest| rest.strip_prefix("/verify/"))
        .and_then(|rest| rest.strip_prefix(proxy))
        .ok_or(BadMetadata::Unreadable("the path"))?;
    let asked = PortalRequest {
        scheme: web_scheme(needed(headers, &PROTO)?),
        host: needed(headers, &HOST)?,
        uri,
        method: request.method,
        is_preflight: false,
    };
    no_other(headers, &asked, "the path")?;
    agrees(headers, &URI, uri, "the path")?;
    agrees(headers, &METHOD, asked.method, "the method")?;
    Ok(asked)
}

/// If another proxy's header also has the URL, it must be the same.
fn no_other(headers: &HeaderMap, asked: &PortalRequest<'_>, ours: &'static str) -> Result<(), BadMetadata> {
    let Some(other) = once(headers, &ORIGINAL_URL)? else {
        return Ok(());
    };
    let is_same = split(other)
        .is_some_and(|(scheme, host, uri)| (web_scheme(scheme), host, uri) == (asked.scheme, asked.host, asked.uri));
    if is_same {
        Ok(())
    } else {
        Err(BadMetadata::Contradiction(ours, ORIGINAL_URL.as_str()))
    }
}

fn agrees(
    headers: &HeaderMap,
    name: &'static HeaderName,
    ours: &str,
    our_name: &'static str,
) -> Result<(), BadMetadata> {
    match once(headers, name)? {
        Some(other) if other != ours => Err(BadMetadata::Contradiction(our_name, name.as_str())),
        _ => Ok(()),
    }
}

fn needed<'a>(headers: &'a HeaderMap, name: &'static HeaderName) -> Result<&'a str, BadMetadata> {
    once(headers, name)?.ok_or(BadMetadata::Missing(name.as_str()))
}

fn once<'a>(headers: &'a HeaderMap, name: &'static HeaderName) -> Result<Option<&'a str>, BadMetadata> {
    let mut lines = headers.get_all(name);
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(BadMetadata::Twice(name.as_str()));
    }
    let text = line.to_str().map_err(|_| BadMetadata::Unreadable(name.as_str()))?;
    // Proxies send an empty value for a header that the client did not send.
    Ok((!text.is_empty()).then_some(text))
}

/// `https://host/path?query` in its three parts.
fn split(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let at = rest.find('/')?;
    let (host, uri) = rest.split_at_checked(at)?;
    Some((scheme, host, uri))
}

/// Traefik names the scheme of a WebSocket `ws` or `wss`.
fn web_scheme(scheme: &str) -> &str {
    match scheme {
        "wss" => "https",
        "ws" => "http",
        other => other,
    }
}
