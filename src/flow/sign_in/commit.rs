//! Storing the result of an event.

use std::sync::Arc;

use super::apply::Doubt;
use super::claim::Work;
use super::finish::AtOnce;
use crate::domain::attempt::Event;
use crate::flow::{Flow, FlowError, Outcome, Visitor};

impl Flow {
    /// Applies the event and stores the result, then starts the session if that was the last factor.
    pub(in crate::flow) async fn commit(
        &self,
        visitor: &Visitor,
        mut work: Work,
        event: Event,
    ) -> Result<Outcome, FlowError> {
        Box::pin(self.note_event(visitor, &work.attempt.facts, &event)).await;
        let mut doubt = Doubt::default();
        if matches!(event, Event::Accepted { .. } | Event::Proven { .. }) {
            match Box::pin(self.start_at_once(visitor, &work, &event)).await? {
                AtOnce::Done(outcome) => return Ok(*outcome),
                AtOnce::Apart => {}
                AtOnce::Unknown(session) => doubt.session = Some(session),
            }
        }
        if let Some((account, factor)) = work.accepted_try.take() {
            self.parts.limits.sign_in_passed(&account, factor).await;
        }
        if event.moves_on()
            && let Some(outcome) = Box::pin(self.move_on(visitor, &work, &event)).await?
        {
            return Ok(outcome);
        }
        let applying = Box::pin(self.apply_in_doubt(visitor, work.step(), work.stored(), event, doubt));
        match applying.await? {
            // The attempt moved on meanwhile, for example because a poll brought its approval: our claim is still on
            // it.
            Some(attempt) if attempt.facts.busy_until.is_some() => {
                let outcome = Box::pin(self.abandon(visitor, work)).await?;
                self.complete(visitor, outcome).await
            }
            Some(attempt) => {
                let outcome = Outcome::new(work.tab, Arc::unwrap_or_clone(attempt));
                self.complete(visitor, outcome).await
            }
            None => Ok(self.start_again(visitor, Some(&work.attempt))),
        }
    }

    /// Gives up the claim without an event.
    pub(in crate::flow) async fn abandon(&self, visitor: &Visitor, work: Work) -> Result<Outcome, FlowError> {
        loop {
            let Some(stored) = self.load(visitor, &work.tab).await? else {
                return Ok(self.start_again(visitor, Some(&work.attempt)));
            };
            let mut attempt = Arc::unwrap_or_clone(stored.attempt);
            attempt.facts.busy_until = None;
            if self
                .replace(visitor, &work.tab, stored.revision, attempt.clone())
                .await?
            {
                return Ok(Outcome::new(work.tab, attempt));
            }
        }
    }
}
