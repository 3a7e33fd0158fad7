//! Storing what an attempt became.

use super::take::Work;
use super::{Flow, FlowError, Turn, Visitor};
use crate::domain::attempt::{Attempt, Event, advance};
use crate::domain::ids::Tab;
use crate::domain::session::Tokens;

/// Whether the request that settles is the one that took the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is: its mark is taken off.
    Clear,
    /// It is, and goes on: its mark stays.
    Keep,
    /// It is a poll, which took no mark.
    Foreign,
}

impl Flow {
    /// Applies the event and stores the result, then starts the session if that was the last factor.
    pub(super) async fn settle(
        &self,
        visitor: &Visitor,
        work: Work,
        event: Event,
    ) -> Result<Turn, FlowError> {
        if matches!(event, Event::Accepted { .. } | Event::Proven { .. })
            && let Some(turn) = Box::pin(self.complete_at_once(visitor, &work, &event)).await?
        {
            return Ok(turn);
        }
        if event.moves_on()
            && let Some(turn) = Box::pin(self.move_on(visitor, &work, &event)).await?
        {
            return Ok(turn);
        }
        let serial = work.attempt.facts.serial;
        let attempt = self
            .apply(visitor, &work.tab, serial, event, Mark::Clear)
            .await?;
        match attempt {
            // The attempt moved on under our hands, as when a poll brought its approval: our mark is still on it.
            Some(attempt) if attempt.facts.busy_until.is_some() => {
                let turn = Box::pin(self.release(visitor, work)).await?;
                self.complete(visitor, turn.tab, turn.attempt).await
            }
            Some(attempt) => self.complete(visitor, work.tab, attempt).await,
            None => self.start_again(visitor, Some(&work.attempt)).await,
        }
    }

    /// Applies the event if the attempt still shows the step `serial`, and answers what the attempt is now; `None` when
    /// it is gone.
    ///
    /// An event that comes too late is dropped, and what it carried is given back to Okta.
    pub(super) async fn apply(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        serial: u32,
        event: Event,
        mark: Mark,
    ) -> Result<Option<Attempt>, FlowError> {
        loop {
            let Some(stored) = self.load(visitor, tab).await? else {
                self.disown(visitor, event);
                return Ok(None);
            };
            if stored.attempt.facts.serial != serial {
                self.disown(visitor, event);
                return Ok(Some(stored.attempt));
            }
            let Some(next) = self.advanced(stored.attempt.clone(), &event, mark) else {
                self.disown(visitor, event);
                return Ok(Some(stored.attempt));
            };
            if self
                .replace(visitor, tab, stored.revision, next.clone())
                .await?
            {
                return Ok(Some(next));
            }
        }
    }

    pub(super) fn advanced(&self, attempt: Attempt, event: &Event, mark: Mark) -> Option<Attempt> {
        match advance(
            attempt,
            event.clone(),
            &self.parts.settings.rules,
            self.now(),
        ) {
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

    /// Takes the mark off without any event.
    pub(super) async fn release(&self, visitor: &Visitor, work: Work) -> Result<Turn, FlowError> {
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
                return Ok(Turn::new(work.tab, attempt));
            }
        }
    }

    /// Tokens that nobody will use are revoked.
    fn disown(&self, visitor: &Visitor, event: Event) {
        if let Event::Accepted { tokens, .. } | Event::Proven { tokens, .. } = event {
            tracing::info!("tokens arrived for an attempt that had moved on; they are revoked");
            self.give_back(Tokens::from(tokens), &visitor.requester());
        }
    }
}
