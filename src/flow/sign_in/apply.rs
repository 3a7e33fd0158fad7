//! Applies Okta's answer to its attempt, and keeps track of the tokens when that fails.
//!
//! Tokens that came with an event belong in one place: the attempt, the session that it became, or a revocation at
//! Okta. When the outcome of a write is unknown, they are revoked only once it is certain that neither attempt nor
//! session has them.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::attempt::{Attempt, Event, Stage, advance};
use crate::domain::ids::FormReference;
use crate::domain::session::{Tokens, after};
use crate::flow::{Flow, FlowError, Visitor, of_this_request};
use crate::session::{ChangeError, HashedId, Stored};

/// The pause before the store is asked again for the outcome of an event with tokens.
const PAUSE: Duration = Duration::from_secs(5);

/// What happens, when an event is applied, to the mark that claims an attempt for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum ClaimMark {
    /// The request that set it has done its work: it is removed.
    Removed,
    /// The request that set it goes on: it is kept.
    Kept,
    /// A poll or a timer, which set none: another request's mark is kept.
    NotOurs,
}

/// Changes that the store may have made without confirming them.
#[derive(Debug, Default)]
pub(in crate::flow) struct Doubt {
    /// A session with this id may have started with the tokens.
    pub(in crate::flow) session: Option<HashedId>,
    /// The attempt may have the tokens.
    attempt: bool,
}

impl Doubt {
    fn is_none(&self) -> bool {
        self.session.is_none() && !self.attempt
    }
}

/// The outcome of an event.
enum Applied {
    /// The attempt as it is now.
    Next(Arc<Attempt>),
    /// The event came too late: the attempt had moved on to this, or was gone.
    TooLate(Option<Arc<Attempt>>),
}

/// An event for the step of an attempt that a form or a page shows.
#[derive(Debug, Clone, Copy)]
struct StepEvent<'a> {
    visitor: &'a Visitor,
    step: FormReference,
    /// The attempt as the caller stored it, if it did.
    known: Option<&'a Stored>,
    event: &'a Event,
    claim: ClaimMark,
}

impl Flow {
    /// Applies the event if the attempt still shows this step, and returns what the attempt is now; `None` when it is
    /// gone.
    ///
    /// An event that comes too late is dropped, and the tokens it carried are revoked.
    pub(in crate::flow) async fn apply(
        &self,
        visitor: &Visitor,
        step: FormReference,
        event: Event,
        claim: ClaimMark,
    ) -> Result<Option<Arc<Attempt>>, FlowError> {
        let what = StepEvent {
            visitor,
            step,
            known: None,
            event: &event,
            claim,
        };
        self.apply_or_retry(what, Doubt::default()).await
    }

    /// Applies the event of the request that claimed the attempt, and removes its claim. The event may have been
    /// applied already.
    pub(in crate::flow) async fn apply_in_doubt(
        &self,
        visitor: &Visitor,
        step: FormReference,
        known: Option<Stored>,
        event: Event,
        doubt: Doubt,
    ) -> Result<Option<Arc<Attempt>>, FlowError> {
        let what = StepEvent {
            visitor,
            step,
            known: known.as_ref(),
            event: &event,
            claim: ClaimMark::Removed,
        };
        self.apply_or_retry(what, doubt).await
    }

    /// Where it fails, tokens that came with the event are not lost: it is applied later.
    async fn apply_or_retry(&self, what: StepEvent<'_>, mut doubt: Doubt) -> Result<Option<Arc<Attempt>>, FlowError> {
        let applied = self.try_to_apply(what, &mut doubt).await;
        if applied.is_err() && has_tokens(what.event) {
            let (flow, visitor, event) = (self.clone(), what.visitor.clone(), what.event.clone());
            let StepEvent { step, claim, .. } = what;
            drop(tokio::spawn(of_this_request(async move {
                let what = StepEvent {
                    visitor: &visitor,
                    step,
                    known: None,
                    event: &event,
                    claim,
                };
                flow.apply_later(what, doubt).await;
            })));
        }
        applied
    }

    /// Keeps asking until the store says where the tokens of an event are, until the sign-in expires.
    async fn apply_later(&self, what: StepEvent<'_>, mut doubt: Doubt) {
        let over = after(self.now(), self.parts.settings.rules.lifetime);
        while self.now() < over {
            let next = after(self.now(), PAUSE);
            self.parts.clock.sleep_until(next).await;
            if self.try_to_apply(what, &mut doubt).await.is_ok() {
                return;
            }
        }
        if doubt.is_none() {
            self.disown(what);
        } else {
            tracing::error!(
                "it is unknown whether a sign-in's tokens were stored; they are not revoked and will expire"
            );
        }
    }

    async fn try_to_apply(&self, what: StepEvent<'_>, doubt: &mut Doubt) -> Result<Option<Arc<Attempt>>, FlowError> {
        match self.write(what, doubt).await? {
            Applied::Next(attempt) => Ok(Some(attempt)),
            Applied::TooLate(found) => {
                if !self.is_kept(found.as_deref(), doubt).await? {
                    self.disown(what);
                }
                Ok(found)
            }
        }
    }

    async fn write(&self, what: StepEvent<'_>, doubt: &mut Doubt) -> Result<Applied, FlowError> {
        let StepEvent { visitor, step, .. } = what;
        let mut known = what.known.cloned();
        loop {
            let stored = self.known_or_loaded(known.take(), visitor, &step.tab).await?;
            let Some(Stored { attempt, revision }) = stored else {
                return Ok(Applied::TooLate(None));
            };
            if attempt.facts.serial != step.serial {
                return Ok(Applied::TooLate(Some(attempt)));
            }
            let Some(next) = self.advanced(Attempt::clone(&attempt), what.event, what.claim) else {
                return Ok(Applied::TooLate(Some(attempt)));
            };
            if what.claim == ClaimMark::NotOurs && self.is_taken_back(&attempt, &next, what.event) {
                self.until_changed(visitor, &step.tab, revision, &attempt).await?;
                continue;
            }
            let (store, next) = (&self.parts.store, Arc::new(next));
            let replaced = store.replace(visitor.key(), &step.tab, revision, Arc::clone(&next));
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

    /// Whether a poll would change the step of an attempt that another request has claimed. It waits until that request
    /// is done: if a new push was sent, the end of the old one no longer counts, and otherwise it does.
    fn is_taken_back(&self, before: &Attempt, after: &Attempt, event: &Event) -> bool {
        let is_refusal = matches!(event, Event::Refused { .. });
        is_refusal && before.facts.serial != after.facts.serial && before.is_busy(self.now())
    }

    /// Feeds the event to the attempt; `None` when it does not fit the stage.
    pub(in crate::flow) fn advanced(&self, attempt: Attempt, event: &Event, claim: ClaimMark) -> Option<Attempt> {
        match advance(attempt, event.clone(), &self.parts.settings.rules, self.now()) {
            Ok(mut next) => {
                if claim == ClaimMark::Removed {
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

    /// Revokes tokens that no attempt and no session has.
    fn disown(&self, what: StepEvent<'_>) {
        if let Event::Accepted { tokens, .. } | Event::Proven { tokens, .. } = what.event {
            tracing::info!("tokens arrived for an attempt that had moved on; they are revoked");
            self.give_back(Tokens::from(tokens.clone()), &what.visitor.requester());
        }
    }
}

fn has_tokens(event: &Event) -> bool {
    matches!(event, Event::Accepted { .. } | Event::Proven { .. })
}
