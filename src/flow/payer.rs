//! The one task that pays what is owed to Okta, whoever owes it: a few calls at a time, out of a share of their own,
//! and none while Okta is to be left alone. The end of a hundred thousand sessions is no rush on Okta, and nothing else
//! waits for it.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use okta_direct_auth::{Error, ErrorKind};
use tokio::sync::{Mutex, mpsc};

use super::Flow;
use super::call::Outage;
use crate::domain::debt::Debt;
use crate::domain::session::after;
use crate::session::DebtId;

/// What the store is asked for at the latest.
const EVERY: Duration = Duration::from_secs(10);

/// Debts that wait here for their first try. More of them wait in the store, which hands them out a little later.
const WAITING: usize = 1_000;

/// Debts taken up at once.
const AT_ONCE: usize = 100;

/// After "too many requests" without a time.
const LIMIT_WAIT: Duration = Duration::from_secs(30);

type Owed = (DebtId, Debt);

/// Debts on their way to the payer.
#[derive(Debug)]
pub(super) struct Till {
    sender: mpsc::Sender<Owed>,
    receiver: Mutex<mpsc::Receiver<Owed>>,
}

impl Default for Till {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }
}

impl Till {
    /// Leaves a debt that the store has.
    pub(super) fn put(&self, owed: Owed) {
        // OK because the store hands it out when it was not tried here.
        let _ = self.sender.try_send(owed);
    }
}

impl Flow {
    /// Pays on and on what is owed: what is new as it comes, and every few seconds what is due again.
    pub async fn pay_on(&self) {
        let mut till = self.till.receiver.lock().await;
        let mut next = self.now();
        loop {
            let mut fresh = Vec::new();
            tokio::select! {
                // Never closed: the sender is kept beside it.
                _ = till.recv_many(&mut fresh, AT_ONCE) => {}
                () = self.parts.clock.sleep_until(next) => {}
            }
            // What is new and must wait is handed out by the store a little later.
            fresh.retain(|(_, debt)| debt.is_fresh(self.now()));
            let is_left = self.parts.breaker.check().is_err();
            let mut paid = if is_left { Ok(()) } else { self.pay_all(fresh).await };
            if self.now() >= next && paid.is_ok() {
                paid = self.pay_due().await;
                next = after(self.now(), EVERY);
            }
            if let Err(rest) = paid {
                self.parts.clock.sleep_until(after(self.now(), rest)).await;
            }
        }
    }

    async fn pay_due(&self) -> Result<(), Duration> {
        loop {
            // Whoever is handed out counts as tried, so nobody is while none may be.
            if self.parts.breaker.check().is_err() {
                return Ok(());
            }
            let due = self.parts.store.due(self.now()).await;
            let due = due.unwrap_or_else(|error| {
                if !error.is_told {
                    tracing::error!(%error, "what is owed to Okta could not be read");
                }
                Vec::new()
            });
            if due.is_empty() {
                return Ok(());
            }
            self.pay_all(due).await?;
        }
    }

    /// Pays the first, and when nothing speaks against it the others, some at a time. Else answers how long to leave
    /// Okta alone; the store keeps what was not paid.
    async fn pay_all(&self, batch: Vec<Owed>) -> Result<(), Duration> {
        let mut batch = batch.into_iter();
        // Alone, because it may be the one call that the breaker lets through.
        if let Some((id, debt)) = batch.next()
            && let Err(outage) = self.pay(id, &debt).await
        {
            rest(&outage).map_or(Ok(()), Err)?;
        }
        let mut payments = stream::iter(batch)
            .map(|(id, debt)| async move { self.pay(id, &debt).await })
            .buffer_unordered(self.parts.bulkhead.revocations());
        while let Some(paid) = payments.next().await {
            // Those under way are cut off with this. OK because whatever Okta took is revoked once more later.
            paid.or_else(|outage| rest(&outage).map_or(Ok(()), Err))?;
        }
        Ok(())
    }
}

/// How long to leave Okta alone after this; `None`: it was about one debt.
fn rest(outage: &Outage<Error>) -> Option<Duration> {
    match outage {
        Outage::Full => Some(Duration::ZERO),
        Outage::HeldBack(held_back) => Some(held_back.wait),
        Outage::Refused(error) if error.kind() == ErrorKind::RateLimited => {
            Some(error.retry_after().unwrap_or(LIMIT_WAIT))
        }
        Outage::Refused(_) => None,
    }
}
