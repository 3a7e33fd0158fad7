//! Requests a correct client never sends. The in-process simulator panics on drop when it saw one that was not allowed.

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
    /// A required parameter is missing or has a value that no version of the protocol knows.
    BadParameter,
    CredentialsInQuery,
    SeveralCredentials,
    /// `scope` on `/challenge` or `/primary-authenticate`.
    ScopeNotAllowed,
    /// An `oob_code` used again after an answer that ended it.
    DeadOobCode,
    ConcurrentPoll,
    FastPoll,
    /// Client, authorization server, scope or `acr_values` differ from the first call of the flow.
    ChangedMidFlow,
    /// A client assertion that is malformed, for another endpoint, too long-lived or used twice.
    BadAssertion,
    /// A proof of possession that is missing where one is demanded, malformed, for another request, or used twice.
    BadProof,
    UnknownClient,
    /// An `Origin` header on a server-to-server call.
    BrowserRequest,
    /// An answer to an order to end sessions that means nothing to the org: see [`crate::LogoutOrder`].
    LogoutAnswer,
}

/// One such request.
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

/// What a test announced and what it got.
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
        // A runaway client must not fill the memory; the first ones tell enough.
        if self.seen.len() < 1000 {
            self.seen.push(unexpected);
        }
    }

    /// Unexpected requests that nobody allowed. Allowing works before and after the fact.
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
