//! `portico healthcheck`: asks the private port; for images without a shell.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

use super::{Failure, block_on, settings};

/// A service that does not answer within this time is not alive.
const PATIENCE: Duration = Duration::from_secs(3);

/// Succeeds when `/healthz` answers 200.
pub(super) fn run(path: Option<&Path>) -> Result<(), Failure> {
    let config = settings::load(path)?;
    let address = reachable(config.ops.listen);
    block_on(async {
        let client = reqwest::Client::builder()
            .timeout(PATIENCE)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("making a client")?;
        let answer = client
            .get(format!("http://{address}/healthz"))
            .send()
            .await
            .context("asking the private port")?;
        if !answer.status().is_success() {
            return Err(anyhow::anyhow!("the private port answered {}", answer.status()).into());
        }
        Ok(())
    })
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
