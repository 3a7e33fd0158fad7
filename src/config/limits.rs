//! Limits on how often a customer, an account or an address may try.

use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::IpNet;

use super::key::{Key, SettingKind};
use super::reader::{Reader, Reported};
use super::value::Choice;

/// Limits on tries, and the proxies whose word on client addresses counts.
#[derive(Debug, Clone)]
pub struct LimitsConfig {
    /// Peers whose forwarded header is believed; empty: no peer's is.
    pub trusted_proxies: Vec<IpNet>,
    pub forwarded_header: ForwardedHeaderSetting,
    /// `None`: no peer sends such a header.
    pub proxy_protocol: Option<ProxyProtocolSetting>,
    pub account_burst: NonZeroU32,
    pub account_period: Duration,
    pub address_burst: NonZeroU32,
    pub address_per_minute: NonZeroU32,
    pub pair_burst: NonZeroU32,
    pub pair_period: Duration,
    pub address_failures: NonZeroU32,
    pub sign_ins_per_second: Option<NonZeroU32>,
    pub okta_lockout_threshold: NonZeroU32,
    pub codes_per_attempt: NonZeroU32,
    pub codes_per_hour: NonZeroU32,
    pub send_cooldown: Duration,
    pub push_cooldown: Duration,
    pub declined_push_cooldown: Duration,
    pub sends_per_attempt: NonZeroU32,
    pub sends_per_hour: NonZeroU32,
    pub stranger_sends_per_hour: NonZeroU32,
    pub sends_per_hour_in_all: Option<NonZeroU32>,
    pub sends_per_hour_per_network: Option<NonZeroU32>,
    pub push_per_10min: NonZeroU32,
    pub stranger_push_per_10min: NonZeroU32,
    pub attempt_lifetime: Duration,
    pub okta_concurrency: NonZeroU32,
}

/// The one header in which trusted proxies give the client's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeaderSetting {
    XForwardedFor,
    Forwarded,
}

