//! Response headers that tell browsers how to connect.

use std::time::Duration;

use super::key::{Key, SettingKind};
use super::reader::{Reader, Reported};
use super::value::OrOff;

const YEAR: Duration = Duration::from_hours(365 * 24);

/// Headers of every response.
#[derive(Debug, Clone)]
pub struct HeadersConfig {
    /// `None`: browsers are promised nothing, and the header is not sent.
    pub hsts: Option<HstsConfig>,
}

/// How long, and for which hosts, browsers are to use https alone (`Strict-Transport-Security`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HstsConfig {
    /// Counted from each response; zero takes the promise back.
    pub max_age: Duration,
    /// Whether the promise covers every host below this one too (`includeSubDomains`).
    pub subdomains: bool,
    /// Whether browsers may be shipped with the promise (`preload`).
    pub preload: bool,
}

pub(super) const KEYS: &[Key] = &[
    Key::with_default(
        "headers.hsts",
        SettingKind::DurationOrOff(0, 10 * 365 * 24 * 3600),
        "365d",
        "`Strict-Transport-Security`: for how long browsers that have visited the host use only https for it. `0s` \
         revokes this in browsers that have seen it; `off` omits the header. Sent only over https. Not to be confused \
         with `portal.headers`, which tell the portal who the user is.",
    ),
    Key::with_default(
        "headers.hsts_subdomains",
        SettingKind::Flag,
        "false",
        "Extends this to all subdomains (`includeSubDomains`). Only if all of them support https.",
    ),
    Key::with_default(
        "headers.hsts_preload",
        SettingKind::Flag,
        "false",
        "Consents to inclusion in the preload list that is built into browsers (`preload`). Needs `hsts_subdomains` \
         and at least 365 days, and is hard to undo.",
    ),
];

impl HeadersConfig {
    pub(super) fn read(reader: &mut Reader) -> Result<Self, Reported> {
        let max_age = reader.get("headers.hsts");
        let subdomains = reader.get("headers.hsts_subdomains");
        let preload = reader.get("headers.hsts_preload");
        let (OrOff(max_age), subdomains, preload) = (max_age?, subdomains?, preload?);
        let is_fit = subdomains && max_age.is_some_and(|age| age >= YEAR);
        if preload && !is_fit {
            reader.refuse(
                "headers.hsts_preload",
                "is true, but the preload list requires hsts_subdomains = true and hsts of at least 365 days",
                "hsts_preload = false, or both beside it",
            );
            return Err(Reported);
        }
        Ok(Self {
            hsts: max_age.map(|max_age| HstsConfig {
                max_age,
                subdomains,
                preload,
            }),
        })
    }
}
