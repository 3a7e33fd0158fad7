//! How commands talk to the running service beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::failure::CommandFailure;
use super::runtime::block_on;
use crate::config::PrivatePort;

/// The longest wait for an answer: ending many sessions takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

/// The private port's reason for a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Option<String>,
}

/// Requests an administrator's page and reads its answer.
pub(super) fn ask<T: DeserializeOwned>(
    port: &PrivatePort,
    method: Method,
    path: &str,
    query: &[(&str, &str)],
) -> Result<T, CommandFailure> {
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

/// A client for the private port, and the base URL to reach it at from this machine.
pub(super) fn client(listen: SocketAddr, patience: Duration) -> Result<(reqwest::Client, String), CommandFailure> {
    let client = reqwest::Client::builder()
        .timeout(patience)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .context("making a client")?;
    Ok((client, format!("http://{}", reachable(listen))))
}

/// The address at which this machine reaches a listener on every address.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
