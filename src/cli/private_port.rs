//! How commands talk to the service that runs beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Failure, block_on};
use crate::config::PrivatePort;

/// Ending many sessions takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

/// Why the private port did not do it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Option<String>,
}

/// Asks for an administrator's page and reads its answer.
pub(super) fn ask<T: DeserializeOwned>(
    port: &PrivatePort,
    (method, path): (Method, &str),
    query: &[(&str, &str)],
) -> Result<T, Failure> {
    let (client, base) = client(port.listen, PATIENCE)?;
    let request = client.request(method, format!("{base}{path}")).query(query);
    let request = match &port.admin_token {
        Some(token) => request.bearer_auth(token.expose_secret()),
        None => request,
    };
    block_on(async {
        let answer = request
            .send()
            .await
            .context("asking the private port (ops.listen): is the service running?")?;
        let status = answer.status();
        if status.is_success() {
            let read = answer.json().await;
            return Ok(read.context("reading the answer of the private port")?);
        }
        let refused: Refused = answer.json().await.unwrap_or_default();
        let why = refused.error.as_deref().unwrap_or("no reason given");
        Err(anyhow::anyhow!("the private port answered {status}: {why}").into())
    })
}

/// A client for the private port, and the address it has from here.
pub(super) fn client(listen: SocketAddr, patience: Duration) -> Result<(reqwest::Client, String), Failure> {
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
