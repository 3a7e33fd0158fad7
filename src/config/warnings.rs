//! Settings that deserve a warning.

use super::problem::Warning;
use super::urls::is_loopback;
use super::{CheckBy, ClientAuthMethod, Config, Preflight, RedisSetup, Require, StoreKind, Way};

impl Config {
    /// Settings that are allowed, but worth a second look by the operator.
    pub fn warnings(&self) -> Vec<Warning> {
        let is_local = self.public_url.host_str().is_some_and(is_loopback);
        let mut warnings = self.source_warnings.clone();
        warnings.extend(about_sign_in(self));
        warnings.extend(about_sessions(self));
        warnings.extend(about_rules(self));
        warnings.extend(about_upstream(self));
        warnings.extend(self.tls.iter().flat_map(|tls| tls.warnings(&self.public_url)));
        if !is_local {
            warnings.extend(about_deployment(self));
        }
        warnings
    }
}

fn about_sign_in(config: &Config) -> Vec<Warning> {
    let sign_in = &config.sign_in;
    let mut warnings = Vec::new();
    if sign_in.offers(Way::Push) && !sign_in.require_number_challenge {
        let text = "is false: a customer may approve a push that someone else caused; set Okta Verify's number \
                    challenge to all push challenges, then set this to true";
        warnings.push(Warning::new("sign_in.require_number_challenge", text));
    }
    if sign_in.first.contains(&Way::Push) {
        let text = "contains \"push\": anyone who knows a user name can send prompts to that customer's phone";
        warnings.push(Warning::new("sign_in.first", text));
    }
    // Okta's hosted page has its own way to reset a password.
    let has_no_way = sign_in.links.forgot_password.is_none() && !sign_in.okta_hosted;
    if sign_in.first.contains(&Way::Password) && has_no_way {
        let text = "is not set: customers who have forgotten their password are not told what to do";
        warnings.push(Warning::new("sign_in.links.forgot_password", text));
    }
    warnings
}

fn about_sessions(config: &Config) -> Option<Warning> {
    let session = &config.session;
    if config.okta.asks_for_refresh_token() || session.revalidate.is_zero() {
        return None;
    }
    let otherwise = session.revalidate_without_refresh_token;
    let then = if session.follow_token_life {
        "a session ends with its access token (Okta: one hour by default)"
    } else if otherwise == CheckBy::Nothing {
        "it is never asked again about a customer, and whoever is suspended stays signed in until the session's own \
         limits"
    } else {
        "it can be asked about a customer only while the access token lives (Okta: one hour by default), and whoever is \
         suspended later stays signed in until the session's own limits"
    };
    let text = format!(
        "does not contain \"offline_access\", so Okta gives no refresh token: {then}; add it, and let the app refresh \
         tokens"
    );
    Some(Warning::new("okta.scopes", &text))
}

fn about_rules(config: &Config) -> Vec<Warning> {
    let rules = &config.portal.rules;
    let mut warnings = Vec::new();
    for (at, rule) in rules.iter().enumerate() {
        let earlier = rules.iter().take(at).position(|other| other.covers(rule));
        if let Some(earlier) = earlier {
            let (number, earlier) = (at + 1, earlier + 1);
            let text = format!("has rule {number}, which is never reached: rule {earlier} decides first");
            warnings.push(Warning::new("portal.rules", &text));
        }
    }
    let wants_groups = rules.iter().any(|rule| !rule.groups.is_empty());
    if wants_groups && !config.okta.scopes.iter().any(|scope| scope == "groups") {
        let text = "asks for groups, but okta.scopes does not contain \"groups\": unless the app's ID token has a groups \
                    claim without it, nobody passes";
        warnings.push(Warning::new("portal.rules", text));
    }
    warnings.extend(about_preflights(config));
    if config.portal.shadow {
        let text = "is true: every request is let through, whoever sends it";
        warnings.push(Warning::new("portal.shadow", text));
    }
    warnings
}

