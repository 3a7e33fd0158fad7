//! `[[portal.rules]]`: the access rules of the portal.

mod rule_config;
mod table;

use crate::config::source::{Raw, one_line_list};
use crate::config::value::{Fault, FromEntry, Value};
use table::{fault, rule};

pub use rule_config::{Require, RuleConfig};

/// The rules in the order written, and what is wrong with those that cannot be followed.
#[derive(Debug, Default)]
pub(super) struct RuleList {
    pub(super) rules: Vec<PlacedRule>,
    pub(super) faults: Vec<Fault>,
}

/// A rule and where it stands.
#[derive(Debug)]
pub(super) struct PlacedRule {
    pub(super) rule: RuleConfig,
    /// From 1.
    number: usize,
    line: Option<usize>,
}

impl PlacedRule {
    /// What is wrong with one key of this rule.
    pub(super) fn fault(&self, rule: String, fix: &str) -> Fault {
        fault(self.number, self.line, rule, Some(fix.to_owned()))
    }
}

impl FromEntry for RuleList {
    fn from_entry(value: &Value<'_>) -> Result<Self, Vec<Fault>> {
        let whole = |rule: String| vec![Fault::of_whole(rule)];
        let of_variable: Raw;
        let raw = match value.raw {
            // In the environment the list is written as TOML writes it on one line.
            Raw::Untyped(text) => {
                of_variable = one_line_list(text)
                    .map_err(|message| whole(format!("is not a list of tables in TOML: {message}")))?;
                &of_variable
            }
            raw => raw,
        };
        let Raw::List(parts) = raw else {
            return Err(whole(
                "must be a list of tables, each under a line [[portal.rules]]".to_owned(),
            ));
        };
        let mut list = Self::default();
        for (number, part) in (1..).zip(parts) {
            match rule(number, part, value.base) {
                Ok(rule) => list.rules.push(PlacedRule {
                    rule,
                    number,
                    line: part.line,
                }),
                Err(faults) => list.faults.extend(faults),
            }
        }
        Ok(list)
    }
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
