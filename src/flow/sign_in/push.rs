//! Waiting for the phone.
//!
//! The connection that waits does the polling: without a waiting page there are no polls. The attempt holds the time of
//! the next poll and a short mark of the request that polls, so that ten tabs make one call per interval. The call runs
//! to completion even when the connection that started it is gone, because its answer may be the only approval.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{Poll, PushPending};

use super::apply::ClaimMark;
use super::okta_answers::OktaQuestion;
use super::open_waits::{Listening, SCOPE};
use crate::domain::attempt::{Attempt, Event, Origin, PushStage, Stage};
use crate::domain::factor::Factor;
use crate::domain::ids::{FormReference, Tab};
use crate::domain::problem::{Problem, Refusal};
use crate::domain::session::after;
use crate::domain::step::PushEnd;
use crate::flow::finishes::finishes;
use crate::flow::okta_call::{Outage, without_state};
use crate::flow::{Flow, FlowError, Outcome, RequestOrigin, Visitor};
use crate::limits::Share;
use crate::session::Stored;

/// What a waiting page receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Okta accepted the push: load the page again.
    Approved,
    /// The customer declined.
    Denied,
    /// The push expired without an answer.
    Expired,
    /// Something else ended the wait, such as another choice in a second tab; the page says what.
    Retry,
}

/// The result of one round of handling a push.
enum PollResult {
    /// The attempt may have changed: look again.
    Changed,
    /// The wait has ended with this signal; `None` when the push is still waiting.
    Over(Option<Signal>),
    /// There is nothing to do before this time, or before the attempt changes.
    Waits { wake: Timestamp, revision: u64 },
}

impl Flow {
    /// Registers one more wait for this visit.
    pub fn listen(&self, visitor: &Visitor) -> Listening {
        let (listening, ended_another) = Arc::clone(&self.listeners).open(visitor.key(), visitor.address);
        if ended_another {
            self.parts.observer.throttled(SCOPE);
        }
        listening
    }

    /// Ends every wait, including those that begin later: their pages then reconnect, to another replica or to the next
    /// process.
    pub fn ends_waits(&self) {
        self.listeners.end_all();
    }

    /// Waits until the push of this attempt has ended, polling Okta meanwhile; `None` when it has not ended by `until`,
    /// or somewhat later when Okta is slow.
    pub async fn wait(&self, visitor: &Visitor, tab: &Tab, until: Timestamp) -> Result<Option<Signal>, FlowError> {
        self.watch(visitor, tab, None, until).await
    }

    /// "I have approved it": polls Okta once, as soon as its interval allows, and shows the result.
    pub async fn check_push(&self, visitor: Visitor, tab: Tab) -> Result<Outcome, FlowError> {
        let Some(stored) = self.load(&visitor, &tab).await? else {
            return Ok(self.start_again(&visitor, None));
        };
        if let Some(push) = waiting(&stored.attempt) {
            self.watch(&visitor, &tab, Some(push.next_poll), push.expires).await?;
        }
        let outcome = self.look(&visitor, Some(&tab)).await?;
        self.complete(&visitor, outcome).await
    }

