//! One rule, checked.

use std::time::Duration;

use crate::config::host_pattern::HostPatternSetting;
use crate::config::value::Choice;

/// What a rule requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl Choice for Require {
    const CHOICES: &'static [(&'static str, Self)] = &[
        ("public", Self::Public),
        ("signed_in", Self::SignedIn),
        ("nobody", Self::Nobody),
    ];
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
