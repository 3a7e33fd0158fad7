//! Writes what Okta said into its attempt, and sees to the tokens when that fails.
//!
//! Tokens that came with an event belong in one place: the attempt, the session that it became, or a revocation at
//! Okta. When the store did not say what it has done, they are revoked only once it is certain that neither attempt nor
//! session has them.

use std::time::Duration;

use jiff::Timestamp;

use super::commit::Mark;
use crate::domain::attempt::{Attempt, Event, Stage};
use crate::domain::ids::Tab;
use crate::domain::session::{Tokens, after};
use crate::flow::{Flow, FlowError, Visitor};
use crate::session::{ChangeError, HashedId};

/// The pause before the store is asked again what became of an event with tokens.
const PAUSE: Duration = Duration::from_secs(5);

/// What the store may have done without having said so.
#[derive(Debug, Default)]
pub(in crate::flow) struct Doubt {
    /// A session with this id may have started with the tokens.
    pub(in crate::flow) session: Option<HashedId>,
    /// The attempt may hold them.
    attempt: bool,
}

impl Doubt {
    fn is_none(&self) -> bool {
        self.session.is_none() && !self.attempt
    }
}

/// What came of an event.
enum Applied {
    /// The attempt as it is now.
    Next(Attempt),
    /// The event came too late: the attempt had become this, or was gone.
    TooLate(Option<Attempt>),
}

impl Flow {
    /// Applies the event if the attempt still shows the step `serial`, and returns what the attempt is now; `None` when
    /// it is gone.
    ///
    /// An event that comes too late is dropped, and the tokens it carried are revoked.
    pub(in crate::flow) async fn apply(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        serial: u32,
        event: Event,
        mark: Mark,
    ) -> Result<Option<Attempt>, FlowError> {
        self.apply_in_doubt(visitor, (tab, serial), event, mark, Doubt::default())
            .await
    }

    /// Like [`apply`](Self::apply), for an event that may have been applied already.
    pub(in crate::flow) async fn apply_in_doubt(
        &self,
        visitor: &Visitor,
        (tab, serial): (&Tab, u32),
        event: Event,
        mark: Mark,
        mut doubt: Doubt,
    ) -> Result<Option<Attempt>, FlowError> {
        let applied = self
            .try_to_apply(visitor, (tab, serial), &event, mark, &mut doubt)
            .await;
        if applied.is_err() && has_tokens(&event) {
            let (flow, visitor, tab) = (self.clone(), visitor.clone(), *tab);
            drop(tokio::spawn(async move {
                flow.apply_later(&visitor, (&tab, serial), event, mark, doubt).await;
            }));
        }
        applied
    }

    /// Keeps asking until the store says where the tokens of an event are, for as long as its sign-in may last.
    async fn apply_later(
        &self,
        visitor: &Visitor,
        (tab, serial): (&Tab, u32),
        event: Event,
        mark: Mark,
        mut doubt: Doubt,
    ) {
        let over = after(self.now(), self.parts.settings.rules.lifetime);
        while self.now() < over {
            let next = after(self.now(), PAUSE);
            self.parts.clock.sleep_until(next).await;
            let applying = self.try_to_apply(visitor, (tab, serial), &event, mark, &mut doubt);
            if applying.await.is_ok() {
                return;
            }
        }
        if doubt.is_none() {
            self.disown(visitor, &event);
        } else {
            tracing::error!(
                "what Okta gave for a sign-in may be in the store or not; it is not revoked and expires by itself"
            );
        }
    }

    async fn try_to_apply(
        &self,
        visitor: &Visitor,
        place: (&Tab, u32),
        event: &Event,
        mark: Mark,
        doubt: &mut Doubt,
    ) -> Result<Option<Attempt>, FlowError> {
        match self.write(visitor, place, event, mark, doubt).await? {
            Applied::Next(attempt) => Ok(Some(attempt)),
            Applied::TooLate(found) => {
                if !self.is_kept(found.as_ref(), doubt).await? {
                    self.disown(visitor, event);
                }
                Ok(found)
            }
        }
    }

    async fn write(
        &self,
        visitor: &Visitor,
        (tab, serial): (&Tab, u32),
        event: &Event,
        mark: Mark,
        doubt: &mut Doubt,
    ) -> Result<Applied, FlowError> {
        loop {
            let Some(stored) = self.load(visitor, tab).await? else {
                return Ok(Applied::TooLate(None));
            };
            if stored.attempt.facts.serial != serial {
                return Ok(Applied::TooLate(Some(stored.attempt)));
            }
            let Some(mut next) = self.advanced(stored.attempt.clone(), event, mark) else {
                return Ok(Applied::TooLate(Some(stored.attempt)));
            };
            if mark == Mark::Foreign && is_taken_back(&stored.attempt, &next, event, self.now()) {
                let unheard = Event::StillPending(None);
                let Some(as_before) = self.advanced(stored.attempt.clone(), &unheard, mark) else {
                    return Ok(Applied::TooLate(Some(stored.attempt)));
                };
                next = as_before;
            }
            let (store, visit) = (&self.parts.store, visitor.key());
            let replaced = store.replace(visit, tab, stored.revision, next.clone());
            match replaced.await {
                Ok(true) => return Ok(Applied::Next(next)),
                Ok(false) => {}
                Err(error) => {
                    doubt.attempt |= matches!(error, ChangeError::Unknown(_));
                    return Err(FlowError::storing_attempt(error));
                }
            }
        }
    }

    /// Whether the attempt, or the session that it became, may hold the tokens of an event that came too late because
    /// it had already been applied.
    async fn is_kept(&self, found: Option<&Attempt>, doubt: &Doubt) -> Result<bool, FlowError> {
        if doubt.is_none() {
            return Ok(false);
        }
        let has_them = |attempt: &Attempt| matches!(attempt.stage, Stage::Approved { .. } | Stage::Finished { .. });
        if found.is_some_and(has_them) {
            return Ok(true);
        }
        let Some(session) = doubt.session else {
            return Ok(false);
        };
        let live = self.parts.store.session(session).await;
        live.map_err(FlowError::reading_session).map(|live| live.is_some())
    }

    /// Revokes tokens that will not be used.
    fn disown(&self, visitor: &Visitor, event: &Event) {
        if let Event::Accepted { tokens, .. } | Event::Proven { tokens, .. } = event {
            tracing::info!("tokens arrived for an attempt that had moved on; they are revoked");
            self.give_back(Tokens::from(tokens.clone()), &visitor.requester());
        }
    }
}

/// Whether a poll would take the step away from a request that has claimed the attempt. While that request asks for a
/// new push, Okta may already call the old one expired. If it gets none, the next poll hears the same again.
fn is_taken_back(before: &Attempt, after: &Attempt, event: &Event, now: Timestamp) -> bool {
    let is_refusal = matches!(event, Event::Refused { .. });
    is_refusal && before.is_busy(now) && before.facts.serial != after.facts.serial
}

fn has_tokens(event: &Event) -> bool {
    matches!(event, Event::Accepted { .. } | Event::Proven { .. })
}
