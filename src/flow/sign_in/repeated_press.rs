//! Answers the same press of a button again: the second half of a double click, or a page that is sent again because its
//! answer was lost.

use std::sync::Arc;

use crate::domain::attempt::{Attempt, SAME_PRESS, Stage};
use crate::domain::ids::{SessionId, Tab, VisitId};
use crate::domain::session::after;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::session::secrets::Csrf;
use crate::session::{HashedId, Stored};

impl Flow {
    /// The recent result of the same press; `None` for any other press, and for a request that only looks.
    ///
    /// Any other press discards the result: an attacker who has the page, but not the code that was typed into it, has
    /// one guess.
    pub(in crate::flow) async fn answer_again(
        &self,
        visitor: &Visitor,
        tab: &Tab,
    ) -> Result<Option<Outcome>, FlowError> {
        let Some(press) = visitor.press() else {
            return Ok(None);
        };
        loop {
            let Some(Stored { attempt, revision }) = self.load(visitor, tab).await? else {
                return Ok(None);
            };
            let mut attempt = Arc::unwrap_or_clone(attempt);
            let is_late = self.now() >= after(attempt.facts.changed, SAME_PRESS);
            let Some(masked_id) = attempt.masked_id().filter(|_| !is_late) else {
                return Ok(None);
            };
            let outcome = self
                .unmasked(visitor, tab, &attempt, Csrf::unmask(press, masked_id))
                .await?;
            if outcome.is_none() {
                attempt.forget_masked_id();
            }
            // Written whether or not the press matched: of many simultaneous presses, each is then checked after the
            // previous one.
            if self.replace(visitor, tab, revision, attempt).await? {
                // The answer to the first press may have been lost, and the session may exist in one place only.
                self.wait_until_safe().await?;
                return Ok(outcome);
            }
        }
    }

    /// Looks up the id that a press unmasked; `None` when it does not exist.
    async fn unmasked(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        attempt: &Attempt,
        id: [u8; 32],
    ) -> Result<Option<Outcome>, FlowError> {
        if let Stage::Moved { .. } = attempt.stage {
            let visit = VisitId::from_random(id);
            let there = self.parts.store.load(HashedId::of_visit(&visit), tab).await;
            return Ok(there.map_err(FlowError::reading_attempt)?.map(|stored| Outcome {
                moved_to: Some(visit),
                ..Outcome::new(*tab, Arc::unwrap_or_clone(stored.attempt))
            }));
        }
        let id = SessionId::from_random(id);
        let live = self.session(&id).await?;
        Ok(live.map(|live| Outcome {
            signed_in: Some(self.signed_in(visitor, &id, &live.session, attempt)),
            ..Outcome::new(*tab, attempt.clone())
        }))
    }
}
