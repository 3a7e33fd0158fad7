//! `portico proxy-config`: what to put into the configuration of the reverse proxy in front of the portal, for the
//! settings of this machine.

mod caddy;
mod envoy;
mod haproxy;
mod names;
mod nginx;
mod plan;
mod template;
mod traefik;

#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::config_file::ConfigFile;
use super::failure::CommandFailure;
use super::settings;
use super::terminal::{complain, say};
use crate::config::{Config, ForwardedHeaderSetting, Preflight};
use crate::portal::proxies::Proxy;
use plan::Plan;

impl ValueEnum for Proxy {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Debug, Args)]
pub(super) struct ProxyConfigArgs {
    /// The proxy in front of the portal.
    #[arg(value_enum)]
    proxy: Proxy,
    /// Where the proxy reaches Portico (`host:port`). Default: `listen`, or loopback if that is every address.
    #[arg(long, value_name = "HOST:PORT", value_parser = address)]
    portico: Option<String>,
    /// Where the proxy reaches the portal (`host:port`).
    #[arg(long, value_name = "HOST:PORT", value_parser = address, default_value = "127.0.0.1:3000")]
    portal: String,
    /// Where the proxy itself listens. Default: the port in each host's address.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// haproxy: print the Lua script instead.
    #[arg(long)]
    lua: bool,
    /// haproxy: the path of the Lua script.
    #[arg(long, value_name = "FILE", default_value = "/etc/haproxy/portico.lua")]
    lua_file: String,
    #[command(flatten)]
    file: ConfigFile,
}

/// Prints the configuration.
pub(super) fn run(arguments: &ProxyConfigArgs) -> Result<(), CommandFailure> {
    if arguments.lua {
        return match arguments.proxy {
            Proxy::Haproxy => say(haproxy::SCRIPT),
            _ => Err(CommandFailure::Settings(
                "portico: --lua goes with haproxy alone\n".to_owned(),
            )),
        };
    }
    let config = settings::load(arguments.file.config.as_deref())?;
    let (recipe, notes) = recipe(&config, arguments);
    for note in notes {
        complain(&format!("note: {note}\n"));
    }
    say(&recipe)
}

/// The configuration, and what the operator must know before using it.
fn recipe(config: &Config, arguments: &ProxyConfigArgs) -> (String, Vec<String>) {
    let portico = arguments.portico.clone();
    let portico = portico.unwrap_or_else(|| reachable(config.listen).to_string());
    let plan = Plan::new(config, portico, arguments.portal.clone(), arguments.listen);
    let recipe = match arguments.proxy {
        Proxy::Nginx => nginx::recipe(&plan),
        Proxy::Caddy => caddy::recipe(&plan),
        Proxy::Traefik => traefik::recipe(&plan),
        Proxy::Haproxy => haproxy::recipe(&plan, &arguments.lua_file),
        Proxy::Envoy => envoy::recipe(&plan),
    };
    (recipe, notes(config, arguments.proxy))
}

/// No proxy can connect to the unspecified address, so loopback takes its place.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    if listen.ip().is_unspecified() {
        listen.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    listen
}

fn notes(config: &Config, proxy: Proxy) -> Vec<String> {
    let mut notes = Vec::new();
    if config.limits.trusted_proxies.is_empty() {
        notes.push(
            "limits.trusted_proxies is empty, so every question is refused: put the proxy's address there".to_owned(),
        );
    }
    if config.limits.forwarded_header != ForwardedHeaderSetting::XForwardedFor {
        notes.push(
            "the recipe tells the client's address by X-Forwarded-For: set limits.forwarded_header to it".to_owned(),
        );
    }
    let lets_preflights_pass = config.portal.preflight == Preflight::Pass;
    if lets_preflights_pass && !proxy.traits().sees_bodies {
        notes.push("this proxy cannot tell whether a request has a body, so portal.preflight = \"pass\" lets nothing pass here: the rules decide".to_owned());
    }
    notes
}

/// Accepts a `host:port` that is valid in the configuration of every proxy.
fn address(text: &str) -> Result<String, String> {
    let is_host = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte))
    };
    let parts = text.rsplit_once(':');
    let fits = parts.is_some_and(|(host, port)| is_host(host) && port.parse::<u16>().is_ok_and(|port| port > 0));
    if fits {
        Ok(text.to_owned())
    } else {
        Err("must be HOST:PORT".to_owned())
    }
}
