//! Settings that are read again while the service runs: what has changed, and what of that can be used at once.

use std::fmt;
use std::path::Path;

use super::problem::{ConfigErrors, ConfigProblem, Location};
use super::record::KeyRecord;
use super::sections::CATALOGUE;
use super::source::Sources;
use super::{Config, read, source};

/// The keys, and the beginnings of keys, whose values can be changed while the service runs.
pub(super) const LIVE: &[&str] = &[
    "brand.",
    "headers.",
    "limits.",
    "okta.ca_file",
    "okta.client_auth",
    "okta.client_secret",
    "okta.client_secret_file",
    "okta.private_key",
    "okta.private_key_file",
    "okta.private_key_id",
    "ops.admin_token",
    "ops.admin_token_file",
    "portal.allowed_hosts",
    "portal.home_url",
    "portal.name",
    "portal.path_matching",
    "portal.preflight",
    "portal.rules",
    "portal.shadow",
    "sign_in.links.",
    "tls.",
];

/// The settings after they were read again.
#[derive(Debug)]
pub struct Reloaded {
    /// What can be used from now on; what needs a restart is as before. `None` where the rest makes no sense without it.
    pub config: Option<Config>,
    /// In the order of the reference.
    pub changes: Vec<SettingChange>,
}

/// A key whose value is another one than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    pub key: &'static str,
    pub needs_restart: bool,
    before: Option<String>,
    after: Option<String>,
    is_other_content: bool,
}

/// Reads the settings again and compares them with the current ones. They must be right as a whole: the next start
/// would use them.
pub fn reload(
    current: &Config,
    path: Option<&Path>,
    env: impl Iterator<Item = (String, String)>,
) -> Result<Reloaded, ConfigErrors> {
    let file = source::find(path)?;
    if let (None, Some(former)) = (&file, &current.record.file) {
        return Err(vanished(former));
    }
    let mut sources = Sources::collect(CATALOGUE, file, env)?;
    let wanted = read(sources.clone())?;
    let changes: Vec<SettingChange> = CATALOGUE
        .all()
        .filter_map(|key| {
            let (before, after) = (current.record.keys.get(key.path)?, wanted.record.keys.get(key.path)?);
            SettingChange::between(key.path, before, after)
        })
        .collect();
    if !changes.iter().any(|change| change.needs_restart) {
        return Ok(Reloaded {
            config: Some(wanted),
            changes,
        });
    }
    for change in changes.iter().filter(|change| change.needs_restart) {
        sources.entries.remove(change.key);
        // A secret is not kept for this, and what was made of it is not made anew.
        let before = current.record.entries.get_key_value(change.key);
        sources.entries.extend(before.map(|(key, entry)| (*key, entry.clone())));
    }
    let mixed = if is_half_an_app(&changes) {
        None
    } else {
        read(sources).ok()
    };
    let config = mixed.map(|mut mixed| {
        for change in changes.iter().filter(|change| change.needs_restart) {
            let before = current.record.keys.get_key_value(change.key);
            mixed
                .record
                .keys
                .extend(before.map(|(key, record)| (*key, record.clone())));
        }
        mixed
    });
    Ok(Reloaded { config, changes })
}

/// Without its file, the service would go on with its defaults, which may let everybody in where rules let nobody.
fn vanished(former: &Path) -> ConfigErrors {
    ConfigErrors::one(ConfigProblem {
        key: "settings file".to_owned(),
        location: Location::File(former.to_owned()),
        found: None,
        rule: "was read at the start and is not there any more".to_owned(),
        fix: "put it back; a service that is to run without it has to be restarted".to_owned(),
    })
}

/// What only the app at Okta as a whole can be right for: a part of it that needs a restart, and a part that does not.
fn is_half_an_app(changes: &[SettingChange]) -> bool {
    let is_app = |key: &str| ["okta.client_id", "okta.org_url", "okta.authorization_server"].contains(&key);
    let is_credential = |key: &str| {
        ["okta.client_", "okta.private_key"]
            .iter()
            .any(|it| key.starts_with(it))
    };
    let waits = changes.iter().any(|change| change.needs_restart && is_app(change.key));
    waits
        && changes
            .iter()
            .any(|change| !change.needs_restart && is_credential(change.key))
}

impl SettingChange {
    fn between(key: &'static str, before: &KeyRecord, after: &KeyRecord) -> Option<Self> {
        let is_live = |live: &&str| live.strip_suffix('.').map_or(key == *live, |_| key.starts_with(*live));
        // TLS as a whole is switched on and off by a restart alone.
        let is_switch = key.starts_with("tls.") && before.has_content() != after.has_content();
        (before != after).then(|| Self {
            key,
            needs_restart: is_switch || !LIVE.iter().any(is_live),
            is_other_content: after.has_other_content(before),
            before: before.shown.clone(),
            after: after.shown.clone(),
        })
    }
}

/// A sentence without its full stop.
impl fmt::Display for SettingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key;
        match (&self.before, &self.after) {
            _ if self.is_other_content => write!(f, "{key} names a file with other content")?,
            (Some(before), Some(after)) => write!(f, "{key} is {after} instead of {before}")?,
            (None, Some(after)) => write!(f, "{key} is {after}")?,
            (_, None) => write!(f, "{key} has changed")?,
        }
        if self.needs_restart {
            f.write_str(", which needs a restart")?;
        }
        Ok(())
    }
}
