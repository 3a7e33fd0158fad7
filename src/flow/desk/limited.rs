//! Who is held back now.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::counted::{CountedAccount, NetworkHold};
use crate::flow::{Flow, FlowError};
use crate::limits::AccountKey;

/// The most accounts that are looked at, those tried last first: of replicas, each asks Redis once per account.
const LOOKED_AT: usize = 1_000;

/// The accounts and networks that are held back, of those that were tried lately.
#[derive(Debug)]
pub struct HeldNow {
    pub now: Timestamp,
    /// Tried last, first.
    pub accounts: Vec<CountedAccount>,
    pub networks: Vec<NetworkHold>,
    /// How many accounts were looked at.
    pub looked_at: usize,
    /// Whether there are more, tried earlier.
    pub has_more: bool,
}

impl Flow {
    /// The accounts and networks that have to wait, among those that were tried in the last days: of others nothing is
    /// known but hashes.
    pub async fn held_now(&self) -> Result<HeldNow, FlowError> {
        let (store, limits, now) = (&self.parts.store, &self.parts.limits, self.now());
        let tried = store.tried_accounts(LOOKED_AT + 1, now).await;
        let tried = tried.map_err(FlowError::reading_desk)?;
        let (mut accounts, mut networks) = (Vec::new(), BTreeSet::new());
        for account in tried.iter().take(LOOKED_AT) {
            let past = store.tries(*account, now).await.map_err(FlowError::reading_desk)?;
            let Some(newest) = past.first() else {
                continue;
            };
            networks.extend(past.iter().map(|past| past.network));
            let counts = limits.look(&AccountKey::of_hash(*account)).await;
            if counts.is_held() {
                accounts.push(CountedAccount {
                    user: newest.user.clone(),
                    counts,
                });
            }
        }
        Ok(HeldNow {
            now,
            accounts,
            networks: self.holds_of(networks).await,
            looked_at: tried.len().min(LOOKED_AT),
            has_more: tried.len() > LOOKED_AT,
        })
    }
}
