//! `[[portal.rules]]`: the access rules of the portal.

use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;

use crate::config::host_pattern::HostPatternSetting;
use crate::config::key::SettingKind;
use crate::config::source::Raw;
use crate::config::value::{FromSetting, Value};

/// Methods that a rule may name: those of HTTP and of `WebDAV`.
const METHODS: &[&str] = &[
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
];

/// Bounds of `max_age`: how long ago the customer may have been authenticated.
const MAX_AGE: SettingKind = SettingKind::Duration(1, 24 * 3600);

/// What a rule requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Require {
    /// No session.
    Public,
    /// A session.
    SignedIn,
    /// Nobody passes.
    Nobody,
}

/// One rule, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleConfig {
    /// `None`: every host.
    pub host: Option<HostPatternSetting>,
    /// Begins with a slash; nothing in it is escaped; `*` is one whole segment.
    pub path: String,
    /// Whether the paths below `path` are left out.
    pub exact: bool,
    /// Empty: every method.
    pub methods: Vec<String>,
    pub require: Require,
    /// The customer must be in one of these; empty: no group is asked for.
    pub groups: Vec<String>,
    pub acr_values: Vec<String>,
    pub max_age: Option<Duration>,
}

/// All rules, in the order written.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleList(pub(super) Vec<RuleConfig>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    host: Option<String>,
    path: String,
    #[serde(default)]
    exact: bool,
    methods: Option<Vec<String>>,
    require: Option<Require>,
    groups: Option<Vec<String>>,
    acr_values: Option<Vec<String>>,
    max_age: Option<String>,
}

impl FromSetting for RuleList {
    fn from_setting(value: &Value<'_>) -> Result<Self, String> {
        let malformed = "must be a list of tables, each under a line [[portal.rules]]";
        let list = match value.raw {
            Raw::Tables(list) => list.clone(),
            Raw::List(items) if items.is_empty() => Vec::new(),
            Raw::Untyped(text) => of_variable(text)?,
            _ => return Err(malformed.to_owned()),
        };
        let (mut rules, mut faults) = (Vec::new(), String::new());
        for (at, written) in list.into_iter().enumerate() {
            let read = written
                .try_into::<Written>()
                .map_err(|error| error.message().to_owned());
            match read.and_then(|written| check(written, value)) {
                Ok(rule) => rules.push(rule),
                Err(fault) => {
                    let separator = if faults.is_empty() { "" } else { "; " };
                    // OK because writing to a string cannot fail.
                    let _ = write!(faults, "{separator}rule {}: {fault}", at + 1);
                }
            }
        }
        if faults.is_empty() {
            Ok(Self(rules))
        } else {
            Err(format!("cannot be followed: {faults}"))
        }
    }
}

/// In the environment the list is written as TOML writes it on one line.
fn of_variable(text: &str) -> Result<Vec<toml::Value>, String> {
    #[derive(Deserialize)]
    struct Line {
        rules: Vec<toml::Value>,
    }
    let line = if text.trim().is_empty() { "[]" } else { text };
    toml::from_str::<Line>(&format!("rules = {line}"))
        .map(|line| line.rules)
        .map_err(|error| format!("is not a list of tables in TOML: {}", error.message()))
}

