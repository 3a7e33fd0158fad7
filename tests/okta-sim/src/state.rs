//! What the simulator remembers except clients and clock, behind one lock that is never held across an await.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{
    account::Account,
    accounts::{self, full_login},
    browsers::Browsers,
    fault::FaultQueue,
    grants_issued::Issued,
    limits::{Counters, Limits},
    log::RequestLog,
    misuse::Expectations,
    nonces::Nonces,
    signing::KeyRing,
    switches::Switches,
    transactions::{MfaTransaction, OobTransaction, PasskeyChallenge, Table},
    universal_logout::UniversalLogout,
};

/// How many issued secrets are kept for tests that search logs.
const KEPT_SECRETS: usize = 200_000;

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) accounts: HashMap<String, Account>,
    pub(crate) mfa: Table<MfaTransaction>,
    pub(crate) oob: Table<OobTransaction>,
    /// Prompt id to `oob_code`.
    pub(crate) prompts: Table<String>,
    pub(crate) passkey_challenges: Table<PasskeyChallenge>,
    pub(crate) issued: Issued,
    pub(crate) browsers: Browsers,
    /// `jti`s of client assertions, with their expiry in seconds.
    pub(crate) assertions: Table<i64>,
    /// Used proofs of possession, with the second until which they are remembered.
    pub(crate) proofs: Table<i64>,
    pub(crate) nonces: Nonces,
    /// `oob_code`s with a poll in flight.
    pub(crate) in_flight: HashSet<String>,
    pub(crate) counters: Counters,
    pub(crate) faults: FaultQueue,
    pub(crate) log: RequestLog,
    pub(crate) expectations: Expectations,
    pub(crate) keys: KeyRing,
    pub(crate) switches: Switches,
    pub(crate) limits: Limits,
    pub(crate) keep_requests: usize,
    /// Where logout orders go.
    pub(crate) universal_logout: Option<UniversalLogout>,
    /// By login: the answer to the latest logout order, and when it came.
    pub(crate) logouts: HashMap<String, (String, String)>,
    secrets: VecDeque<String>,
}

impl State {
    pub(crate) fn new(keys: KeyRing, switches: Switches, limits: Limits, keep_requests: usize) -> Self {
        Self {
            accounts: accounts::at_start(),
            mfa: Table::default(),
            oob: Table::default(),
            prompts: Table::default(),
            passkey_challenges: Table::default(),
            issued: Issued::default(),
            browsers: Browsers::default(),
            assertions: Table::default(),
            proofs: Table::default(),
            nonces: Nonces::default(),
            in_flight: HashSet::new(),
            counters: Counters::default(),
            faults: FaultQueue::default(),
            log: RequestLog::default(),
            expectations: Expectations::default(),
            keys,
            switches,
            limits,
            keep_requests,
            universal_logout: None,
            logouts: HashMap::new(),
            secrets: VecDeque::new(),
        }
    }

    pub(crate) fn account(&self, login: &str) -> Option<&Account> {
        self.accounts.get(&full_login(login))
    }

    pub(crate) fn account_mut(&mut self, login: &str) -> Option<&mut Account> {
        self.accounts.get_mut(&full_login(login))
    }

    /// Remembers something that must never show up in a client's log.
    pub(crate) fn secret(&mut self, secret: &str) {
        if self.secrets.len() >= KEPT_SECRETS {
            self.secrets.pop_front();
        }
        self.secrets.push_back(secret.to_owned());
    }

    pub(crate) fn secrets(&self) -> Vec<String> {
        self.secrets.iter().cloned().collect()
    }

    /// Resets all but what the test allows and expects, the secrets, and the address for Universal Logout.
    pub(crate) fn reset(&mut self, switches: Switches, limits: Limits) -> Result<(), crate::Error> {
        let fresh = Self::new(KeyRing::shipped()?, switches, limits, self.keep_requests);
        let expectations = std::mem::take(&mut self.expectations);
        let secrets = std::mem::take(&mut self.secrets);
        let universal_logout = self.universal_logout.take();
        *self = Self {
            expectations,
            universal_logout,
            secrets,
            ..fresh
        };
        Ok(())
    }
}
