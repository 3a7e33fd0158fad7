//! Translates the settings into the types of the rooms that use them.

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::time::Duration;

use portico_views::{BrandStyle, brand_css, paths};

use crate::config;
use crate::config::{CheckBy, Config, Dpop, ProxyProtocolSetting, SessionConfig, Way};
use crate::domain::attempt::AttemptRules;
use crate::domain::factor::{Factor, Ways};
use crate::domain::session::{Lifetime, Lifetimes};
use crate::limits::{
    Allowance, BulkheadSettings, FAILURE_PERIOD, FailureRules, LimitSettings, MOST_KEYS, NETWORK_TRIES, Rate, Split,
};
use crate::web::middleware::client_address::{ForwardedHeader, TrustedProxies};
use crate::web::middleware::headers::Hsts;
use crate::web::middleware::opening::ProxyHeaderVersion;
use crate::{flow, web};

/// Time to process the answer of a call.
const SLACK: Duration = Duration::from_secs(3);

pub(super) fn settings(config: &Config) -> flow::Settings {
    flow::Settings {
        ways: Ways {
            first: config.sign_in.first.iter().copied().map(factor).collect(),
            second: config.sign_in.second.iter().copied().map(factor).collect(),
        },
        hosted: hosted(config),
        rules: attempt_rules(config),
        call_limit: call_limit(config),
        lifetimes: lifetimes(&config.session),
        revalidation: revalidation(&config.session),
        follow_token_life: config.session.follow_token_life,
        asks_for_refresh_token: config.okta.asks_for_refresh_token(),
        headers: super::preset(config),
        // As many as there may be sessions, so that even the end of all of them is told.
        most_notices: usize::try_from(config.store.max_sessions.get()).unwrap_or(usize::MAX),
        sessions_per_user: usize::try_from(config.session.max_per_user.get()).unwrap_or(usize::MAX),
    }
}

pub(super) fn attempt_rules(config: &Config) -> AttemptRules {
    let limits = &config.limits;
    AttemptRules {
        lifetime: limits.attempt_lifetime,
        wrong_codes: of_one_attempt(limits.codes_per_attempt),
        sends: of_one_attempt(limits.sends_per_attempt),
        send_cooldown: limits.send_cooldown,
        push_cooldown: limits.push_cooldown,
        declined_cooldown: limits.declined_push_cooldown,
        require_number: config.sign_in.require_number_challenge,
    }
}

/// The URLs that Okta's hosted page redirects back to, if it is offered.
fn hosted(config: &Config) -> Option<flow::HostedWay> {
    config.sign_in.okta_hosted.then(|| flow::HostedWay {
        callback: config.public_page(paths::HOSTED_CALLBACK),
        signed_out: config.public_page(paths::SIGNED_OUT),
    })
}

/// How long a call to Okta may take, from its wait for a permit to the processing of its answer.
fn call_limit(config: &Config) -> Duration {
    // A DPoP proof that lacked Okta's nonce is made and sent once more.
    let sends = match config.okta.dpop {
        Dpop::Off => 1,
        Dpop::Auto | Dpop::On => 2,
    };
    bulkhead(config).queue + config.okta.timeout * sends + SLACK
}

fn lifetimes(session: &SessionConfig) -> Lifetimes {
    Lifetimes {
        usual: Lifetime {
            idle: session.idle,
            absolute: session.absolute,
        },
        remembered: session.remember.map(|remember| Lifetime {
            idle: remember.idle,
            absolute: remember.absolute,
        }),
    }
}

fn revalidation(session: &config::SessionConfig) -> Option<flow::Revalidation> {
    (!session.revalidate.is_zero()).then_some(flow::Revalidation {
        every: session.revalidate,
        otherwise: match session.revalidate_without_refresh_token {
            CheckBy::UserInfo => flow::WithoutRefreshToken::UserInfo,
            CheckBy::Introspection => flow::WithoutRefreshToken::Introspection,
            CheckBy::Nothing => flow::WithoutRefreshToken::Nothing,
        },
    })
}

pub(super) fn limits(config: &Config) -> LimitSettings {
    let limits = &config.limits;
    let (hour, ten_minutes) = (Duration::from_hours(1), Duration::from_mins(10));
    LimitSettings {
        account: Rate {
            burst: limits.account_burst,
            every: limits.account_period,
        },
        address: Rate {
            burst: limits.address_burst,
            every: Duration::from_mins(1) / limits.address_per_minute.get(),
        },
        network: NETWORK_TRIES,
        pair: Rate {
            burst: limits.pair_burst,
            every: limits.pair_period,
        },
        address_failures: Rate {
            burst: limits.address_failures,
            every: FAILURE_PERIOD,
        },
        service: limits.sign_ins_per_second.map(|number| Rate {
            burst: number,
            every: Duration::from_secs(1) / number.get(),
        }),
        failures: FailureRules::below(limits.okta_lockout_threshold.get()),
        codes: at_most(limits.codes_per_hour, hour),
        sends: Split {
            proven: at_most(limits.sends_per_hour, hour),
            strangers: at_most(limits.stranger_sends_per_hour, hour),
        },
        sends_in_all: limits.sends_per_hour_in_all,
        sends_per_network: limits.sends_per_hour_per_network,
        pushes: Split {
            proven: at_most(limits.push_per_10min, ten_minutes),
            strangers: at_most(limits.stranger_push_per_10min, ten_minutes),
        },
        most_keys: MOST_KEYS,
    }
}

