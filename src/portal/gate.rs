//! The decision about one request for the portal, as its proxy described it.
//!
//! Pure: who asks is looked up by whoever calls, between [`Gate::examine`] and [`Found::admits`].

use jiff::Timestamp;

use super::hosts::Authority;
use super::path::{self, Ambiguous};
use super::return_to::{Destinations, Refused, ReturnTo};
use super::rules::{Decided, Requirement, Rules};
use crate::domain::assurance::Wanted;
use crate::domain::identity::Identity;

/// A request for the portal.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host, with a port if it is not the scheme's own.
    pub host: &'a str,
    /// Path and query as they came.
    pub uri: &'a str,
    /// The method.
    pub method: &'a str,
}

/// Why nobody can say what a request is for.
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
    #[error("a parameter in the path could be read in two ways")]
    Parameter,
    #[error("the sign-in pages themselves stand behind the check")]
    OwnPage,
}

impl BadTarget {
    /// In one word, for answers, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Host => "bad_host",
            Self::UnknownHost => "unknown_host",
            Self::Method => "bad_method",
            Self::Path(_) | Self::Parameter => "ambiguous_path",
            Self::OwnPage => "own_page",
        }
    }
}

/// What a request needs.
#[derive(Debug)]
pub struct Found<'a> {
    /// The rule.
    pub decided: Decided<'a>,
    /// Where the portal is.
    pub authority: Authority<'a>,
}

/// What becomes of whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// They may.
    Pass,
    /// They have to sign in first.
    SignIn,
    /// They have to prove more.
    StepUp(&'a Wanted),
    /// They may not, whatever they prove.
    Forbidden,
}

/// Everything the decision hangs on. Built once at start.
#[derive(Debug, Clone)]
pub struct Gate {
    destinations: Destinations,
    rules: Rules,
}

impl Gate {
    /// A gate in front of these places.
    pub fn new(destinations: Destinations, rules: Rules) -> Self {
        Self {
            destinations,
            rules,
        }
    }

    /// What this request needs.
    pub fn examine<'a>(&'a self, asked: &Asked<'a>) -> Result<Found<'a>, BadTarget> {
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
            || (is_prefix && self.destinations.is_elsewhere(&authority))
        {
            return Err(BadTarget::OwnPage);
        }
        let decided = self.rules.decide(&authority, &path, asked.method);
        Ok(Found {
            decided: decided.ok_or(BadTarget::Parameter)?,
            authority,
        })
    }

    /// Whether the service has a page of its own there, so that the portal has none. What nobody can read is no page of ours.
    pub fn is_served_here(&self, scheme: &str, host: &str, path: &str) -> bool {
        let authority = Authority::parse(scheme, host);
        let (Some(authority), Ok(path)) = (authority, path::normal(path)) else {
            return false;
        };
        self.destinations.is_served_here(&authority, &path)
    }

    /// Where to come back to after signing in.
    pub fn target(&self, asked: &Asked<'_>) -> Result<ReturnTo, Refused> {
        let Asked {
            scheme, host, uri, ..
        } = asked;
        self.destinations.parse(&format!("{scheme}://{host}{uri}"))
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }
}

impl<'a> Found<'a> {
    /// Whether this person may; `None`: nobody is signed in.
    pub fn admits(&self, who: Option<&Identity>, now: Timestamp) -> Verdict<'a> {
        let (groups, wanted) = match self.decided.requirement {
            Requirement::Public => return Verdict::Pass,
            Requirement::Nobody => return Verdict::Forbidden,
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
            Verdict::Pass
        } else {
            Verdict::StepUp(wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use url::Url;

    use super::*;
    use crate::domain::identity::Person;
    use crate::portal::rules::{PathPattern, Rule};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn gate(rules: Vec<Rule>) -> Gate {
        let public = Url::parse("https://app.example.com/auth").unwrap();
        let home = Url::parse("https://app.example.com/").unwrap();
        let hosts = [
            "other.example.com:8443".to_owned(),
            "*.apps.example".to_owned(),
        ];
        let destinations = Destinations::new(&public, Some(&home), &hosts).unwrap();
        Gate::new(destinations, Rules::new(rules))
    }

    fn rule(path: &str, requirement: Requirement) -> Rule {
        Rule {
            host: None,
            path: PathPattern::parse(path, false).unwrap(),
            methods: Vec::new(),
            requirement,
        }
    }

    fn asked<'a>(scheme: &'a str, host: &'a str, uri: &'a str) -> Asked<'a> {
        Asked {
            scheme,
            host,
            uri,
            method: "GET",
        }
    }

