//! The decision about one request for the portal, as its proxy described it.
//!
//! Pure: the caller looks up the session, between [`Gate::examine`] and [`Found::admits`].

#[cfg(test)]
mod tests;

use jiff::Timestamp;

use super::hosts::Authority;
use super::path;
use super::path::Ambiguous;
use super::return_to::{Destinations, ReturnTo, ReturnToError};
use super::rules::{Decided, Requirement, Rules};
use crate::domain::assurance::Wanted;
use crate::domain::identity::Identity;

/// A request for the portal.
#[derive(Debug, Clone, Copy)]
pub struct PortalRequest<'a> {
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host, with the port unless it is the scheme's default.
    pub host: &'a str,
    /// Path and query, as they were sent.
    pub uri: &'a str,
    /// The method.
    pub method: &'a str,
    /// Whether it is certainly only a CORS preflight: no body, no upgrade, no header that names another method.
    pub is_preflight: bool,
}

/// How to decide on CORS preflights. Browsers send no session with them, and any client can send the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preflights {
    /// The rules decide, as on any request.
    Rules,
    /// They pass wherever the target of the request is clear, except where a rule says `nobody`.
    Pass,
}

/// Why the target of a request is unclear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    #[error("scheme or host are not an address")]
    Host,
    #[error("the host is none of the portal's (portal.allowed_hosts), or not https")]
    UnknownHost,
    #[error("the method is no method")]
    Method,
    #[error(transparent)]
    Path(#[from] Ambiguous),
    #[error("the sign-in pages must not be behind forward-auth")]
    OwnPage,
}

impl BadTarget {
    /// A short name for answers, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "bad_host",
            Self::UnknownHost => "unknown_host",
            Self::Method => "bad_method",
            Self::Path(_) => "ambiguous_path",
            Self::OwnPage => "own_page",
        }
    }
}

/// The requirements for a request.
#[derive(Debug)]
pub struct Found<'a> {
    /// The rule that decides.
    pub decided: Decided<'a>,
    /// The host of the portal that the request is for.
    pub authority: Authority<'a>,
    /// Whether the request is a preflight and those pass.
    is_let_through: bool,
}

/// The decision about the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// The request passes.
    Allow,
    /// The customer has to sign in first.
    SignIn,
    /// The customer has to step up.
    StepUp(&'a Wanted),
    /// The request is refused, whatever proof the customer gives.
    Forbidden,
}

/// Everything that the decision depends on. Built once at start.
#[derive(Debug, Clone)]
pub struct Gate {
    destinations: Destinations,
    rules: Rules,
    preflights: Preflights,
}

impl Gate {
    /// A gate in front of these destinations.
    pub fn new(destinations: Destinations, rules: Rules, preflights: Preflights) -> Self {
        Self {
            destinations,
            rules,
            preflights,
        }
    }

    /// The requirements for this request.
    pub fn examine<'a>(&'a self, asked: &PortalRequest<'a>) -> Result<Found<'a>, BadTarget> {
        let authority = Authority::parse(asked.scheme, asked.host).ok_or(BadTarget::Host)?;
        if !self.destinations.has(&authority) {
            return Err(BadTarget::UnknownHost);
        }
        let is_method = |byte: u8| byte.is_ascii_uppercase() || byte == b'-';
        if asked.method.is_empty() || !asked.method.bytes().all(is_method) {
            return Err(BadTarget::Method);
        }
        let raw = asked.uri.split('?').next().unwrap_or_default();
        let path = path::normal(raw)?;
        let is_prefix = path == "/.portico" || path.starts_with("/.portico/");
        if self.destinations.is_own_page(&authority, &path)
            || (is_prefix && self.destinations.is_cross_host(&authority))
        {
            return Err(BadTarget::OwnPage);
        }
        let decided = self.rules.decide(&authority, &path, asked.method)?;
        Ok(Found {
            is_let_through: asked.is_preflight
                && self.preflights == Preflights::Pass
                && *decided.requirement != Requirement::Nobody,
            decided,
            authority,
        })
    }

    /// Whether the service itself has a page at this URL, so that the portal has none. A URL that cannot be parsed is
    /// not a page of ours.
    pub fn is_served_here(&self, scheme: &str, host: &str, path: &str) -> bool {
        let authority = Authority::parse(scheme, host);
        let (Some(authority), Ok(path)) = (authority, path::normal(path)) else {
            return false;
        };
        self.destinations.is_served_here(&authority, &path)
    }

    /// The destination to return to after signing in.
    pub fn target(&self, asked: &PortalRequest<'_>) -> Result<ReturnTo, ReturnToError> {
        let PortalRequest { scheme, host, uri, .. } = asked;
        self.destinations.parse(&[scheme, "://", host, uri].concat())
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// How preflights are decided.
    pub fn preflights(&self) -> Preflights {
        self.preflights
    }
}

impl<'a> Found<'a> {
    /// Whether it passes without looking up the session.
    pub fn is_let_through(&self) -> bool {
        self.is_let_through
    }

    /// The verdict for this customer; `None`: nobody is signed in.
    pub fn admits(&self, who: Option<&Identity>, now: Timestamp) -> Verdict<'a> {
        let (groups, wanted) = match self.decided.requirement {
            Requirement::Public => return Verdict::Allow,
            Requirement::Nobody => return Verdict::Forbidden,
            Requirement::SignedIn { .. } if self.is_let_through => return Verdict::Allow,
            Requirement::SignedIn { groups, wanted } => (groups, wanted),
        };
        let Some(who) = who else {
            return Verdict::SignIn;
        };
        let is_member = |group: &String| who.groups().any(|has| has == group);
        if !groups.is_empty() && !groups.iter().any(is_member) {
            return Verdict::Forbidden;
        }
        if wanted.is_met_by(who, now) {
            Verdict::Allow
        } else {
            Verdict::StepUp(wanted)
        }
    }
}
