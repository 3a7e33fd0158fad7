//! The settings that a simulator starts with.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use url::Url;

use crate::{
    client_patch::ClientPatch, clock::ClockMode, limits::Limits, switches::Switches, universal_logout::UniversalLogout,
};

/// How a simulator starts. `Settings::default()` is a faithful org on a free port.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The org's base URL as clients see it; by default `http://localhost:{port}`.
    pub base_url: Option<Url>,
    /// The `interval` of a push transaction, in whole seconds.
    pub interval: Duration,
    pub clock: ClockMode,
    /// Behaviour that the protocol leaves open, and ways to misbehave.
    pub switches: Switches,
    pub limits: Limits,
    /// Peers whose `X-Forwarded-For` is believed. Any other peer is taken for the client itself.
    pub trusted_proxies: Vec<IpAddr>,
    /// Clients from these addresses are refused as "outside the permitted network zones".
    pub denied_addresses: Vec<IpAddr>,
    /// The relying party id of passkeys.
    pub rp_id: String,
    /// Origins allowed in `clientDataJSON`; empty allows any port of `http://localhost`.
    pub origins: Vec<String>,
    /// Where logout orders go; can be set later.
    pub universal_logout: Option<UniversalLogout>,
    /// By client id: changes to the shipped registrations; can be changed later.
    pub clients: HashMap<String, ClientPatch>,
    /// How many requests the log keeps.
    pub keep_requests: usize,
    /// Panic on drop after a request that a correct client never sends, or without an expected one.
    pub strict: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            base_url: None,
            interval: Duration::from_secs(5),
            clock: ClockMode::Real,
            switches: Switches::default(),
            limits: Limits::default(),
            trusted_proxies: Vec::new(),
            denied_addresses: Vec::new(),
            rp_id: "localhost".to_owned(),
            origins: Vec::new(),
            universal_logout: None,
            clients: HashMap::new(),
            keep_requests: 10_000,
            strict: true,
        }
    }
}