    fn person(groups: &[&str], acr: Option<&str>) -> Identity {
        Identity::from(Person {
            subject: "00u1".to_owned(),
            name: "Robin".to_owned(),
            login: "robin@example.com".to_owned(),
            email: None,
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            acr: acr.map(str::to_owned),
            amr: Vec::new(),
            auth_time: NOW,
        })
    }

    #[test]
    fn sec_311_only_the_portals_own_hosts_are_decided_on() {
        let gate = gate(Vec::new());
        for (scheme, host, why) in [
            ("https", "app.example.com", None),
            ("https", "APP.example.com:443", None),
            ("https", "other.example.com:8443", None),
            ("https", "a.apps.example", None),
            ("https", "other.example.com", Some(BadTarget::UnknownHost)),
            ("https", "a.b.apps.example", Some(BadTarget::UnknownHost)),
            ("https", "apps.example", Some(BadTarget::UnknownHost)),
            ("https", "app.example.com.", Some(BadTarget::UnknownHost)),
            ("https", "app.example.com:444", Some(BadTarget::UnknownHost)),
            ("http", "app.example.com", Some(BadTarget::UnknownHost)),
            ("https", "evil.test", Some(BadTarget::UnknownHost)),
            ("wss", "app.example.com", Some(BadTarget::Host)),
            ("https", "", Some(BadTarget::Host)),
            ("https", "app.example.com:x", Some(BadTarget::Host)),
            ("https", "a@app.example.com", Some(BadTarget::Host)),
            ("https", "app.example.com/x", Some(BadTarget::Host)),
            ("https", "app.example.com,evil.test", Some(BadTarget::Host)),
        ] {
            let found = gate.examine(&asked(scheme, host, "/"));
            assert_eq!(found.err(), why, "{scheme} {host}");
        }
    }

    #[test]
    fn sec_311_neither_query_nor_fragment_nor_own_pages_get_around_a_rule() {
        let gate = gate(vec![
            rule("/public", Requirement::Public),
            rule("/", Requirement::Nobody),
        ]);
        let decide = |uri| {
            gate.examine(&asked("https", "app.example.com", uri))
                .map(|found| found.admits(None, NOW))
        };
        assert_eq!(decide("/public?x"), Ok(Verdict::Pass));
        assert_eq!(decide("/secret?/public"), Ok(Verdict::Forbidden));
        assert_eq!(decide("/secret%3f/public"), Ok(Verdict::Forbidden));
        assert!(decide("/secret#/public").is_err());
        assert!(decide("/public/../secret").is_err());
        assert_eq!(decide("/auth/sign-in"), Err(BadTarget::OwnPage));
        assert_eq!(decide("/auth/%73ign-in/x"), Err(BadTarget::OwnPage));
        assert_eq!(decide("/auth/account"), Ok(Verdict::Forbidden));
        let elsewhere = gate.examine(&asked("https", "a.apps.example", "/auth/sign-in"));
        assert!(elsewhere.is_ok());
        assert_eq!(
            gate.examine(&Asked {
                method: "get",
                ..asked("https", "app.example.com", "/")
            })
            .err(),
            Some(BadTarget::Method)
        );
    }

    #[test]
    fn who_lacks_a_group_is_refused_and_who_lacks_proof_is_asked_for_more() {
        let wanted = Wanted {
            acr_values: vec!["urn:okta:loa:2fa:any".to_owned()],
            max_age: Some(Duration::from_mins(5)),
        };
        let gate = gate(vec![rule(
            "/admin",
            Requirement::SignedIn {
                groups: vec!["admins".to_owned(), "owners".to_owned()],
                wanted: wanted.clone(),
            },
        )]);
        let found = gate
            .examine(&asked("https", "app.example.com", "/admin/x"))
            .unwrap();
        let two = Some("urn:okta:loa:2fa:any");
        assert_eq!(found.admits(None, NOW), Verdict::SignIn);
        assert_eq!(
            found.admits(Some(&person(&[], two)), NOW),
            Verdict::Forbidden
        );
        assert_eq!(
            found.admits(Some(&person(&["Admins", "admin"], two)), NOW),
            Verdict::Forbidden
        );
        assert_eq!(
            found.admits(Some(&person(&["owners"], None)), NOW),
            Verdict::StepUp(&wanted)
        );
        let admin = person(&["staff", "admins"], two);
        assert_eq!(found.admits(Some(&admin), NOW), Verdict::Pass);
        let later = NOW + Duration::from_secs(301);
        assert_eq!(found.admits(Some(&admin), later), Verdict::StepUp(&wanted));
    }
}
