//! "Not you? Start again."

use std::sync::Arc;

use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::Tab;
use crate::domain::problem::Problem;
use crate::flow::{Flow, FlowError, Outcome, Visitor};

impl Flow {
    /// Discards the name and the accepted factors; keeps the destination.
    pub async fn restart(&self, visitor: &Visitor, tab: Option<&Tab>) -> Result<Outcome, FlowError> {
        let outcome = self.look(visitor, tab).await?;
        // The attempt moved on with the browser that pressed the button; this browser did not get that answer.
        let is_lost = matches!(outcome.attempt.stage, Stage::Moved { .. });
        let problem = is_lost.then_some(Problem::StartAgain);
        let anew = |attempt: &Attempt| {
            let mut fresh = attempt.renewed(problem, self.now(), &self.parts.settings.rules);
            (fresh.facts.login, fresh.facts.remember) = (None, false);
            fresh
        };
        loop {
            let Some(stored) = self.load(visitor, &outcome.tab).await? else {
                return Ok(self.opened(anew(&outcome.attempt)));
            };
            let fresh = anew(&stored.attempt);
            if self
                .replace(visitor, &outcome.tab, stored.revision, fresh.clone())
                .await?
            {
                if let Some(tokens) = Arc::unwrap_or_clone(stored.attempt).into_tokens() {
                    // Nothing will claim them now.
                    self.give_back(tokens, &visitor.requester());
                }
                return Ok(Outcome::new(outcome.tab, fresh));
            }
        }
    }
}