pub(super) fn bulkhead(config: &Config) -> BulkheadSettings {
    BulkheadSettings::of(usize::try_from(config.limits.okta_concurrency.get()).unwrap_or(usize::MAX))
}

pub(super) fn admin_access(config: &Config) -> web::AdminAccess {
    let is_loopback = config.ops.listen.ip().is_loopback();
    match &config.ops.admin_token {
        Some(token) => web::AdminAccess::Token(token.clone()),
        None if is_loopback => web::AdminAccess::Loopback,
        None => web::AdminAccess::Closed,
    }
}

/// The HSTS policy for browsers. Only a service on https can have one.
pub(super) fn hsts(config: &Config) -> Option<Hsts> {
    let hsts = config.headers.hsts.as_ref();
    let hsts = hsts.filter(|_| config.public_url.scheme() == "https")?;
    Some(Hsts {
        max_age: hsts.max_age,
        subdomains: hsts.subdomains,
        preload: hsts.preload,
    })
}

pub(super) fn proxy_header(config: &Config) -> Option<ProxyHeaderVersion> {
    config.limits.proxy_protocol.map(|version| match version {
        ProxyProtocolSetting::V1 => ProxyHeaderVersion::V1,
        ProxyProtocolSetting::V2 => ProxyHeaderVersion::V2,
    })
}

/// The proxies whose forwarding headers count.
pub fn trusted(config: &Config) -> TrustedProxies {
    TrustedProxies {
        nets: config.limits.trusted_proxies.clone(),
        header: match config.limits.forwarded_header {
            config::ForwardedHeaderSetting::XForwardedFor => ForwardedHeader::XForwardedFor,
            config::ForwardedHeaderSetting::Forwarded => ForwardedHeader::Forwarded,
        },
    }
}

pub(super) fn brand(config: &Config) -> Result<web::Brand, portico_views::BrandError> {
    let (brand, links) = (&config.brand, &config.sign_in.links);
    let fonts = brand.font.join(", ");
    let style = BrandStyle {
        colour: &brand.colour.to_string(),
        radius_rem: rem(&brand.radius.to_string()),
        font: (!fonts.is_empty()).then_some(fonts.as_str()),
    };
    let link = |url: &Option<url::Url>| url.as_ref().map(ToString::to_string);
    Ok(web::Brand {
        name: brand.name.clone(),
        portal: config.portal.name.clone(),
        logo: picture(brand.logo.as_ref()),
        logo_dark: picture(brand.logo_dark.as_ref()),
        favicon: picture(brand.favicon.as_ref()),
        css: brand_css(&style)?,
        contact: links.contact.clone(),
        home: link(&config.portal.home_url),
        help: link(&links.help),
        privacy: link(&links.privacy),
        reset_password: link(&links.forgot_password),
        manage_factors: link(&links.set_up_factors),
    })
}

/// `config` accepts a number of rem or px; in browsers one rem is 16 px unless the user changes it.
fn rem(length: &str) -> Option<f32> {
    match length.strip_suffix("px") {
        Some(pixels) => Some(pixels.parse::<f32>().ok()? / 16.0),
        None => length.strip_suffix("rem").unwrap_or(length).parse().ok(),
    }
}

fn picture(picture: Option<&config::BrandPicture>) -> Option<web::Picture> {
    picture.map(|picture| web::Picture {
        media_type: picture.media_type,
        bytes: picture.bytes.clone(),
    })
}

fn factor(way: Way) -> Factor {
    match way {
        Way::Password => Factor::Password,
        Way::Otp => Factor::Otp,
        Way::Sms => Factor::Sms,
        Way::Voice => Factor::Voice,
        Way::Email => Factor::Email,
        Way::Push => Factor::Push,
        Way::Passkey => Factor::Passkey,
    }
}

fn at_most(most: NonZeroU32, within: Duration) -> Allowance {
    Allowance { most, within }
}

/// `config` allows an attempt at most 100 of these.
fn of_one_attempt(number: NonZeroU32) -> u8 {
    u8::try_from(number.get()).unwrap_or(u8::MAX)
}
