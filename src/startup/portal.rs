//! Translates the portal's settings into the types of the rooms that use them.

use std::sync::Arc;

use rustix::process::Resource;
use url::Position;

use super::error::StartError;
use crate::clock::Entropy;
use crate::config;
use crate::config::{Config, HeaderSet, Preflight, Require, RuleConfig};
use crate::domain::assurance::Wanted;
use crate::portal::assertion::Signer;
use crate::portal::back_channel::{BackChannel, LogoutTarget};
use crate::portal::gate::{Gate, Preflights};
use crate::portal::identity_headers::Preset;
use crate::portal::rules::{Requirement, Rule, Rules};
use crate::portal::{BadDestinations, Destinations, HostPattern, PathMatching, PathPattern};
use crate::session::secrets::keys::KeyRing;
use crate::telemetry::{Metrics, Traces};
use crate::web::NetworkQuota;
use crate::web::upstream;
use crate::web::upstream::UpstreamParts;

pub(super) fn destinations(config: &Config) -> Result<Destinations, BadDestinations> {
    let hosts: Vec<String> = config.portal.allowed_hosts.iter().map(ToString::to_string).collect();
    let destinations = Destinations::new(&config.public_url, config.portal.home_url.as_ref(), &hosts)?;
    Ok(destinations.sharing(config.session.cookie_domain.clone()))
}

/// The gate in front of the portal.
pub fn gate(config: &Config) -> Result<Gate, StartError> {
    let destinations = destinations(config).map_err(StartError::Destinations)?;
    // `config` refuses invalid rules.
    let rules: Option<Vec<Rule>> = config.portal.rules.iter().map(rule).collect();
    let matching = match config.portal.path_matching {
        config::PathMatchingSetting::Exact => PathMatching::Exact,
        config::PathMatchingSetting::Windows => PathMatching::Windows,
    };
    let rules = Rules::new(rules.ok_or(StartError::Rules)?, matching);
    let preflights = match config.portal.preflight {
        Preflight::Rules => Preflights::Rules,
        Preflight::Pass => Preflights::Pass,
    };
    Ok(Gate::new(destinations, rules, preflights))
}

fn rule(rule: &RuleConfig) -> Option<Rule> {
    let host = match &rule.host {
        Some(host) => Some(HostPattern::parse(&host.to_string())?),
        None => None,
    };
    Some(Rule {
        host,
        path: PathPattern::parse(&rule.path, rule.exact)?,
        methods: rule.methods.clone(),
        requirement: match rule.require {
            Require::Public => Requirement::Public,
            Require::Nobody => Requirement::Nobody,
            Require::SignedIn => Requirement::SignedIn {
                groups: rule.groups.clone(),
                wanted: Wanted {
                    acr_values: rule.acr_values.clone(),
                    max_age: rule.max_age,
                },
            },
        },
    })
}

/// The set of identity headers in use.
pub(crate) fn preset(config: &Config) -> Preset {
    match config.portal.headers {
        HeaderSet::Portico => Preset::Portico,
        HeaderSet::Oauth2Proxy => Preset::Oauth2Proxy,
        HeaderSet::Authelia => Preset::Authelia,
        HeaderSet::Authentik => Preset::Authentik,
    }
}

/// The portals that are told of ended sessions.
pub(super) fn back_channel(
    config: &Config,
    ring: &KeyRing,
    entropy: &Arc<dyn Entropy>,
) -> Result<BackChannel, StartError> {
    let logout = &config.portal.logout;
    let targets = logout.targets.iter().map(|target| LogoutTarget {
        audience: target.audience.clone(),
        url: target.url.clone(),
    });
    let issuer = config.public_url.as_str().trim_end_matches('/');
    let signer = Signer::new(ring, issuer, Arc::clone(entropy)).map_err(StartError::Signer)?;
    BackChannel::new(targets.collect(), signer, logout.ca_pem.as_deref()).map_err(StartError::BackChannel)
}

/// The portal that the service itself forwards requests to, if it does.
pub(super) fn upstream(
    config: &Config,
    metrics: &Arc<Metrics>,
    traces: &Arc<Traces>,
) -> Result<Option<UpstreamParts>, StartError> {
    let Some(portal) = &config.portal.upstream else {
        return Ok(None);
    };
    upstream::begin_counts(metrics);
    let own = &config.public_url[Position::BeforeHost..Position::AfterPort];
    Ok(Some(UpstreamParts {
        portal: portal.address.parse().map_err(StartError::Upstream)?,
        timeout: portal.timeout,
        idle: portal.idle,
        name: own.to_owned(),
        metrics: Arc::clone(metrics),
        traces: Arc::clone(traces),
        slow_quota: slow_upload_quota(),
        upload_quota: upload_quota(),
    }))
}

/// Each upload in progress holds two of the files that the process may have open. A quarter of the files is left for
/// everything else, and one network gets half of the rest.
fn upload_quota() -> NetworkQuota {
    let in_all = eighths_of_files(3).max(16);
    NetworkQuota::new(in_all / 2, in_all)
}

/// A third of the uploads in progress may be slow: a quarter of the files in all. One network gets an eighth of these.
fn slow_upload_quota() -> NetworkQuota {
    let in_all = eighths_of_files(1).clamp(16, 4096);
    NetworkQuota::new((in_all / 8).max(8), in_all)
}

/// This many eighths of the files that this process may have open.
fn eighths_of_files(eighths: u64) -> u32 {
    let files = rustix::process::getrlimit(Resource::Nofile).current;
    u32::try_from(files.unwrap_or(u64::MAX) / 8 * eighths).unwrap_or(u32::MAX)
}
