//! The one task that carries out pending revocations, whatever their origin: a few calls at a time, from their own
//! share of the bulkhead, and none while Okta must not be called. So ending a hundred thousand sessions does not
//! overload Okta, and nothing else waits for it.

use std::error::Error as StdError;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use okta_direct_auth::{Error, ErrorKind};

use super::queue::Pending;
use crate::domain::session::after;
use crate::flow::Flow;
use crate::flow::okta_call::Outage;

/// How often, at least, the store is asked for revocations that are due.
const EVERY: Duration = Duration::from_secs(10);

/// Revocations taken from the queue at once.
const AT_ONCE: usize = 100;

/// How long to wait after "too many requests" when Okta gives no time.
const LIMIT_WAIT: Duration = Duration::from_secs(30);

impl Flow {
    /// Carries out pending revocations for ever: new ones as they arrive, and every few seconds those that are due
    /// again.
    pub async fn run_revocation_worker(&self) {
        let mut queue = self.revocation_queue.receiver.lock().await;
        let mut next = self.now();
        loop {
            let mut fresh = Vec::new();
            tokio::select! {
                // Never closed: `self` keeps the sender.
                _ = queue.recv_many(&mut fresh, AT_ONCE) => {}
                () = self.parts.clock.sleep_until(next) => {}
            }
            // Those that have waited too long here are handed out by the store soon.
            fresh.retain(|(_, revocation)| revocation.is_fresh(self.now()));
            let is_left = self.parts.breaker.check().is_err();
            let mut revoked = if is_left { Ok(()) } else { self.revoke_all(fresh).await };
            if self.now() >= next && revoked.is_ok() {
                revoked = self.revoke_due().await;
                next = after(self.now(), EVERY);
            }
            if let Err(rest) = revoked {
                self.parts.clock.sleep_until(after(self.now(), rest)).await;
            }
        }
    }

    async fn revoke_due(&self) -> Result<(), Duration> {
        loop {
            // Handing a revocation out counts as a try, so none is taken while Okta must not be called.
            if self.parts.breaker.check().is_err() {
                return Ok(());
            }
            let due = self.parts.store.due(self.now()).await;
            let due = due.unwrap_or_else(|error| {
                if !error.is_logged {
                    tracing::error!(error = &error as &dyn StdError, "pending revocations could not be read");
                }
                Vec::new()
            });
            if due.is_empty() {
                return Ok(());
            }
            self.revoke_all(due).await?;
        }
    }

    /// Revokes the first, then the others a few at a time, until an answer shows that Okta must not be called for now.
    /// Then returns for how long; the store keeps what was not revoked.
    async fn revoke_all(&self, batch: Vec<Pending>) -> Result<(), Duration> {
        let mut batch = batch.into_iter();
        // Alone, because it may be the breaker's probe.
        if let Some((id, revocation)) = batch.next()
            && let Err(outage) = self.revoke(id, &revocation).await
        {
            rest(&outage).map_or(Ok(()), Err)?;
        }
        let mut revocations = stream::iter(batch)
            .map(|(id, revocation)| async move { self.revoke(id, &revocation).await })
            .buffer_unordered(self.parts.bulkhead.revocations());
        while let Some(revoked) = revocations.next().await {
            // This cancels the calls in progress. OK because a revocation that Okta accepted is merely repeated later.
            revoked.or_else(|outage| rest(&outage).map_or(Ok(()), Err))?;
        }
        Ok(())
    }
}

/// How long not to call Okta after this failure; `None` if it concerned only one revocation.
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
