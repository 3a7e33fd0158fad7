//! What is open between two requests: `mfa_token`s, `oob_code`s and passkey challenges.

use std::collections::HashMap;

use crate::{account::Factor, clock::Millis, policy::Proof};

/// What every request of one sign-in must repeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) client: String,
    /// Path segment of a custom authorization server; none for the org's own.
    pub(crate) server: Option<String>,
    pub(crate) acr: Option<String>,
    /// As first requested; none until a request to `/token` names it.
    pub(crate) scope: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct MfaTransaction {
    pub(crate) origin: Origin,
    pub(crate) login: String,
    pub(crate) shown: Vec<Proof>,
    pub(crate) expires: Millis,
    /// The `oob_code` of the newest challenge.
    pub(crate) newest: Option<String>,
    pub(crate) is_over: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OobState {
    Pending,
    Approved,
    Rejected,
    /// Used, expired, replaced, ended by a wrong code, or refused and reported.
    Dead,
}

#[derive(Debug, Clone)]
pub(crate) struct Prompt {
    pub(crate) id: String,
    /// Three numbers, or none for a plain approve or deny.
    pub(crate) numbers: Vec<String>,
    pub(crate) right_number: Option<String>,
    pub(crate) state: PromptState,
    pub(crate) at: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptState {
    Pending,
    Approved,
    Denied,
    /// The user did not answer in time.
    Expired,
    /// A newer challenge took its place.
    Replaced,
}

#[derive(Debug, Clone)]
pub(crate) struct OobTransaction {
    pub(crate) origin: Origin,
    /// None for an unknown login, when the org does not reveal that.
    pub(crate) login: Option<String>,
    pub(crate) mfa_token: Option<String>,
    pub(crate) factor: Factor,
    pub(crate) expires: Millis,
    pub(crate) interval: Millis,
    pub(crate) state: OobState,
    /// The client received an answer that reported its end.
    pub(crate) end_was_told: bool,
    pub(crate) last_poll: Option<Millis>,
    /// The code of a text, call or email.
    pub(crate) code: Option<String>,
    pub(crate) prompt: Option<Prompt>,
}

#[derive(Debug, Clone)]
pub(crate) struct PasskeyChallenge {
    pub(crate) origin: Origin,
    /// None when the passkey itself names the account.
    pub(crate) login: Option<String>,
    pub(crate) mfa_token: Option<String>,
    pub(crate) expires: Millis,
}

/// A map that drops dead entries as it grows, so that each request stays cheap.
#[derive(Debug)]
pub(crate) struct Table<T> {
    entries: HashMap<String, T>,
    sweep_at: usize,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            sweep_at: 1024,
        }
    }
}

impl<T> Table<T> {
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        self.entries.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        self.entries.get_mut(key)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.entries.values_mut()
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<T> {
        self.entries.remove(key)
    }

    /// Adds an entry; when the table has doubled since the last sweep, drops those that `is_alive` rejects.
    pub(crate) fn insert(&mut self, key: String, value: T, is_alive: impl Fn(&T) -> bool) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, value| is_alive(value));
            self.sweep_at = (self.entries.len() * 2).max(1024);
        }
        self.entries.insert(key, value);
    }
}