fn check(written: Written, value: &Value<'_>) -> Result<RuleConfig, String> {
    let Written {
        host,
        path,
        exact,
        methods,
        require,
        groups,
        acr_values,
        max_age,
    } = written;
    let asks_for_more = groups.is_some() || acr_values.is_some() || max_age.is_some();
    let require = match require {
        Some(Require::Public | Require::Nobody) if asks_for_more => {
            return Err("groups, acr_values and max_age go with require = \"signed_in\"".to_owned());
        }
        Some(require) => require,
        None if asks_for_more => Require::SignedIn,
        None => {
            return Err(
                "asks for nothing: add require = \"public\", \"signed_in\" or \"nobody\", or groups".to_owned(),
            );
        }
    };
    check_path(&path)?;
    let text = |raw: &str, kind| {
        let raw = Raw::Text(raw.to_owned());
        (raw, kind, value.base)
    };
    let host = host.map(|host| {
        let (raw, kind, base) = text(&host, SettingKind::Host);
        HostPatternSetting::from_setting(&Value {
            raw: &raw,
            kind: &kind,
            base,
        })
        .map_err(|rule| format!("host {host:?} {rule}"))
    });
    let max_age = max_age.map(|age| {
        let (raw, kind, base) = text(&age, MAX_AGE);
        Duration::from_setting(&Value {
            raw: &raw,
            kind: &kind,
            base,
        })
        .map_err(|rule| format!("max_age {age:?} {rule}"))
    });
    Ok(RuleConfig {
        host: host.transpose()?,
        path,
        exact,
        methods: methods.map(check_methods).transpose()?.unwrap_or_default(),
        require,
        groups: filled("groups", groups, |group| {
            !group.chars().any(char::is_control) && group.trim() == group
        })?,
        acr_values: filled("acr_values", acr_values, |class| {
            class.len() <= 128 && class.bytes().all(|byte| byte.is_ascii_graphic())
        })?,
        max_age: max_age.transpose()?,
    })
}

fn check_path(path: &str) -> Result<(), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("path {path:?} must begin with a slash"));
    };
    let rest = rest.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(rest);
    let is_segment = |segment: &str| {
        segment == "*"
            || (!matches!(segment, "" | "." | "..")
                && !segment.contains(['*', '%', '\\', ';', '?', '#'])
                && !segment.chars().any(char::is_control))
    };
    if !rest.is_empty() && !rest.split('/').all(is_segment) {
        return Err(format!(
            "path {path:?} may hold no empty or dot segment, nothing escaped, none of \\ ; ? #, and * only as a whole segment"
        ));
    }
    Ok(())
}

/// Whether Windows could have a file of this name, as `portal.path_matching = "windows"` reads paths.
pub(super) fn can_be_on_windows(path: &str) -> bool {
    path.split('/').skip(1).all(|segment| {
        let is_short = segment
            .split('~')
            .skip(1)
            .any(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
        let is_blank = !segment.is_empty() && segment.trim_end_matches(['.', ' ']).is_empty();
        !segment.contains(':') && !is_short && !is_blank
    })
}

/// A rule for GET covers HEAD too: HEAD shows nothing that GET does not.
fn check_methods(methods: Vec<String>) -> Result<Vec<String>, String> {
    if methods.is_empty() {
        return Err("methods is empty: leave it out for every method".to_owned());
    }
    if let Some(unknown) = methods.iter().find(|name| !METHODS.contains(&name.as_str())) {
        return Err(format!("{unknown:?} is no method: write GET, POST and so on"));
    }
    let needs_head = methods.iter().any(|name| name == "GET") && !methods.iter().any(|name| name == "HEAD");
    let head = needs_head.then(|| "HEAD".to_owned());
    Ok(methods.into_iter().chain(head).collect())
}

/// A list that is written must not be empty: it would let everybody in, or nobody.
fn filled(name: &str, list: Option<Vec<String>>, is_good: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    if list.is_empty() {
        return Err(format!("{name} is empty: leave it out, or name at least one"));
    }
    match list.iter().find(|entry| entry.is_empty() || !is_good(entry)) {
        Some(bad) => Err(format!("{name} holds {bad:?}, which nobody can have")),
        None => Ok(list),
    }
}

impl RuleConfig {
    /// Whether this rule matches every request that `other` matches, so that `other`, if it comes later, is never
    /// reached.
    pub(in crate::config) fn covers(&self, other: &Self) -> bool {
        let segments = |path: &str| -> Vec<String> {
            path.split('/')
                .filter(|segment| !segment.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let (mine, others) = (segments(&self.path), segments(&other.path));
        let path_covers = if self.exact {
            other.exact && mine == others
        } else {
            mine.len() <= others.len()
                && mine
                    .iter()
                    .zip(&others)
                    .all(|(mine, other)| mine == "*" || mine == other)
        };
        let host_covers = self.host.is_none() || self.host == other.host;
        let methods_cover = self.methods.is_empty()
            || (!other.methods.is_empty() && other.methods.iter().all(|name| self.methods.contains(name)));
        path_covers && host_covers && methods_cover
    }
}
