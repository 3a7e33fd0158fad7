//! Requests that a correct client never sends. A strict simulator panics on drop if it saw one that was not allowed.

use std::{collections::HashSet, fmt};

use serde::{Deserialize, Serialize};

use crate::fault::Endpoint;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misuse {
    UnknownPath,
    WrongMethod,
    WrongContentType,
    DuplicateParameter,
    /// A parameter is missing, or has a value that a correct client never sends.
    BadParameter,
    CredentialsInQuery,
    SeveralCredentials,
    /// `scope` on `/challenge` or `/primary-authenticate`.
    ScopeNotAllowed,
    /// An `oob_code` used again after the client received an answer that ended it.
    DeadOobCode,
    ConcurrentPoll,
    FastPoll,
    /// Client, server, scope, `acr_values` or `redirect_uri` differ from the flow's first request, or flows are mixed.
    ChangedMidFlow,
    /// A client assertion that is malformed, badly signed, for another endpoint, expired, too long-lived or reused.
    BadAssertion,
    /// A proof of possession that is missing though demanded, malformed, for another request, by another key or reused.
    BadProof,
    UnknownClient,
    /// An `Origin` header on a server-to-server call.
    BrowserRequest,
    /// An answer to a logout order that the org does not understand: see [`crate::LogoutOrder`].
    LogoutAnswer,
}

/// One case of misuse.
#[derive(Debug, Clone, Serialize)]
pub struct Unexpected {
    pub misuse: Misuse,
    pub method: String,
    pub path: String,
    pub request_id: String,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            misuse,
            method,
            path,
            request_id,
        } = self;
        write!(f, "{misuse:?}: {method} {path} ({request_id})")
    }
}

/// What a test allows and expects, and the misuse that was seen.
#[derive(Debug, Default)]
pub(crate) struct Expectations {
    allowed: HashSet<Misuse>,
    wanted: Vec<(Endpoint, u64)>,
    seen: Vec<Unexpected>,
}

impl Expectations {
    pub(crate) fn allow(&mut self, misuse: Misuse) {
        self.allowed.insert(misuse);
    }

    pub(crate) fn want(&mut self, endpoint: Endpoint, at_least: u64) {
        self.wanted.push((endpoint, at_least));
    }

    pub(crate) fn record(&mut self, unexpected: Unexpected) {
        // A runaway client must not fill the memory; the first requests tell enough.
        if self.seen.len() < 1000 {
            self.seen.push(unexpected);
        }
    }

    /// Misuse that the test has not allowed; it may allow it before or after.
    pub(crate) fn unexpected(&self) -> Vec<Unexpected> {
        let refused = |seen: &&Unexpected| !self.allowed.contains(&seen.misuse);
        self.seen.iter().filter(refused).cloned().collect()
    }

    pub(crate) fn complaints(&self, count: impl Fn(Endpoint) -> u64) -> Vec<String> {
        let missing = self.wanted.iter().filter_map(|&(endpoint, at_least)| {
            let got = count(endpoint);
            (got < at_least).then(|| format!("{endpoint:?}: asked {got} times, expected {at_least}"))
        });
        let unexpected = self.unexpected();
        unexpected.iter().map(ToString::to_string).chain(missing).collect()
    }
}
