//! Gives a browser a new visit id when its sign-in becomes worth more than before
//! (docs/decisions/0023-what-a-proof-changes.md).

use std::sync::Arc;

use super::apply::ClaimMark;
use super::claim::Work;
use crate::domain::attempt::{Attempt, Event};
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::session::{HashedId, Move};

impl Flow {
    /// Applies the event and moves the attempt to a visit known only to the browser that gets this answer. `None` when
    /// the attempt has changed meanwhile.
    pub(in crate::flow) async fn move_on(
        &self,
        visitor: &Visitor,
        work: &Work,
        event: &Event,
    ) -> Result<Option<Outcome>, FlowError> {
        let visit = self.parts.secrets.ids.new_visit();
        // A browser that only gives a name has proved nothing, so its press gets no result again: it starts over.
        let press = match event {
            Event::MoreNeeded { .. } => visitor.press(),
            _ => None,
        };
        let masked_id = press.map(|press| self.parts.secrets.csrf.mask(press, visit.expose_bytes()));
        let mut known = work.stored();
        loop {
            let Some(stored) = self.known_or_loaded(known.take(), visitor, &work.tab).await? else {
                return Ok(None);
            };
            if stored.attempt.facts.serial != work.attempt.facts.serial {
                return Ok(None);
            }
            let Some(next) = self.advanced(Attempt::clone(&stored.attempt), event, ClaimMark::Removed) else {
                return Ok(None);
            };
            let moved = self.parts.store.move_on(Move {
                visit: visitor.key(),
                tab: &work.tab,
                expected: stored.revision,
                left: Arc::unwrap_or_clone(stored.attempt).left_behind(masked_id.clone(), self.now()),
                to: HashedId::of_visit(&visit),
                attempt: next.clone(),
            });
            if let Some(gone) = moved.await.map_err(FlowError::storing_attempt)? {
                self.give_back_unclaimed(gone);
                return Ok(Some(Outcome {
                    moved_to: Some(visit),
                    ..Outcome::new(work.tab, next)
                }));
            }
        }
    }
}
