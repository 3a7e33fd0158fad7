//! What a browser is known by changes when its sign-in is worth more than before
//! (docs/decisions/0023-what-a-proof-changes.md).

use std::time::Duration;

use super::settle::Mark;
use super::take::Work;
use super::{Flow, FlowError, Turn, Visitor};
use crate::domain::attempt::{Attempt, Event, Stage};
use crate::domain::ids::{Claim, SessionId, Tab, VisitId};
use crate::domain::session::after;
use crate::session::secrets::Csrf;
use crate::session::{HashedId, Move};

/// How long the same press once more is given the same answer: the second half of a double click, or a page whose
/// answer was lost and that is sent again.
const SAME_PRESS: Duration = Duration::from_secs(30);

impl Flow {
    /// Applies the event and moves the attempt to a visit that only this answer tells of. `None` when the attempt is
    /// another one by now.
    pub(super) async fn move_on(
        &self,
        visitor: &Visitor,
        work: &Work,
        event: &Event,
    ) -> Result<Option<Turn>, FlowError> {
        let visit = self.parts.secrets.ids.new_visit();
        // Whoever guesses a name has proven nothing, so that press is not answered again: it starts over.
        let press = match event {
            Event::MoreNeeded { .. } => visitor.press(),
            _ => None,
        };
        let claim = press.map(|press| self.parts.secrets.csrf.claim(press, visit.expose_bytes()));
        loop {
            let Some(stored) = self.load(visitor, &work.tab).await? else {
                return Ok(None);
            };
            if stored.attempt.facts.serial != work.attempt.facts.serial {
                return Ok(None);
            }
            let Some(next) = self.advanced(stored.attempt.clone(), event, Mark::Clear) else {
                return Ok(None);
            };
            let moved = self.parts.store.move_on(Move {
                visit: visitor.key(),
                tab: &work.tab,
                expected: stored.revision,
                left: stored.attempt.left_behind(claim.clone(), self.now()),
                to: HashedId::of_visit(&visit),
                attempt: next.clone(),
            });
            if let Some(gone) = moved.await.map_err(FlowError::storing_attempt)? {
                self.give_back_unclaimed(gone);
                return Ok(Some(Turn {
                    moved_to: Some(visit),
                    ..Turn::new(work.tab, next)
                }));
            }
        }
    }

    /// What the same press led to a moment ago; `None` for every other press, and for whoever only looks.
    pub(super) async fn answer_again(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        attempt: &Attempt,
    ) -> Result<Option<Turn>, FlowError> {
        let is_late = self.now() >= after(attempt.facts.changed, SAME_PRESS);
        let Some(press) = visitor.press().filter(|_| !is_late) else {
            return Ok(None);
        };
        let claimed = |claim: &Claim| Csrf::redeem(press, claim);
        match &attempt.stage {
            Stage::Finished { session: Some(claim) } => {
                let id = SessionId::from_random(claimed(claim));
                let live = self.session(&id).await?;
                // The answer that told of it may have been lost, and the session be in one place only.
                self.is_safe().await?;
                Ok(live.map(|live| Turn {
                    signed_in: Some(self.signed_in(visitor, &id, &live.session, attempt)),
                    ..Turn::new(*tab, attempt.clone())
                }))
            }
            Stage::Moved { to: Some(claim) } => {
                let visit = VisitId::from_random(claimed(claim));
                let there = self.parts.store.load(HashedId::of_visit(&visit), tab).await;
                let there = there.map_err(FlowError::reading_attempt)?;
                self.is_safe().await?;
                Ok(there.map(|stored| Turn {
                    moved_to: Some(visit),
                    ..Turn::new(*tab, stored.attempt)
                }))
            }
            _ => Ok(None),
        }
    }
}
