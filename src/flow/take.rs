//! Taking an attempt for one request, so that no other request acts on it meanwhile.

use std::time::Duration;

use super::{FirstForm, Flow, FlowError, Turn, Visitor};
use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::{Place, Tab};
use crate::domain::session::after;
use crate::session::Stored;

/// A second press of the button comes within this time; a form used again later is meant.
const DOUBLE_PRESS: Duration = Duration::from_secs(2);

/// An attempt that this request may act on.
#[derive(Debug)]
pub(super) struct Work {
    /// Its reference.
    pub(super) tab: Tab,
    /// Its state.
    pub(super) attempt: Attempt,
}

/// Whether the attempt was to be had.
#[derive(Debug)]
pub(super) enum Taken {
    /// This request acts.
    Mine(Work),
    /// Another one did, or the page was old: show what there is.
    Led(Turn),
}

/// What an old page means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldPage {
    /// Show where the attempt stands now.
    LeadsOn,
    /// The first form, reached by "back": the customer starts over on purpose.
    StartsOver,
}

impl Flow {
    /// Takes the attempt. A double submit waits here until the first one is done and is shown its result.
    pub(super) async fn take(
        &self,
        visitor: &Visitor,
        place: &Place,
        old_page: OldPage,
        form: Option<&FirstForm>,
    ) -> Result<Taken, FlowError> {
        loop {
            let Some(stored) = self.load(visitor, &place.tab).await? else {
                let mut fresh = self.start_again(visitor, None).await?;
                fresh.attempt = filled(fresh.attempt, form);
                return Ok(Taken::Led(fresh));
            };
            let now = self.now();
            let Stored { attempt, revision } = stored;
            let is_finished = matches!(attempt.stage, Stage::Finished { .. });
            if attempt.is_expired(now) && !is_finished {
                let gone = Stored {
                    attempt: filled(attempt, form),
                    revision,
                };
                let fresh = self.start_over(visitor, &place.tab, gone).await?;
                return Ok(Taken::Led(fresh));
            }
            if is_finished || attempt.has_tokens() {
                return Ok(Taken::Led(
                    self.complete(visitor, place.tab.clone(), attempt).await?,
                ));
            }
            if attempt.is_busy(now) {
                self.until_changed(visitor, &place.tab, revision, &attempt)
                    .await?;
                let turn = Box::pin(self.look(visitor, Some(&place.tab))).await?;
                return Ok(Taken::Led(
                    self.complete(visitor, turn.tab, turn.attempt).await?,
                ));
            }
            let is_old = attempt.facts.serial != place.serial;
            let is_meant = old_page == OldPage::StartsOver
                && now >= after(attempt.facts.changed, DOUBLE_PRESS);
            if is_old && !is_meant {
                return Ok(Taken::Led(Turn::new(place.tab.clone(), attempt)));
            }
            let mut mine = if is_old {
                attempt.renewed(None, now, &self.parts.settings.rules)
            } else {
                attempt
            };
            mine.facts.busy_until = Some(after(now, self.parts.settings.call_limit));
            mine = filled(mine, form);
            if self
                .replace(visitor, &place.tab, revision, mine.clone())
                .await?
            {
                return Ok(Taken::Mine(Work {
                    tab: place.tab.clone(),
                    attempt: mine,
                }));
            }
        }
    }

    async fn until_changed(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        revision: u64,
        attempt: &Attempt,
    ) -> Result<(), FlowError> {
        let deadline = attempt.facts.busy_until.unwrap_or(attempt.facts.expires);
        tokio::select! {
            changed = self.parts.store.changed(visitor.key(), tab, revision) => {
                changed.map_err(FlowError::reading_attempt)
            }
            () = self.parts.clock.sleep_until(deadline) => Ok(()),
        }
    }

    pub(super) async fn tabs(&self, visitor: &Visitor) -> Result<Vec<Tab>, FlowError> {
        self.parts
            .store
            .tabs(visitor.key())
            .await
            .map_err(FlowError::reading_attempt)
    }

    pub(super) async fn load(
        &self,
        visitor: &Visitor,
        tab: &Tab,
    ) -> Result<Option<Stored>, FlowError> {
        self.parts
            .store
            .load(visitor.key(), tab)
            .await
            .map_err(FlowError::reading_attempt)
    }

    pub(super) async fn replace(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        expected: u64,
        attempt: Attempt,
    ) -> Result<bool, FlowError> {
        let replaced = self
            .parts
            .store
            .replace(visitor.key(), tab, expected, attempt)
            .await;
        replaced.map_err(FlowError::storing_attempt)
    }
}

/// The attempt with what was just typed, which an old page must not lose (SEC-105).
fn filled(mut attempt: Attempt, form: Option<&FirstForm>) -> Attempt {
    if let Some(form) = form {
        attempt.facts.login = Some(form.login.clone());
        attempt.facts.remember = form.remember;
    }
    attempt
}
