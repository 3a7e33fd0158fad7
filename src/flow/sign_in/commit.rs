//! Storing what an attempt became.

use super::apply::Doubt;
use super::claim::Work;
use super::finish::AtOnce;
use crate::domain::attempt::{Attempt, Event, advance};
use crate::flow::{Flow, FlowError, Outcome, Visitor};

/// How the request that commits relates to the mark of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum Mark {
    /// It claimed the attempt: its mark is removed.
    Clear,
    /// It claimed the attempt and continues: its mark stays.
    Keep,
    /// It is a poll, which set no mark.
    Foreign,
}

impl Flow {
    /// Applies the event and stores the result, then starts the session if that was the last factor.
    pub(in crate::flow) async fn commit(
        &self,
        visitor: &Visitor,
        work: Work,
        event: Event,
    ) -> Result<Outcome, FlowError> {
        let mut doubt = Doubt::default();
        if matches!(event, Event::Accepted { .. } | Event::Proven { .. }) {
            match Box::pin(self.complete_at_once(visitor, &work, &event)).await? {
                AtOnce::Done(outcome) => return Ok(*outcome),
                AtOnce::No => {}
                AtOnce::Unknown(session) => doubt.session = Some(session),
            }
        }
        if event.moves_on()
            && let Some(outcome) = Box::pin(self.move_on(visitor, &work, &event)).await?
        {
            return Ok(outcome);
        }
        let serial = work.attempt.facts.serial;
        let applying = self.apply_in_doubt(visitor, (&work.tab, serial), event, Mark::Clear, doubt);
        let attempt = applying.await?;
        match attempt {
            // The attempt moved on meanwhile, as when a poll brought its approval: our mark is still on it.
            Some(attempt) if attempt.facts.busy_until.is_some() => {
                let outcome = Box::pin(self.abandon(visitor, work)).await?;
                self.complete(visitor, outcome.tab, outcome.attempt).await
            }
            Some(attempt) => self.complete(visitor, work.tab, attempt).await,
            None => self.start_again(visitor, Some(&work.attempt)).await,
        }
    }

    pub(in crate::flow) fn advanced(&self, attempt: Attempt, event: &Event, mark: Mark) -> Option<Attempt> {
        match advance(attempt, event.clone(), &self.parts.settings.rules, self.now()) {
            Ok(mut next) => {
                if mark == Mark::Clear {
                    next.facts.busy_until = None;
                }
                Some(next)
            }
            Err(illegal) => {
                tracing::warn!(%illegal, "an event did not fit the stage and was dropped");
                None
            }
        }
    }

    /// Removes the mark without any event.
    pub(in crate::flow) async fn abandon(&self, visitor: &Visitor, work: Work) -> Result<Outcome, FlowError> {
        loop {
            let Some(stored) = self.load(visitor, &work.tab).await? else {
                return self.start_again(visitor, Some(&work.attempt)).await;
            };
            let mut attempt = stored.attempt;
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
