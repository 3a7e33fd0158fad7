//! Closing sign-ins, and finding out whether they are closed.

use std::error::Error as StdError;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::session::after;
use crate::flow::{AuditAct, Flow, FlowError};

/// How long a page waits for the store to say whether sign-ins are closed.
const PAGE_WAIT: Duration = Duration::from_millis(200);

impl Flow {
    /// Whether new sign-ins are closed. If the store does not answer, the last answer counts, and without one they are
    /// open: nobody can sign in without the store anyway.
    pub async fn is_closed(&self) -> bool {
        if let Some(asked) = self.entrance.begins_to_ask(self.now()) {
            match self.parts.store.closed_since().await {
                Ok(since) => self.entrance.learns(asked, since.is_some()),
                Err(error) if error.is_logged => {}
                Err(error) => tracing::warn!(
                    error = &error as &dyn StdError,
                    "the store does not say whether sign-ins are closed"
                ),
            }
        }
        self.was_closed()
    }

    /// The same for a page that is shown even if the store does not answer: it hardly waits.
    pub async fn is_closed_as_far_as_known(&self) -> bool {
        tokio::select! {
            is_closed = self.is_closed() => is_closed,
            () = self.parts.clock.sleep_until(after(self.now(), PAGE_WAIT)) => self.was_closed(),
        }
    }

    /// The last answer to [`is_closed`](Self::is_closed).
    pub fn was_closed(&self) -> bool {
        self.entrance.was_closed()
    }

    /// Since when sign-ins are closed, as the store says now.
    pub async fn closed_since(&self) -> Result<Option<Timestamp>, FlowError> {
        let since = self.parts.store.closed_since().await;
        since.map_err(FlowError::reading_desk)
    }

    /// Closes sign-ins, for an operator. Sessions go on, and so do sign-ins whose first form was sent before. Returns since
    /// when they are closed: closing twice changes nothing.
    pub async fn close_sign_ins(&self) -> Result<Timestamp, FlowError> {
        if let Some(since) = self.closed_since().await? {
            return Ok(since);
        }
        let now = self.now();
        self.set_closed(Some(now)).await?;
        tracing::warn!(
            event = "sign_ins_closed",
            "an operator closed sign-ins; `portico closed off` opens them"
        );
        self.audit(AuditAct::OperatorClosedSignIns, |_| {});
        Ok(now)
    }

    /// Opens sign-ins again, and says whether they were closed.
    pub async fn open_sign_ins(&self) -> Result<bool, FlowError> {
        let was_closed = self.closed_since().await?.is_some();
        if was_closed {
            self.set_closed(None).await?;
            tracing::warn!(event = "sign_ins_opened", "an operator opened sign-ins again");
            self.audit(AuditAct::OperatorOpenedSignIns, |_| {});
        }
        Ok(was_closed)
    }

    async fn set_closed(&self, since: Option<Timestamp>) -> Result<(), FlowError> {
        let set = self.parts.store.set_closed(since).await;
        set.map_err(FlowError::storing_desk)?;
        self.entrance.changes(since.is_some());
        Ok(())
    }
}
