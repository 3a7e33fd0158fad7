//! Explains the decision about one request: which rule decided and why, and why the others did not.

use std::fmt;

use jiff::Timestamp;

use super::gate::{Gate, PortalRequest, Preflights, Verdict};
use super::hosts::Authority;
use super::path;
use super::rules::{Requirement, Rule};
use crate::domain::assurance::Wanted;
use crate::domain::identity::Identity;

/// The decision about one request, line by line, the verdict last. Its `Display` is written for the operator.
#[derive(Debug)]
pub struct Explanation {
    /// What a line is about, and what there is to say.
    pub lines: Vec<(String, String)>,
    pub outcome: ExplainedOutcome,
}

/// What becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainedOutcome {
    /// It passes.
    Allowed,
    /// The customer has to sign in.
    SignIn,
    /// The customer has to prove more.
    StepUp,
    /// Nothing that the customer proves would help.
    Forbidden,
    /// It is not a request that the portal could get.
    Malformed,
}

/// Explains a request.
pub fn explain(gate: &Gate, asked: &PortalRequest<'_>, who: Option<&Identity>, now: Timestamp) -> Explanation {
    let mut text = Lines(Vec::new());
    let PortalRequest {
        scheme,
        host,
        uri,
        method,
        is_preflight,
    } = asked;
    text.line("request", format_args!("{method} {scheme}://{host}{uri}"));
    if *is_preflight {
        text.line("preflight", format_args!("{}", of(gate.preflights())));
    }
    let found = match gate.examine(asked) {
        Ok(found) => found,
        Err(bad) => {
            text.line("refused", format_args!("{bad}"));
            let verdict = format_args!("400 {} (nginx: 401), whoever asks", bad.name());
            return text.ending_in(ExplainedOutcome::Malformed, verdict);
        }
    };
    // `examine` succeeded, so the path can be read.
    let authority = &found.authority;
    let raw = uri.split('?').next().unwrap_or_default();
    let normal = path::normal(raw).unwrap_or_default();
    let path = gate.rules().read(&normal).unwrap_or_default();
    text.line("host", format_args!("{} is one of the portal's", authority.name()));
    text.line("path", format_args!("{path}, the query left out"));
    for (number, rule) in gate.rules().iter() {
        let verdict = match found.decided.number {
            Some(decided) if number == decided => "decides",
            Some(decided) if number > decided => "is not reached",
            _ => misses(rule, authority, &path, method),
        };
        text.line(&format!("rule {number}"), format_args!("{rule}: {verdict}"));
    }
    if found.decided.number.is_none() {
        text.line("no rule", format_args!("fits: a session is asked for"));
    }
    if found.is_let_through() {
        return text.ending_in(ExplainedOutcome::Allowed, format_args!("200: passes, and names nobody"));
    }
    match who {
        None => text.line("who", format_args!("nobody is signed in")),
        Some(who) => text.line("who", format_args!("{}", Person(who, now))),
    }
    match found.admits(who, now) {
        Verdict::Allow => text.ending_in(ExplainedOutcome::Allowed, format_args!("200: passes")),
        Verdict::SignIn => text.ending_in(
            ExplainedOutcome::SignIn,
            format_args!(
                "a page is sent to the form (nginx: 401 with Location; else 302, or 303 after a post); everything else \
                 gets 401"
            ),
        ),
        Verdict::StepUp(wanted) => text.ending_in(
            ExplainedOutcome::StepUp,
            format_args!(
                "more has to be proved ({}): a page is sent to the form, everything else gets 401 with a challenge",
                RequiredAssurance(wanted)
            ),
        ),
        Verdict::Forbidden => text.ending_in(
            ExplainedOutcome::Forbidden,
            format_args!("403: refused, whatever is proved"),
        ),
    }
}

fn of(preflights: Preflights) -> &'static str {
    match preflights {
        Preflights::Rules => "portal.preflight is \"rules\": decided like any request",
        Preflights::Pass => {
            "portal.preflight is \"pass\": without body, upgrade and another method it passes, whoever asks, unless it is for nobody"
        }
    }
}

fn misses(rule: &Rule, authority: &Authority<'_>, path: &str, method: &str) -> &'static str {
    let is_host = rule.host.as_ref().is_none_or(|host| host.matches_authority(authority));
    if !is_host {
        "is about another host"
    } else if !rule.path.covers(path) {
        "is about another path"
    } else if rule.methods.iter().any(|known| known == method) || rule.methods.is_empty() {
        "fits"
    } else {
        "is about other methods"
    }
}

struct Lines(Vec<(String, String)>);

impl Lines {
    fn line(&mut self, name: &str, text: fmt::Arguments<'_>) {
        self.0.push((name.to_owned(), text.to_string()));
    }

    fn ending_in(mut self, outcome: ExplainedOutcome, verdict: fmt::Arguments<'_>) -> Explanation {
        self.line("verdict", verdict);
        Explanation { lines: self.0, outcome }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.lines.iter();
        lines.try_for_each(|(name, text)| writeln!(f, "{name:<9} {text}"))
    }
}

/// A customer, with the facts that rules check.
struct Person<'a>(&'a Identity, Timestamp);

impl fmt::Display for Person<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(who, now) = self;
        let groups: Vec<&str> = who.groups().collect();
        let ago = now.duration_since(who.auth_time()).as_secs();
        write!(f, "{}, groups {groups:?}, ", who.login())?;
        match who.acr() {
            Some(acr) => write!(f, "acr {acr}")?,
            None => write!(f, "no acr")?,
        }
        write!(f, ", proved {ago} s ago")
    }
}

/// The assurance that a rule requires.
struct RequiredAssurance<'a>(&'a Wanted);

impl fmt::Display for RequiredAssurance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(wanted) = self;
        if !wanted.acr_values.is_empty() {
            write!(f, "acr {}", wanted.acr_values.join(" or "))?;
        }
        if let Some(max_age) = wanted.max_age {
            let comma = if wanted.acr_values.is_empty() { "" } else { ", " };
            write!(f, "{comma}proved within {} s", max_age.as_secs())?;
        }
        Ok(())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}")?;
        }
        write!(f, "{}", self.path)?;
        if !self.methods.is_empty() {
            write!(f, " {}", self.methods.join("/"))?;
        }
        match &self.requirement {
            Requirement::Public => f.write_str(" is public"),
            Requirement::Nobody => f.write_str(" is for nobody"),
            Requirement::SignedIn { groups, wanted } => {
                f.write_str(" asks for a session")?;
                if !groups.is_empty() {
                    write!(f, " in one of {groups:?}")?;
                }
                if wanted.is_nothing() {
                    Ok(())
                } else {
                    write!(f, ", {}", RequiredAssurance(wanted))
                }
            }
        }
    }
}