/// The version of the PROXY protocol that trusted proxies speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyProtocolSetting {
    V1,
    V2,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "limits.trusted_proxies",
        SettingKind::List(&SettingKind::Network),
        "",
        "Addresses or networks of the reverse proxies in front. The forwarded header is believed only from them. \
         Empty: the peer is taken to be the client, so behind a proxy all customers share one address and its limits.",
    )
    .such_as("10.0.0.7"),
    Key::with_default(
        "limits.forwarded_header",
        SettingKind::Choice(&["x-forwarded-for", "forwarded"]),
        "x-forwarded-for",
        "The header in which the proxies give the client's address; any other is ignored.",
    ),
    Key::with_default(
        "limits.proxy_protocol",
        SettingKind::Choice(&["off", "v1", "v2"]),
        "off",
        "Whether the `trusted_proxies` begin each connection with a PROXY protocol header, before TLS and HTTP: load \
         balancers that pass on TCP (HAProxy's `send-proxy` is `v1`, `send-proxy-v2` is `v2`). A connection of theirs \
         without it is closed; from anybody else the header is not accepted. The client's address is then the one that \
         the header names, and the forwarded header counts only if that address is a trusted proxy, too.",
    ),
    Key::with_default(
        "limits.account_burst",
        SettingKind::Count(1, 1000),
        "5",
        "Sign-in tries per user name that are allowed at once.",
    ),
    Key::with_default(
        "limits.account_period",
        SettingKind::Duration(1, 3600),
        "30s",
        "After the burst, one more try per user name is allowed in each such period.",
    ),
    Key::with_default(
        "limits.address_burst",
        SettingKind::Count(1, 100_000),
        "10",
        "Sign-in tries per client address (IPv6: per /64) that are allowed at once.",
    ),
    Key::with_default(
        "limits.address_per_minute",
        SettingKind::Count(1, 100_000),
        "30",
        "After the burst, tries per minute from one client address.",
    ),
    Key::with_default(
        "limits.pair_burst",
        SettingKind::Count(1, 1000),
        "5",
        "Sign-in tries per user name from one client address that are allowed at once.",
    ),
    Key::with_default(
        "limits.pair_period",
        SettingKind::Duration(1, 3600),
        "30s",
        "After that burst, one more try for the name from that address is allowed in each such period.",
    ),
    Key::with_default(
        "limits.address_failures",
        SettingKind::Count(1, 100_000),
        "20",
        "Wrong passwords and codes from one client address that are allowed at once, for any user names; after that, \
         one per 10 s. The network around the address (IPv4 /24, IPv6 /48) is allowed four times as many, and the next \
         larger one (/16, /32) sixteen times. Browsers that have signed in to the account before are exempt. Raise it \
         if many customers share an address.",
    ),
    Key::optional(
        "limits.sign_ins_per_second",
        SettingKind::Count(1, 10_000),
        "no limit",
        "20",
        "Sign-in tries per second by all browsers together, except those that have signed in to the account before; so \
         a flood of tries leaves them capacity at Okta. Use 80 % of the org's rate limit for its token endpoint, less \
         what waiting pushes need (12 calls per minute each).",
    ),
    Key::with_default(
        "limits.okta_lockout_threshold",
        SettingKind::Count(5, 100),
        "10",
        "Number of wrong passwords after which Okta locks an account (in its password policy). Between two successful \
         sign-ins, browsers that have not signed in to the account before get two fewer, the last of them only after a \
         day's wait, so that strangers cannot lock the account.",
    ),
    Key::with_default(
        "limits.codes_per_attempt",
        SettingKind::Count(1, 100),
        "5",
        "Wrong codes allowed in one sign-in before it has to start again.",
    ),
    Key::with_default(
        "limits.codes_per_hour",
        SettingKind::Count(1, 1000),
        "10",
        "Codes that may be typed per account and hour, counted separately for each browser that has signed in to the \
         account before, for all others that have just proved another factor, and for everyone else.",
    ),
    Key::with_default(
        "limits.send_cooldown",
        SettingKind::Duration(1, 600),
        "30s",
        "Minimum time between two codes sent by text, call or email. Okta sends at most one text per 30 s.",
    ),
    Key::with_default(
        "limits.push_cooldown",
        SettingKind::Duration(1, 600),
        "20s",
        "Minimum time between two pushes in one sign-in.",
    ),
    Key::with_default(
        "limits.declined_push_cooldown",
        SettingKind::Duration(1, 600),
        "1m",
        "Minimum time before another push after one was declined, so that a customer who declines is not asked again \
         at once.",
    ),
    Key::with_default(
        "limits.sends_per_attempt",
        SettingKind::Count(1, 100),
        "3",
        "Codes sent in one sign-in.",
    ),
    Key::with_default(
        "limits.sends_per_hour",
        SettingKind::Count(1, 1000),
        "5",
        "Codes sent per account and hour to browsers that have signed in to the account before, and to anyone who has \
         just proved another factor. Everyone else has a separate allowance, so at most the sum of both is sent.",
    ),
    Key::with_default(
        "limits.stranger_sends_per_hour",
        SettingKind::Count(1, 1000),
        "3",
        "The same for everyone else who knows the user name. Irrelevant if no factor in `sign_in.first` sends a code.",
    ),
    Key::optional(
        "limits.sends_per_hour_in_all",
        SettingKind::Count(2, 1_000_000),
        "no limit",
        "500",
        "Codes sent by text, call or email per hour to all accounts together: an upper bound for what someone who \
         requests codes for nothing can cost you. Half of it is reserved for browsers that have signed in to the \
         account before, and for anyone who has just proved another factor. Twice the number in your busiest hour is a \
         good value.",
    ),
    Key::optional(
        "limits.sends_per_hour_per_network",
        SettingKind::Count(2, 1_000_000),
        "no limit",
        "50",
        "The same for all requests from one network (IPv4 /24, IPv6 /48).",
    ),
    Key::with_default(
        "limits.push_per_10min",
        SettingKind::Count(1, 100),
        "3",
        "Pushes per account in ten minutes, for browsers that have signed in to the account before and for anyone who \
         has just proved another factor. After five pushes without a sign-in, no more are sent for a day.",
    ),
    Key::with_default(
        "limits.stranger_push_per_10min",
        SettingKind::Count(1, 100),
        "2",
        "The same for everyone else who knows the user name; their five pushes without a sign-in are counted \
         separately. Irrelevant if `sign_in.first` does not contain \"push\".",
    ),
    Key::with_default(
        "limits.attempt_lifetime",
        SettingKind::Duration(60, 3600),
        "10m",
        "How long one sign-in may take from the first page to the last.",
    ),
    Key::with_default(
        "limits.okta_concurrency",
        SettingKind::Count(1, 1000),
        "30",
        "Concurrent calls to Okta; keep it below the org's concurrency limit. At most half of them are polls for \
         pushes and checks of sessions, and at most an eighth are revocations.",
    ),
];

