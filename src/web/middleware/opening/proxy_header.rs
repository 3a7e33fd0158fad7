//! The PROXY protocol: the first bytes of a connection that a load balancer passes on name the client.
//!
//! Not a byte more than the header is read: what follows is TLS or HTTP.

use std::io;
use std::net::SocketAddr;

use actix_web::rt::net::TcpStream;
use proxy_header::{ParseConfig, Protocol, ProxyHeader};
use tokio::io::AsyncReadExt as _;

use super::refusal::{Closed, OpeningRefusal};

/// The longest header of version 1, and of version 2 with what else it tells. Load balancers use some hundred bytes.
const LONGEST_V1: usize = 107;
const LONGEST_V2: usize = 4096;

/// The part of a header of version 2 that says how long the rest is.
const FIXED_V2: usize = 16;

/// The version of the header. A receiver must not guess which one is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeaderVersion {
    V1,
    V2,
}

/// Reads the header. `None` where the proxy speaks for itself, or does not know an IP address of the client.
pub(super) async fn read(stream: &mut TcpStream, version: ProxyHeaderVersion) -> Result<Option<SocketAddr>, Closed> {
    let header = match version {
        ProxyHeaderVersion::V1 => line(stream).await,
        ProxyHeaderVersion::V2 => block(stream).await,
    };
    match header {
        Ok(header) => Ok(address(&header, version)?),
        Err(Broken::Gone) => Err(Closed::Gone),
        Err(Broken::Malformed) => Err(OpeningRefusal::ProxyHeader.into()),
    }
}

/// Why there is no header.
enum Broken {
    /// The connection ended before its first byte.
    Gone,
    Malformed,
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Self {
        Self::Malformed
    }
}

/// Version 1: a line.
async fn line(stream: &mut TcpStream) -> Result<Vec<u8>, Broken> {
    let mut line = Vec::new();
    let mut here = [0; LONGEST_V1];
    loop {
        let room = LONGEST_V1 - line.len();
        let seen = stream.peek(here.get_mut(..room).unwrap_or_default()).await?;
        let seen = here.get(..seen).unwrap_or_default();
        if seen.is_empty() {
            return Err(if line.is_empty() {
                Broken::Gone
            } else {
                Broken::Malformed
            });
        }
        let end = seen.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let begun = line.len();
        line.resize(begun + end.unwrap_or(seen.len()), 0);
        stream.read_exact(line.get_mut(begun..).unwrap_or_default()).await?;
        if !is_beginning(&line, b"PROXY ") {
            return Err(Broken::Malformed);
        }
        if end.is_some() {
            return Ok(line);
        }
        if line.len() >= LONGEST_V1 {
            return Err(Broken::Malformed);
        }
    }
}

/// Version 2: a block that says how long it is.
async fn block(stream: &mut TcpStream) -> Result<Vec<u8>, Broken> {
    let mut block = vec![0; FIXED_V2];
    let first = stream.read(&mut block).await?;
    if first == 0 {
        return Err(Broken::Gone);
    }
    // Before it waits for more: a client that has said something else waits for an answer.
    if !is_beginning(block.get(..first).unwrap_or_default(), b"\r\n\r\n\0\r\nQUIT\n") {
        return Err(Broken::Malformed);
    }
    stream.read_exact(block.get_mut(first..).unwrap_or_default()).await?;
    let &[.., high, low] = &block[..] else {
        return Err(Broken::Malformed);
    };
    let whole = FIXED_V2 + usize::from(u16::from_be_bytes([high, low]));
    if whole > LONGEST_V2 {
        return Err(Broken::Malformed);
    }
    block.resize(whole, 0);
    stream.read_exact(block.get_mut(FIXED_V2..).unwrap_or_default()).await?;
    Ok(block)
}

/// Whether these bytes can be the beginning of a header that begins with this.
fn is_beginning(bytes: &[u8], of: &[u8]) -> bool {
    bytes.iter().zip(of).all(|(is, must)| is == must)
}

/// The address that a whole header names.
fn address(header: &[u8], version: ProxyHeaderVersion) -> Result<Option<SocketAddr>, OpeningRefusal> {
    let allowed = ParseConfig {
        include_tlvs: false,
        allow_v1: version == ProxyHeaderVersion::V1,
        allow_v2: version == ProxyHeaderVersion::V2,
    };
    let (parsed, length) = ProxyHeader::parse(header, allowed).map_err(|_| OpeningRefusal::ProxyHeader)?;
    match parsed.proxied_address() {
        _ if length != header.len() => Err(OpeningRefusal::ProxyHeader),
        None => Ok(None),
        Some(client) if client.protocol == Protocol::Stream => Ok(Some(client.source)),
        // HTTP does not come in datagrams.
        Some(_) => Err(OpeningRefusal::ProxyHeader),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_and_a_header_is_of_its_version(
            beginning in prop::sample::select(vec![&b"PROXY TCP4 "[..], b"PROXY ", b"\r\n\r\n\0\r\nQUIT\n", b""]),
            rest in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let header = [beginning, &rest].concat();
            let v1 = address(&header, ProxyHeaderVersion::V1);
            let v2 = address(&header, ProxyHeaderVersion::V2);
            prop_assert!(v1.is_err() || header.starts_with(b"PROXY "));
            prop_assert!(v2.is_err() || header.starts_with(b"\r\n\r\n\0\r\nQUIT\n"));
        }
    }
}