    /// Polls Okta whenever a poll is due, until the push has ended or `until` has come; with `once`, until the poll
    /// that was due at that time has been answered. `None` when the push is still waiting.
    async fn watch(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        once: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<Option<Signal>, FlowError> {
        loop {
            // Boxed, and dropped before the wait: thousands wait at the same time, and none needs the attempt
            // meanwhile.
            match Box::pin(self.tend(visitor, tab, once)).await? {
                PollResult::Changed => {}
                PollResult::Over(end) => return Ok(end),
                // One timer for both moments, for the same reason.
                PollResult::Waits { wake, revision } => tokio::select! {
                    changed = self.parts.store.changed(visitor.key(), tab, revision) => {
                        changed.map_err(FlowError::reading_attempt)?;
                    }
                    () = self.parts.clock.sleep_until(wake.min(until)) => if until < wake {
                        return Ok(None);
                    },
                },
            }
        }
    }

    /// Does what is due for a push, and returns what to do next.
    async fn tend(&self, visitor: &Visitor, tab: &Tab, once: Option<Timestamp>) -> Result<PollResult, FlowError> {
        let Some(stored) = self.load(visitor, tab).await? else {
            return Ok(PollResult::Over(Some(Signal::Retry)));
        };
        let Some(push) = waiting(&stored.attempt) else {
            return Ok(PollResult::Over(Some(signal(&stored.attempt))));
        };
        let now = self.now();
        // A request has claimed the attempt, perhaps to replace this push with a new one: it takes precedence.
        if let Some(until) = stored.attempt.busy_until(now) {
            return Ok(PollResult::Waits {
                wake: until,
                revision: stored.revision,
            });
        }
        if now >= push.expires {
            self.expire(visitor, tab, &stored.attempt).await?;
            return Ok(PollResult::Changed);
        }
        if once.is_some_and(|due| push.next_poll > due) && !is_polled(push, now) {
            return Ok(PollResult::Over(None));
        }
        if now >= push.next_poll && !is_polled(push, now) {
            self.poll_to_the_end(visitor, tab, &stored).await?;
            return Ok(PollResult::Changed);
        }
        let wake = push
            .polling_until
            .filter(|until| now < *until)
            .unwrap_or(push.next_poll)
            .min(push.expires);
        Ok(PollResult::Waits {
            wake,
            revision: stored.revision,
        })
    }

    async fn expire(&self, visitor: &Visitor, tab: &Tab, attempt: &Attempt) -> Result<(), FlowError> {
        let event = Event::Refused {
            factor: Factor::Push,
            refusal: Refusal::ChallengeExpired,
        };
        self.tell_of_refusal(Factor::Push, "expired", None);
        Box::pin(self.note_event(visitor, &attempt.facts, &event)).await;
        self.apply(visitor, attempt.form_ref(*tab), event, ClaimMark::NotOurs)
            .await
            .map(drop)
    }

    /// Marks the attempt as being polled and polls Okta; does nothing when another request was quicker.
    async fn poll_to_the_end(&self, visitor: &Visitor, tab: &Tab, stored: &Stored) -> Result<(), FlowError> {
        let mut marked = Attempt::clone(&stored.attempt);
        let Stage::Push(push) = &mut marked.stage else {
            return Ok(());
        };
        let (pending, interval) = (push.pending.clone(), push.interval);
        let is_name_alone = matches!(push.origin, Origin::Name);
        push.polling_until = Some(marked_until(self.now(), interval));
        let (step, about) = (marked.form_ref(*tab), stored.attempt.facts.clone());
        if !self.replace(visitor, tab, stored.revision, marked).await? {
            return Ok(());
        }
        let (flow, visitor) = (self.clone(), visitor.clone());
        let (origin, user) = (RequestOrigin::current(), self.pseudonym(&stored.attempt));
        let poll = finishes(origin.scope(async move {
            if let Some(user) = user {
                RequestOrigin::is_about(&user);
            }
            // Pinned here, so that it is not held twice.
            let answer = pin!(flow.look_at_phone(&visitor, pending, is_name_alone));
            let event = flow.marking(&visitor, step, interval, answer).await;
            Box::pin(flow.note_event(&visitor, &about, &event)).await;
            flow.apply(&visitor, step, event, ClaimMark::NotOurs).await.map(drop)
        }));
        poll.await.unwrap_or_else(|| {
            tracing::error!("a push poll was aborted; the next one follows once its claim expires");
            Ok(())
        })
    }

    /// Waits for the answer and renews the mark meanwhile. So another replica takes over two intervals after this one
    /// crashed (SEC-412), and no second request polls while Okta is slow.
    async fn marking(
        &self,
        visitor: &Visitor,
        step: FormReference,
        interval: Duration,
        mut answer: Pin<&mut impl Future<Output = Event>>,
    ) -> Event {
        loop {
            tokio::select! {
                event = &mut answer => return event,
                () = self.parts.clock.sleep_until(after(self.now(), interval)) => {
                    // OK because a mark that could not be renewed only costs a second call to Okta.
                    let _ = self.mark_again(visitor, step, interval).await;
                }
            }
        }
    }

    async fn mark_again(&self, visitor: &Visitor, step: FormReference, interval: Duration) -> Result<(), FlowError> {
        let Some(Stored { attempt, revision }) = self.load(visitor, &step.tab).await? else {
            return Ok(());
        };
        let mut attempt = Arc::unwrap_or_clone(attempt);
        let is_same = attempt.facts.serial == step.serial;
        if let Stage::Push(push) = &mut attempt.stage
            && is_same
        {
            push.polling_until = Some(marked_until(self.now(), interval));
            self.replace(visitor, &step.tab, revision, attempt).await?;
        }
        Ok(())
    }

    /// Polls Okta; for a push that was never sent, there is no answer yet.
    async fn look_at_phone(&self, visitor: &Visitor, pending: Option<PushPending>, is_name_alone: bool) -> Event {
        let began = self.now();
        let event = match pending {
            Some(pending) => self.poll_okta(visitor, pending).await,
            None => Event::StillPending(None),
        };
        if is_name_alone {
            self.hold_poll(&event, began).await;
        }
        event
    }

    async fn poll_okta(&self, visitor: &Visitor, pending: PushPending) -> Event {
        let device = visitor.device();
        // Created and boxed only once a permit is available: under load, many polls wait.
        let asked = pending.clone();
        let poll = async { Box::pin(asked.poll(&self.parts.okta, &device)).await };
        let answer = self.call(Share::Poll, poll).await;
        match without_state(answer) {
            // Okta was not asked, so this is not a strike against the push: it waits for the next poll.
            Err(Outage::Full | Outage::HeldBack(_)) => Event::StillPending(Some(pending)),
            Ok(Poll::Pending(pending)) => Event::StillPending(Some(pending)),
            Ok(Poll::Finished(step)) => self.answered(Factor::Push, OktaQuestion::Answer, Ok(step)),
            Err(outage) => self.answered(Factor::Push, OktaQuestion::Answer, Err(outage)),
        }
    }
}

fn waiting(attempt: &Attempt) -> Option<&PushStage> {
    match &attempt.stage {
        Stage::Push(push) if push.over.is_none() => Some(push),
        _ => None,
    }
}

fn marked_until(now: Timestamp, interval: Duration) -> Timestamp {
    after(now, interval.saturating_mul(2))
}

fn is_polled(push: &PushStage, now: Timestamp) -> bool {
    push.polling_until.is_some_and(|until| now < until)
}

fn signal(attempt: &Attempt) -> Signal {
    match &attempt.stage {
        Stage::Push(push) => match push.over {
            Some(PushEnd::Declined) => Signal::Denied,
            Some(PushEnd::Expired) => Signal::Expired,
            None => Signal::Retry,
        },
        _ => match attempt.facts.problem {
            None if attempt.facts.accepted.contains(&Factor::Push) => Signal::Approved,
            Some(Problem::PushExpired) => Signal::Expired,
            None | Some(_) => Signal::Retry,
        },
    }
}
