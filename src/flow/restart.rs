//! "Not you? Start again."

use super::{Flow, FlowError, Turn, Visitor};
use crate::domain::ids::Tab;

impl Flow {
    /// Forgets who was signing in and what was accepted; keeps where they were going.
    pub async fn restart(&self, visitor: &Visitor, tab: Option<&Tab>) -> Result<Turn, FlowError> {
        let turn = self.look(visitor, tab).await?;
        loop {
            let Some(stored) = self.load(visitor, &turn.tab).await? else {
                return self.start_again(visitor, Some(&turn.attempt)).await;
            };
            let mut fresh = stored
                .attempt
                .renewed(None, self.now(), &self.parts.settings.rules);
            (fresh.facts.login, fresh.facts.remember) = (None, false);
            if self
                .replace(visitor, &turn.tab, stored.revision, fresh.clone())
                .await?
            {
                if let Some(tokens) = stored.attempt.into_tokens() {
                    // Nobody will claim them now.
                    self.give_back(tokens, &visitor.requester());
                }
                return Ok(Turn::new(turn.tab, fresh));
            }
        }
    }
}
