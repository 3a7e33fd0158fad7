//! The operator's access rules: the first that matches decides.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::hosts::{Authority, HostPattern};
use super::path::{Ambiguous, PathMatching, without_parameters};
use super::path_pattern::PathPattern;
use super::rule_index::RuleIndex;
use crate::domain::assurance::Wanted;

/// What a rule requires of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing. The portal still learns the identity of a customer who is signed in.
    Public,
    /// A session, and perhaps more.
    SignedIn {
        /// One of these groups; empty: none is required.
        groups: Vec<String>,
        /// How the customer must have authenticated.
        wanted: Wanted,
    },
    /// Nobody passes.
    Nobody,
}

/// A session and no more: the requirement where no rule matches.
static SESSION: Requirement = Requirement::SignedIn {
    groups: Vec::new(),
    wanted: Wanted {
        acr_values: Vec::new(),
        max_age: None,
    },
};

/// One access rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// The host; `None`: every host.
    pub host: Option<HostPattern>,
    /// The paths of the host.
    pub path: PathPattern,
    /// The methods; empty: every method.
    pub methods: Vec<String>,
    /// What is required.
    pub requirement: Requirement,
}

/// All rules, in the operator's order.
#[derive(Debug, Clone)]
pub struct Rules {
    in_order: Vec<Rule>,
    index: RuleIndex,
    matching: PathMatching,
}

/// The requirement for a request, and the rule that states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided<'a> {
    /// The position of the rule, the first being 1; `None`: no rule matches.
    pub number: Option<usize>,
    /// What is required.
    pub requirement: &'a Requirement,
}

impl Rules {
    /// The rules in their order, and how to compare paths with theirs.
    pub fn new(rules: Vec<Rule>, matching: PathMatching) -> Self {
        let read = |rule: Rule| Rule {
            path: rule.path.read_by(matching),
            ..rule
        };
        let rules: Vec<Rule> = rules.into_iter().map(read).collect();
        Self {
            index: rules.iter().map(|rule| (rule.host.as_ref(), &rule.path)).collect(),
            in_order: rules,
            matching,
        }
    }

    /// The requirement for this path, which is in its normal form.
    pub(super) fn decide(&self, authority: &Authority<'_>, path: &str, method: &str) -> Result<Decided<'_>, Ambiguous> {
        let decided = self.first(authority, &self.read(path)?, method);
        match without_parameters(path) {
            Cow::Borrowed(_) => Ok(decided),
            Cow::Owned(plain) => {
                let other = self.first(authority, &self.read(&plain)?, method);
                if other.requirement == decided.requirement {
                    Ok(decided)
                } else {
                    Err(Ambiguous::Parameter)
                }
            }
        }
    }

    /// A path in its normal form, as it is compared with those of the rules.
    pub(super) fn read<'a>(&self, path: &'a str) -> Result<Cow<'a, str>, Ambiguous> {
        self.matching.reads(Cow::Borrowed(path))
    }

    /// The rules and their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Rule)> {
        self.in_order.iter().enumerate().map(|(at, rule)| (at + 1, rule))
    }

    fn first(&self, authority: &Authority<'_>, path: &str, method: &str) -> Decided<'_> {
        let fits = |rule: &Rule| rule.methods.is_empty() || rule.methods.iter().any(|known| known == method);
        let at = self
            .index
            .first(authority, path, |at| self.in_order.get(at).is_some_and(fits));
        let found = at.and_then(|at| Some((at, self.in_order.get(at)?)));
        found.map_or(
            Decided {
                number: None,
                requirement: &SESSION,
            },
            |(at, rule)| Decided {
                number: Some(at + 1),
                requirement: &rule.requirement,
            },
        )
    }
}
