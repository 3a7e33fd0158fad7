//! The client's address, when proxies stand in front (SEC-117).
//!
//! Any client can send these headers, so they count only as far as trusted proxies vouch for them. Everything else in
//! the crate takes the address from here, never from actix (SEC-118).

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, X_FORWARDED_FOR};
use actix_web::{HttpMessage as _, HttpRequest};
use ipnet::IpNet;

/// Longest header that is read, in bytes: longer than any honest chain of proxies, and still cheap to read.
const LONGEST_HEADER: usize = 4096;

/// The one header that the operator's proxies write; the other is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    #[default]
    XForwardedFor,
    Forwarded,
}

/// The peers whose forwarding header counts; none by default.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies {
    pub nets: Vec<IpNet>,
    pub header: ForwardedHeader,
}

impl TrustedProxies {
    /// Whether this address is one of the operator's proxies.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.nets.iter().any(|net| net.contains(&address))
    }
}

/// The checked address of the client, in the request's extensions once `access_log` has run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The address behind this request; `None` where the middleware did not run.
    pub fn of(req: &HttpRequest) -> Option<IpAddr> {
        req.extensions().get().map(|Self(address)| *address)
    }
}

/// Whether the forwarding header of this TCP peer counts.
pub fn peer_is_trusted(peer: IpAddr, trusted: &TrustedProxies) -> bool {
    trusted.contains(peer)
}

/// The client's address: from the right, the first that is not a trusted proxy; the leftmost when all are trusted.
/// Everything further left was written by the client and is not even read. The peer itself when it is not trusted or
/// when its header is malformed. IPv4-mapped IPv6 becomes IPv4.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(peer) {
        return peer;
    }
    forwarded_address(headers, trusted).unwrap_or(peer)
}

/// The peer's address without its port. A request without a socket, as in a unit test, has the unspecified address.
pub fn peer_address(socket: Option<SocketAddr>) -> IpAddr {
    socket.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |socket| socket.ip().to_canonical())
}

fn forwarded_address(headers: &HeaderMap, trusted: &TrustedProxies) -> Option<IpAddr> {
    let mut leftmost = None;
    for hop in hops(headers, trusted.header)?.into_iter().rev() {
        let address = match trusted.header {
            ForwardedHeader::XForwardedFor => node_address(hop.trim())?,
            ForwardedHeader::Forwarded => for_address(hop)?,
        };
        if !trusted.contains(address) {
            return Some(address);
        }
        leftmost = Some(address);
    }
    leftmost
}

/// The elements of every line of the header, in order; `None` when it is too long or malformed.
fn hops(headers: &HeaderMap, header: ForwardedHeader) -> Option<Vec<&str>> {
    let name = match header {
        ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
        ForwardedHeader::Forwarded => FORWARDED,
    };
    let mut hops = Vec::new();
    let mut length = 0;
    for line in headers.get_all(name) {
        length += line.len();
        if length > LONGEST_HEADER {
            return None;
        }
        let line = line.to_str().ok()?;
        match header {
            ForwardedHeader::XForwardedFor => hops.extend(line.split(',')),
            ForwardedHeader::Forwarded => hops.extend(split_unquoted(line, ',')?),
        }
    }
    Some(hops)
}

/// The `for` of one RFC 7239 element; it must be there exactly once.
fn for_address(element: &str) -> Option<IpAddr> {
    let mut found = None;
    for pair in split_unquoted(element, ';')? {
        let (name, value) = pair.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("for") {
            continue;
        }
        if found.is_some() {
            return None;
        }
        let value = value.trim();
        let bare = match value.strip_prefix('"') {
            Some(rest) => rest.strip_suffix('"')?,
            None => value,
        };
        found = Some(node_address(bare)?);
    }
    found
}

/// `1.2.3.4`, `1.2.3.4:5`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:5`; no names, no `unknown`, no `_hidden`.
fn node_address(text: &str) -> Option<IpAddr> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|inner| inner.parse().ok().map(IpAddr::V6));
    bracketed
        .or_else(|| text.parse().ok())
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .map(|address| address.to_canonical())
}

/// Splits at separators outside quotes. `None` when a quote stays open.
fn split_unquoted(text: &str, separator: char) -> Option<Vec<&str>> {
    let mut is_quoted = false;
    let parts = text
        .split(|c| {
            is_quoted ^= c == '"';
            c == separator && !is_quoted
        })
        .collect();
    (!is_quoted).then_some(parts)
}
