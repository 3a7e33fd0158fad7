//! The client of the Okta org, with this service's own clock and random generator.

use std::sync::Arc;
use std::time::SystemTime;

use okta_direct_auth::{
    AuthorizationServer, CallReport, Client, ClientAuth, Config as OktaClientConfig, DpopMode, Endpoint, Error, Grant,
    Observer,
};
use secrecy::SecretString;

use super::okta_spans::OktaSpans;
use crate::clock::{Clock, Entropy};
use crate::config;
use crate::config::{Config, Way};
use crate::telemetry::{Metrics, Traces};

#[derive(Debug)]
struct ServiceClock(Arc<dyn Clock>);

impl okta_direct_auth::Clock for ServiceClock {
    fn now(&self) -> SystemTime {
        SystemTime::from(self.0.now())
    }
}

#[derive(Debug)]
struct ServiceEntropy(Arc<dyn Entropy>);

impl okta_direct_auth::Entropy for ServiceEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.fill(buffer);
    }
}

/// Counts every call to Okta.
#[derive(Debug)]
struct CallCounter(Arc<Metrics>);

impl Observer for CallCounter {
    fn call_finished(&self, report: &CallReport<'_>) {
        let outcome = (report.outcome, report.class.as_str());
        self.0.okta_request(report.endpoint.as_str(), outcome, report.duration);
        if let Some(remaining) = report.rate_limit_remaining {
            self.0
                .set_okta_rate_limit_remaining(u32::try_from(remaining).unwrap_or(u32::MAX));
        }
        if let Some(skew) = report.clock_skew {
            #[expect(clippy::cast_precision_loss, reason = "a skew that large needs no precision")]
            self.0.set_clock_skew_seconds(skew as f64);
        }
    }
}

/// A client for the org in the settings. It makes no call yet.
pub(super) fn client(
    config: &Config,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    (metrics, traces): (&Arc<Metrics>, &Arc<Traces>),
) -> Result<Client, Error> {
    for endpoint in Endpoint::ALL {
        let outcomes = endpoint.outcomes().map(|(outcome, class)| (outcome, class.as_str()));
        metrics.begin_okta_requests(endpoint.as_str(), outcomes);
    }
    let client = unobserved(config)?;
    Ok(client
        .with_clock(Arc::new(ServiceClock(Arc::clone(clock))))
        .with_entropy(Arc::new(ServiceEntropy(Arc::clone(entropy))))
        .with_observer(Arc::new(CallCounter(Arc::clone(metrics))))
        .with_tracer(Arc::new(OktaSpans {
            traces: Arc::clone(traces),
            clock: Arc::clone(clock),
            host: config.okta.org_url.host_str().unwrap_or_default().into(),
        })))
}

/// The same client for a command, which observes the calls itself.
pub(crate) fn observed(config: &Config, observer: Arc<dyn Observer>) -> Result<Client, Error> {
    Ok(unobserved(config)?.with_observer(observer))
}

fn unobserved(config: &Config) -> Result<Client, Error> {
    let okta = &config.okta;
    let mut settings = OktaClientConfig::new(okta.org_url.clone(), okta.client_id.clone());
    settings.authorization_server = match &okta.authorization_server {
        config::AuthorizationServer::Org => AuthorizationServer::Org,
        config::AuthorizationServer::Custom(id) => AuthorizationServer::Custom(id.clone()),
    };
    settings.client_auth = client_auth(okta);
    settings.scopes.clone_from(&okta.scopes);
    settings.second_factors = second_factors(config);
    settings.org_knows_webauthn = okta.webauthn;
    settings.dpop = match okta.dpop {
        config::Dpop::Auto => DpopMode::Auto,
        config::Dpop::On => DpopMode::On,
        config::Dpop::Off => DpopMode::Off,
    };
    settings.user_agent = format!("portico/{}", env!("CARGO_PKG_VERSION"));
    settings.connect_timeout = okta.connect_timeout;
    settings.timeout = okta.timeout;
    settings.allow_http_loopback = true;
    settings.extra_root_certificates = okta.ca_pem.iter().cloned().collect();
    Client::new(settings)
}

fn client_auth(okta: &config::OktaConfig) -> ClientAuth {
    // `config` refuses every method without its secret, so the empty one below is never used.
    let secret = || {
        okta.client_secret
            .clone()
            .unwrap_or_else(|| SecretString::from(String::new()))
    };
    match okta.client_auth {
        config::ClientAuthMethod::None => ClientAuth::None,
        config::ClientAuthMethod::ClientSecretBasic => ClientAuth::SecretBasic(secret()),
        config::ClientAuthMethod::ClientSecretPost => ClientAuth::SecretPost(secret()),
        config::ClientAuthMethod::ClientSecretJwt => ClientAuth::SecretJwt(secret()),
        config::ClientAuthMethod::PrivateKeyJwt => ClientAuth::PrivateKeyJwt {
            pem: okta
                .private_key
                .clone()
                .unwrap_or_else(|| SecretString::from(String::new())),
            key_id: okta.private_key_id.clone(),
        },
    }
}

/// The second-factor grants that the pages offer, so that Okta can report at once if they are not enough.
fn second_factors(config: &Config) -> Vec<Grant> {
    let mut grants = Vec::new();
    let ways = &config.sign_in.second;
    if ways
        .iter()
        .any(|way| matches!(way, Way::Push | Way::Sms | Way::Voice | Way::Email))
    {
        grants.push(Grant::MfaOob);
    }
    if ways.contains(&Way::Otp) {
        grants.push(Grant::MfaOtp);
    }
    if ways.contains(&Way::Passkey) {
        grants.push(Grant::MfaWebauthn);
    }
    grants
}
