//! How commands talk to the service that runs beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;

use super::Failure;

/// A client for the private port, and the address it has from here.
pub(super) fn client(
    listen: SocketAddr,
    patience: Duration,
) -> Result<(reqwest::Client, String), Failure> {
    let client = reqwest::Client::builder()
        .timeout(patience)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("making a client")?;
    Ok((client, format!("http://{}", reachable(listen))))
}

/// Where a listener on every address can be reached from here.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
