//! How commands talk to the running service beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use reqwest::Method;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::runtime::block_on;
use super::settings;
use super::terminal::complain;
use crate::config::{Location, PrivateAddress, PrivatePort, PrivatePortFlags};

/// The longest wait for an answer: ending many sessions takes its time.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where the running service can be asked.
#[derive(Debug, Args)]
pub(super) struct PrivateAddressArgs {
    #[command(flatten)]
    file: ConfigFile,
    /// Address of the running service's private port. Default: `PORTICO_OPS__LISTEN`, else `ops.listen` in the settings
    /// file, whatever else is wrong in it.
    #[arg(long, value_name = "ADDR")]
    ops: Option<SocketAddr>,
}

/// Where the running service can be asked, and what it wants to see.
#[derive(Debug, Args)]
pub(super) struct PrivatePortArgs {
    #[command(flatten)]
    address: PrivateAddressArgs,
    /// File that contains the administrators' token. Default: `PORTICO_OPS__ADMIN_TOKEN_FILE`, else `ops.admin_token_file`
    /// in the settings file.
    #[arg(long, value_name = "FILE")]
    admin_token_file: Option<PathBuf>,
}

/// The private port's reason for a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: Option<String>,
}

impl PrivateAddressArgs {
    /// The address, with a note on standard error if the settings file is of no use.
    pub(super) fn find(&self) -> Result<PrivateAddress, CommandFailure> {
        let flags = PrivatePortFlags {
            listen: self.ops,
            admin_token_file: None,
        };
        let address = settings::private_address(&flags, self.path())?;
        note_trouble(&address);
        Ok(address)
    }

    fn path(&self) -> Option<&Path> {
        self.file.config.as_deref()
    }
}

impl PrivatePortArgs {
    /// Requests an administrator's page and reads its answer.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<T, CommandFailure> {
        let port = self.find()?;
        let (client, base) = client(port.address.listen, PATIENCE)?;
        let request = client.request(method, format!("{base}{path}")).query(query);
        let request = match &port.admin_token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        block_on(async {
            let answer = request.send().await.with_context(|| unanswered(&port.address))?;
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

    fn find(&self) -> Result<PrivatePort, CommandFailure> {
        let token_file = self.admin_token_file.as_ref();
        let absolute = token_file.map(std::path::absolute).transpose();
        let flags = PrivatePortFlags {
            listen: self.address.ops,
            // In the settings, a path is relative to their file.
            admin_token_file: absolute.context("finding the file of --admin-token-file")?,
        };
        let port = settings::private_port(&flags, self.address.path())?;
        note_trouble(&port.address);
        Ok(port)
    }
}

/// What to say when nothing answers.
pub(super) fn unanswered(address: &PrivateAddress) -> String {
    let listen = address.listen;
    let from = match &address.location {
        Location::Nowhere => "the default of ops.listen".to_owned(),
        stated => stated.to_string().trim().trim_matches(['(', ')']).to_owned(),
    };
    format!("asking the private port at {listen} ({from}): is the service running? --ops ADDR names another address")
}

/// The running service goes on with the settings that it started with, so their file stops no command.
fn note_trouble(address: &PrivateAddress) {
    let problem = address
        .file_trouble
        .as_ref()
        .and_then(|trouble| trouble.problems.first());
    let Some(problem) = problem else {
        return;
    };
    let (key, location, rule) = (&problem.key, problem.location.to_string(), &problem.rule);
    let then = match address.location {
        Location::Nowhere => format!("asking at the default address, {}", address.listen),
        _ => format!("asking at {} all the same", address.listen),
    };
    complain(&format!(
        "note: {key} {} {rule}; {then}. With --ops ADDR and --admin-token-file FILE it is not needed\n",
        location.trim()
    ));
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
