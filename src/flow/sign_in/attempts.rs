//! The attempts in the store.

use std::sync::Arc;

use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::flow::{Flow, FlowError, Visitor};
use crate::session::Stored;

impl Flow {
    pub(in crate::flow) async fn tabs(&self, visitor: &Visitor) -> Result<Vec<Tab>, FlowError> {
        self.parts
            .store
            .tabs(visitor.key())
            .await
            .map_err(FlowError::reading_attempt)
    }

    pub(in crate::flow) async fn load(&self, visitor: &Visitor, tab: &Tab) -> Result<Option<Stored>, FlowError> {
        self.parts
            .store
            .load(visitor.key(), tab)
            .await
            .map_err(FlowError::reading_attempt)
    }

    /// The attempt as it is already known, or else from the store.
    pub(in crate::flow) async fn known_or_loaded(
        &self,
        known: Option<Stored>,
        visitor: &Visitor,
        tab: &Tab,
    ) -> Result<Option<Stored>, FlowError> {
        match known {
            Some(known) => Ok(Some(known)),
            None => self.load(visitor, tab).await,
        }
    }

    pub(in crate::flow) async fn replace(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        expected: u64,
        attempt: impl Into<Arc<Attempt>>,
    ) -> Result<bool, FlowError> {
        let replaced = self
            .parts
            .store
            .replace(visitor.key(), tab, expected, attempt.into())
            .await;
        replaced.map_err(FlowError::storing_attempt)
    }

    /// The other tabs of this browser have nothing left to prove; they keep only their destinations.
    pub(in crate::flow) async fn finish_other_tabs(
        &self,
        visitor: &Visitor,
        mine: &Tab,
        is_only_tab: bool,
    ) -> Result<(), FlowError> {
        let others = visitor.others.iter().map(|visit| Visitor {
            visit: visit.clone(),
            ..visitor.clone()
        });
        let this = (!is_only_tab).then(|| visitor.clone());
        for visitor in this.into_iter().chain(others) {
            for tab in self.tabs(&visitor).await? {
                if tab == *mine {
                    continue;
                }
                while let Some(stored) = self.load(&visitor, &tab).await? {
                    if stored.attempt.stage.is_over() {
                        break;
                    }
                    if self.close_tab(&visitor, &tab, stored).await? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Keeps only the destination of an attempt, and revokes its tokens; returns whether the attempt was still
    /// unchanged.
    pub(in crate::flow) async fn close_tab(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        stored: Stored,
    ) -> Result<bool, FlowError> {
        let mut done = Attempt::clone(&stored.attempt);
        done.close(self.now());
        let is_closed = self.replace(visitor, tab, stored.revision, done).await?;
        if is_closed && let Some(tokens) = Arc::unwrap_or_clone(stored.attempt).into_tokens() {
            self.give_back(tokens, &visitor.requester());
        }
        Ok(is_closed)
    }
}
