//! Sessions in use, and their end.

use std::time::Duration;

use super::{Flow, FlowError, Visitor};
use crate::domain::debt::{Debt, Requester};
use crate::domain::end::EndReason;
use crate::domain::ids::SessionId;
use crate::domain::session::{Live, after};
use crate::session::door::Door;
use crate::session::{DebtId, HashedId};

/// The longest that a sign-out waits for Okta.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a sign-out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether there was a session to end.
    pub was_signed_in: bool,
    /// What became of the tokens.
    pub at_okta: AtOkta,
}

/// What became of the tokens at Okta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtOkta {
    /// Okta took the revocation.
    Revoked,
    /// Okta did not answer; it is tried again.
    Owed,
    /// There was nothing to revoke.
    Nothing,
}

impl Flow {
    /// The live session of this id. Looking does not count as use.
    pub async fn session(&self, id: &SessionId) -> Result<Option<Live>, FlowError> {
        self.live(Door::hash_session(id)).await
    }

    pub(super) async fn live(&self, id: HashedId) -> Result<Option<Live>, FlowError> {
        let session = self
            .parts
            .store
            .session(id)
            .await
            .map_err(FlowError::reading_session)?;
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        Ok(session.filter(|session| session.is_live(lifetimes, now)))
    }

    /// The live session of this id; notes the use, and asks Okta when its word has become old.
    pub async fn use_session(
        &self,
        id: &SessionId,
        requester: &Requester,
    ) -> Result<Option<Live>, FlowError> {
        let id = Door::hash_session(id);
        let Some(live) = self.live(id).await? else {
            return Ok(None);
        };
        let touched = self.parts.store.touch(id, self.now()).await;
        touched.map_err(FlowError::storing_session)?;
        self.revalidated(id, live, requester).await
    }

    /// Ends the session here first, then its tokens at Okta; trouble there keeps nobody signed in.
    pub async fn sign_out(&self, visitor: Visitor, id: SessionId) -> Result<SignedOut, FlowError> {
        let id = Door::hash_session(&id);
        let ended = self
            .end(id, EndReason::SignOut, visitor.requester())
            .await?;
        let Some(ended) = ended else {
            return Ok(SignedOut {
                was_signed_in: false,
                at_okta: AtOkta::Nothing,
            });
        };
        let at_okta = match &ended.owed {
            None => AtOkta::Nothing,
            Some((id, debt)) => self.pay_within(*id, debt.clone()).await,
        };
        Ok(SignedOut {
            was_signed_in: true,
            at_okta,
        })
    }

    /// Tells what Okta says within a moment. What it says later is noted all the same.
    async fn pay_within(&self, id: DebtId, debt: Debt) -> AtOkta {
        let payment = {
            let flow = self.clone();
            tokio::spawn(async move { flow.pay(id, &debt).await })
        };
        let over = after(self.now(), PATIENCE);
        tokio::select! {
            paid = payment => match paid {
                Ok(Ok(())) => AtOkta::Revoked,
                // OK because a failure was logged, and the store still has the debt.
                Ok(Err(_)) | Err(_) => AtOkta::Owed,
            },
            () = self.parts.clock.sleep_until(over) => AtOkta::Owed,
        }
    }
}
