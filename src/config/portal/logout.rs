//! `portal.logout_url`: the portals that are told of ended sessions.

use std::path::Path;

use url::{Position, Url};

use crate::config::ca;
use crate::config::host_pattern::HostPatternSetting;
use crate::config::key::{Key, SettingKind, UrlRule};
use crate::config::reader::{Reader, Reported};
use crate::config::source::Raw;
use crate::config::urls;
use crate::config::value::{Fault, FromSetting, Value};

/// The portals that are told of ended sessions.
#[derive(Debug, Clone)]
pub struct LogoutConfig {
    /// Empty: none is.
    pub targets: Vec<LogoutTargetSetting>,
    /// Certificates to trust besides those that the machine trusts, in PEM form.
    pub ca_pem: Option<Vec<u8>>,
}

/// A portal that is told, written as its address, or as `app.example.com=http://app:3000/logout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutTargetSetting {
    /// The portal's host as its customers see it, with the port unless it is the scheme's default.
    pub audience: String,
    /// Where the portal is told.
    pub url: Url,
}

pub(super) const URL: Key = Key::optional(
    "portal.logout_url",
    SettingKind::List(&SettingKind::LogoutTarget),
    "no portal is told",
    "https://portal.example.com/back-channel-logout",
    "Addresses of portals with sessions of their own: whenever a session ends, each gets a signed logout token (OpenID \
     Connect Back-Channel Logout). docs/portal.md says what it is and when it is sent. The token's `aud` is the host of the \
     address, which must be one of the portal's. To use an address on the inner network, write that host and `=` before it: \
     `portal.example.com=http://portal:3000/back-channel-logout`. Redirects are not followed.",
);

pub(super) const CA_FILE: Key = Key::optional(
    "portal.logout_ca_file",
    SettingKind::File,
    "",
    "portal-ca.pem",
    "Certificates (PEM) to trust at `portal.logout_url`, besides those that the machine trusts.",
);

impl LogoutTargetSetting {
    /// The address without its query, which may hold a secret.
    pub fn shown(&self) -> &str {
        &self.url[..Position::AfterPath]
    }
}

impl FromSetting for LogoutTargetSetting {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let text = value.text()?;
        let (host, address) = match text.split_once('=') {
            Some((host, address)) if !host.contains('/') => (Some(host), address),
            _ => (None, text),
        };
        let url = urls::parse(address, UrlRule::Logout)?;
        let host = match host {
            Some(host) => {
                let raw = Raw::Text(host.to_owned());
                let host = HostPatternSetting::from_setting(&Value {
                    raw: &raw,
                    kind: &SettingKind::Host,
                    base: Path::new(""),
                });
                let host = host.map_err(|rule| format!("names a host before = that {rule}"))?;
                if host.wildcard {
                    return Err("names several hosts before =: a token is for one".to_owned());
                }
                host.to_string()
            }
            None => url[Position::BeforeHost..Position::AfterPort].to_owned(),
        };
        Ok(Self { audience: host, url })
    }
}

impl LogoutConfig {
    /// `known`: the hosts of the portal, where they can be said.
    pub(super) fn read(reader: &mut Reader, known: Option<&[HostPatternSetting]>) -> Result<Self, Reported> {
        let targets = reader.get_optional::<Vec<LogoutTargetSetting>>("portal.logout_url");
        let ca_pem = ca::read(reader, "portal.logout_ca_file");
        let targets = targets?.unwrap_or_default();
        let faults: Vec<Fault> = targets.iter().filter_map(|target| strange(target, known)).collect();
        let is_right = faults.is_empty();
        reader.refuse_parts("portal.logout_url", faults);
        let ca_pem = ca_pem?;
        if is_right {
            Ok(Self { targets, ca_pem })
        } else {
            Err(Reported)
        }
    }
}

/// What is wrong with a token for a host that no customer reaches.
fn strange(target: &LogoutTargetSetting, known: Option<&[HostPatternSetting]>) -> Option<Fault> {
    let audience = Url::parse(&format!("https://{}/", target.audience)).ok();
    let audience = audience.as_ref().and_then(HostPatternSetting::of)?;
    if known.is_none_or(|known| known.iter().any(|it| it.includes(&audience))) {
        return None;
    }
    let host = known
        .and_then(<[_]>::first)
        .map_or("portal.example.com".to_owned(), ToString::to_string);
    Some(Fault {
        fix: Some(format!(
            "\"{host}={}\", with the host at which customers reach this portal before the =; it must be in \
             portal.allowed_hosts if it is not that of portal.home_url or public_url",
            target.shown()
        )),
        ..Fault::of_whole(format!(
            "holds \"{}\", and \"{}\", for which its token would be, is no host of the portal",
            target.shown(),
            target.audience
        ))
    })
}