fn about_preflights(config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if config.portal.preflight == Preflight::Pass && config.portal.upstream.is_none() {
        let text = "is \"pass\", which takes the proxy's word that a preflight has no body: print the configuration \
                    of nginx, HAProxy or Envoy again; Caddy, Traefik and ingress-nginx cannot say so, and behind them \
                    the rules decide all the same";
        warnings.push(Warning::new("portal.preflight", text));
    }
    for (at, rule) in config.portal.rules.iter().enumerate() {
        let is_for_preflights =
            rule.methods.iter().any(|method| method == "OPTIONS") && !rule.methods.iter().any(|method| method == "GET");
        if is_for_preflights && rule.require == Require::Public && rule.path == "/" && !rule.exact {
            let text = format!(
                "has rule {}, which lets OPTIONS through to every path, with any body: portal.preflight = \"pass\" \
                 lets only preflights through; or give the rule a path",
                at + 1
            );
            warnings.push(Warning::new("portal.rules", &text));
        }
    }
    warnings
}

fn about_upstream(config: &Config) -> Vec<Warning> {
    let Some(upstream) = &config.portal.upstream else {
        return Vec::new();
    };
    let mut warnings = Vec::new();
    if upstream.verify {
        let text = "is true: whoever reaches /verify/ by way of a trusted proxy, such as a script in a page of the portal, can read the \
                    assertion; let what stands in front refuse it";
        warnings.push(Warning::new("portal.verify_with_upstream", text));
    }
    let text = "has no path, so the portal behind portal.upstream cannot use paths such as /account, /assets or \
                /session; put the sign-in pages under a path such as /auth";
    if config.public_url.path() == "/" {
        warnings.push(Warning::new("public_url", text));
    }
    warnings
}

fn about_deployment(config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if config.okta.client_auth == ClientAuthMethod::None {
        let text = "is \"none\": anyone who knows the client ID can impersonate this service; \"private_key_jwt\" is \
                    best";
        warnings.push(Warning::new("okta.client_auth", text));
    }
    let costs = [Way::Sms, Way::Voice].map(|way| config.sign_in.offers(way));
    if costs.contains(&true) && config.limits.sends_per_hour_in_all.is_none() {
        let text = "is not set: only Okta's own limits restrict what texts and calls can cost you in an hour; twice \
                    the number in your busiest hour is a good value";
        warnings.push(Warning::new("limits.sends_per_hour_in_all", text));
    }
    let proxies = &config.limits.trusted_proxies;
    if proxies.is_empty() && config.tls.is_none() {
        let text = "is empty: behind a reverse proxy all customers share one address and its limits";
        warnings.push(Warning::new("limits.trusted_proxies", text));
    }
    if proxies.iter().any(|network| network.prefix_len() == 0) {
        let text = "contains the whole internet: any client can claim any address";
        warnings.push(Warning::new("limits.trusted_proxies", text));
    }
    if !config.ops.listen.ip().is_loopback() {
        let text = "may be reachable from other machines: allow only your monitoring";
        warnings.push(Warning::new("ops.listen", text));
    }
    match config.store.kind {
        StoreKind::Embedded if config.store.keys.is_none() => {
            let text = "is not set: the key ring is next to the store, so anyone who copies the volume can read the \
                        store; `portico keys move FILE` puts it elsewhere without signing anybody out";
            warnings.push(Warning::new("store.keys_file", text));
        }
        StoreKind::Redis if has_sentinels_alone(config) => {
            let text =
                "is 0: a fail-over may bring back a session that was ended a moment before; 1 keeps it from that";
            warnings.push(Warning::new("store.replicas", text));
        }
        StoreKind::Embedded | StoreKind::Redis => {}
        StoreKind::Memory => {
            let text = "is \"memory\": run only one replica; a restart signs everyone out";
            warnings.push(Warning::new("store.kind", text));
        }
    }
    warnings
}

fn has_sentinels_alone(config: &Config) -> bool {
    let redis = config.store.redis.as_ref();
    redis.is_some_and(|redis| matches!(redis.url.setup, RedisSetup::Sentinel(..)) && redis.replicas == 0)
}