impl LimitsConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let trusted_proxies = reader.get("limits.trusted_proxies");
        let forwarded_header = reader.get("limits.forwarded_header");
        let proxy_protocol = reader.get::<OrNone>("limits.proxy_protocol");
        let account_burst = reader.get("limits.account_burst");
        let account_period = reader.get("limits.account_period");
        let address_burst = reader.get("limits.address_burst");
        let address_per_minute = reader.get("limits.address_per_minute");
        let pair_burst = reader.get("limits.pair_burst");
        let pair_period = reader.get("limits.pair_period");
        let address_failures = reader.get("limits.address_failures");
        let sign_ins_per_second = reader.get_optional("limits.sign_ins_per_second");
        let okta_lockout_threshold = reader.get("limits.okta_lockout_threshold");
        let codes_per_attempt = reader.get("limits.codes_per_attempt");
        let codes_per_hour = reader.get("limits.codes_per_hour");
        let send_cooldown = reader.get("limits.send_cooldown");
        let push_cooldown = reader.get("limits.push_cooldown");
        let declined_push_cooldown = reader.get("limits.declined_push_cooldown");
        let sends_per_attempt = reader.get("limits.sends_per_attempt");
        let sends_per_hour = reader.get("limits.sends_per_hour");
        let stranger_sends_per_hour = reader.get("limits.stranger_sends_per_hour");
        let sends_per_hour_in_all = reader.get_optional("limits.sends_per_hour_in_all");
        let sends_per_hour_per_network = reader.get_optional("limits.sends_per_hour_per_network");
        let push_per_10min = reader.get("limits.push_per_10min");
        let stranger_push_per_10min = reader.get("limits.stranger_push_per_10min");
        let attempt_lifetime = reader.get("limits.attempt_lifetime");
        let okta_concurrency = reader.get("limits.okta_concurrency");
        Ok(Self {
            trusted_proxies: trusted_proxies?,
            forwarded_header: forwarded_header?,
            proxy_protocol: proxy_protocol?.0,
            account_burst: account_burst?,
            account_period: account_period?,
            address_burst: address_burst?,
            address_per_minute: address_per_minute?,
            pair_burst: pair_burst?,
            pair_period: pair_period?,
            address_failures: address_failures?,
            sign_ins_per_second: sign_ins_per_second?,
            okta_lockout_threshold: okta_lockout_threshold?,
            codes_per_attempt: codes_per_attempt?,
            codes_per_hour: codes_per_hour?,
            send_cooldown: send_cooldown?,
            push_cooldown: push_cooldown?,
            declined_push_cooldown: declined_push_cooldown?,
            sends_per_attempt: sends_per_attempt?,
            sends_per_hour: sends_per_hour?,
            stranger_sends_per_hour: stranger_sends_per_hour?,
            sends_per_hour_in_all: sends_per_hour_in_all?,
            sends_per_hour_per_network: sends_per_hour_per_network?,
            push_per_10min: push_per_10min?,
            stranger_push_per_10min: stranger_push_per_10min?,
            attempt_lifetime: attempt_lifetime?,
            okta_concurrency: okta_concurrency?,
        })
    }
}

/// A version, or `off`.
#[derive(Clone, Copy)]
struct OrNone(Option<ProxyProtocolSetting>);

impl Choice for OrNone {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("off", Self(None)),
        ("v1", Self(Some(ProxyProtocolSetting::V1))),
        ("v2", Self(Some(ProxyProtocolSetting::V2))),
    ];
}

impl Choice for ForwardedHeaderSetting {
    const CHOICES: &'static [(&'static str, Self)] =
        &[("x-forwarded-for", Self::XForwardedFor), ("forwarded", Self::Forwarded)];
}
