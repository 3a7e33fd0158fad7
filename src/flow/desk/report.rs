//! Why a customer cannot sign in.

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::Timestamp;

use super::counted::{CountedAccount, NetworkHold};
use crate::domain::input::Login;
use crate::domain::past_try::PastTry;
use crate::flow::{Flow, FlowError, Listed, Whose};

/// What is known of a name.
#[derive(Debug)]
pub struct UserReport {
    /// The time of the report.
    pub now: Timestamp,
    /// Since when sign-ins are closed, for everybody.
    pub closed_since: Option<Timestamp>,
    /// What is counted against the name.
    pub account: CountedAccount,
    /// The holds of networks that the name was tried from.
    pub networks: Vec<NetworkHold>,
    /// How recent tries ended, the newest first.
    pub tries: Vec<PastTry>,
    /// The user's sessions, the most recently used first.
    pub sessions: Vec<Listed>,
    /// Revocations that Okta has not accepted yet, of all users.
    pub pending_revocations: usize,
}

impl Flow {
    /// What is known of a name, as customers type it into the form. Looking counts as no try.
    pub async fn report(&self, name: &Login) -> Result<UserReport, FlowError> {
        let (parts, now) = (&self.parts, self.now());
        let account = parts.limits.account(name.as_str());
        let tries = parts.store.tries(account.hash(), now).await;
        let tries = tries.map_err(FlowError::reading_desk)?;
        let pending = parts.store.count_revocations().await;
        Ok(UserReport {
            now,
            closed_since: self.closed_since().await?,
            account: CountedAccount {
                user: parts.secrets.pseudonyms.of(name.as_str()),
                counts: parts.limits.look(&account).await,
            },
            networks: self.holds_of(tries.iter().map(|past| past.network).collect()).await,
            tries,
            sessions: self.sessions(&Whose::Users(name.as_str().to_owned())).await?,
            pending_revocations: pending.map_err(FlowError::reading_revocations)?,
        })
    }

    /// Those of the networks whose browsers have to wait.
    pub(super) async fn holds_of(&self, networks: BTreeSet<IpAddr>) -> Vec<NetworkHold> {
        let mut holds = Vec::new();
        for network in networks {
            let hold = self.parts.limits.look_at_network(network).await;
            holds.extend(hold.map(|hold| NetworkHold { network, hold }));
        }
        holds
    }
}
