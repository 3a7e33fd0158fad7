//! From the last factor to a session.
//!
//! The session is stored before the browser hears of it, in one step with its attempt: a cookie without a session would
//! be worse than a session without a cookie, and a second session with the same tokens worse than either. Where the
//! store cannot do that, what Okta accepted is kept in the attempt, and the next request starts the session.

use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::apply::ClaimMark;
use super::claim::Work;
use crate::domain::attempt::{Attempt, Event, Facts, Stage};
use crate::domain::end::EndReason;
use crate::domain::ids::{FormReference, Tab};
use crate::domain::problem::Problem;
use crate::flow::one_step::OneStep;
use crate::flow::session::begin::NewSession;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::limits::Unavailable;
use crate::session::{ChangeError, HashedId, Start, Started, Stored};

/// The outcome of applying the last event and starting the session in one write.
#[derive(Debug)]
pub(in crate::flow) enum AtOnce {
    /// The session has started.
    Done(Box<Outcome>),
    /// Nothing is written: there is more to prove, or two separate writes are needed.
    Apart,
    /// A session with this id may have started.
    Unknown(HashedId),
}

/// The outcome of storing a session.
#[derive(Debug)]
enum Begun {
    Session(Box<NewSession>),
    /// The proof does not count, for this reason.
    Refused(Box<Attempt>, Problem),
    /// The attempt has moved on meanwhile, or it is not approved.
    MovedOn(Box<Attempt>),
    /// The attempt no longer exists.
    Gone,
    /// The session may be stored under this id and the attempt finished: in that case the tokens belong to the session.
    Unknown(HashedId, ChangeError),
    /// Nothing has changed.
    NotDone(ChangeError),
}

impl Flow {
    /// Starts the session of an approved attempt; gives the same press its recent result again; leaves every other
    /// attempt as it is.
    ///
    /// Boxed: a rare outcome of every handler, too large for all of them to carry.
    pub(in crate::flow) fn complete<'a>(
        &'a self,
        visitor: &'a Visitor,
        outcome: Outcome,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            let tab = outcome.tab;
            match &outcome.attempt.stage {
                Stage::Approved { .. } => self.start_approved(visitor, tab, outcome.attempt).await,
                stage if stage.is_over() => {
                    let again = self.answer_again(visitor, &tab).await?;
                    Ok(again.unwrap_or(outcome))
                }
                _ => Ok(outcome),
            }
        }
        .boxed()
    }

    /// Writes the last factor and the session that it starts in one step, when the browser that proved it is waiting.
    pub(in crate::flow) async fn start_at_once(
        &self,
        visitor: &Visitor,
        work: &Work,
        event: &Event,
    ) -> Result<AtOnce, FlowError> {
        let error = match self
            .begin_session(visitor, work.step(), work.stored(), Some(event))
            .await
        {
            Ok(Begun::Session(new)) => {
                let outcome = self.welcome(visitor, work.tab, *new).await?;
                return Ok(AtOnce::Done(Box::new(outcome)));
            }
            Ok(Begun::Refused(..) | Begun::MovedOn(_) | Begun::Gone) => return Ok(AtOnce::Apart),
            Ok(Begun::Unknown(id, error)) => {
                tracing::warn!(
                    error = &error as &dyn StdError,
                    "it is unknown whether a session was started; its tokens are kept"
                );
                return Ok(AtOnce::Unknown(id));
            }
            Ok(Begun::NotDone(error)) => FlowError::storing_session(error),
            Err(error) => error,
        };
        // The approval may still be storable where the session was not.
        tracing::warn!(
            error = &error as &dyn StdError,
            "a session could not be started yet; its approval is stored separately"
        );
        Ok(AtOnce::Apart)
    }

    /// Starts the session of an attempt whose approval is stored.
    async fn start_approved(&self, visitor: &Visitor, tab: Tab, attempt: Attempt) -> Result<Outcome, FlowError> {
        match self.begin_session(visitor, attempt.form_ref(tab), None, None).await? {
            Begun::Session(new) => self.welcome(visitor, tab, *new).await,
            Begun::Refused(attempt, problem) => self.refuse(visitor, tab, *attempt, problem).await,
            // Another request of this browser was quicker; its session is the one that counts.
            Begun::MovedOn(other) => self.complete(visitor, Outcome::new(tab, *other)).await,
            Begun::Gone => Ok(self.start_again(visitor, Some(&attempt))),
            // The tokens belong to the attempt or to the session; the next request finds out which.
            Begun::Unknown(_, error) | Begun::NotDone(error) => Err(FlowError::storing_session(error)),
        }
    }

    /// Stores the session of an attempt that is approved, or becomes so by this event. `known` is the attempt as the
    /// caller stored it, if it did.
    async fn begin_session(
        &self,
        visitor: &Visitor,
        step: FormReference,
        mut known: Option<Stored>,
        event: Option<&Event>,
    ) -> Result<Begun, FlowError> {
        let id = self.parts.secrets.ids.new_session();
        let press = visitor.press();
        let masked_id = press.map(|press| self.parts.secrets.csrf.mask(press, id.expose_bytes()));
        let started = Event::SessionStarted(masked_id);
        loop {
            let Some(stored) = self.known_or_loaded(known.take(), visitor, &step.tab).await? else {
                return Ok(Begun::Gone);
            };
            if stored.attempt.facts.serial != step.serial {
                return Ok(Begun::MovedOn(Box::new(Arc::unwrap_or_clone(stored.attempt))));
            }
            let approved = match event {
                Some(event) => self.advanced(Attempt::clone(&stored.attempt), event, ClaimMark::Removed),
                None => Some(Attempt::clone(&stored.attempt)),
            };
            let Some(approved) = approved else {
                return Ok(Begun::MovedOn(Box::new(Arc::unwrap_or_clone(stored.attempt))));
            };
            let Stage::Approved { tokens } = &approved.stage else {
                return Ok(Begun::MovedOn(Box::new(Arc::unwrap_or_clone(stored.attempt))));
            };
            if let Some(problem) = self.objection(&approved.facts, &tokens.claims) {
                return Ok(Begun::Refused(Box::new(approved), problem));
            }
            let okta_request_id = tokens.request_id.clone();
            let (session, tokens) = self.session_from(visitor, &approved.facts, tokens).await;
            let Some(finished) = self.advanced(approved, &started, ClaimMark::Removed) else {
                return Ok(Begun::MovedOn(Box::new(Arc::unwrap_or_clone(stored.attempt))));
            };
            let start = Start {
                visit: visitor.key(),
                tab: &step.tab,
                expected: stored.revision,
                attempt: finished.clone(),
                id: HashedId::of_session(&id),
                session: session.clone(),
                tokens: tokens.clone(),
                former: visitor.session_key(),
                requester: visitor.requester(),
                rows: Vec::new(),
            };
            let (started, is_reset) = Box::pin(self.start_and_reset(visitor, start, &finished.facts)).await;
            let started = match started {
                Ok(started) => started,
                Err(unknown @ ChangeError::Unknown(_)) => {
                    return Ok(Begun::Unknown(HashedId::of_session(&id), unknown));
                }
                Err(refused @ ChangeError::NotDone(_)) => return Ok(Begun::NotDone(refused)),
            };
            if let Some(started) = started {
                self.tell_of_no_refresh(&tokens);
                if let Some(former) = started.former {
                    self.conclude(former, EndReason::Replaced).await;
                }
                return Ok(Begun::Session(Box::new(NewSession {
                    id,
                    session,
                    attempt: finished,
                    customers_sessions: started.customers_sessions,
                    is_only_tab: started.is_only_tab,
                    is_reset,
                    okta_request_id,
                })));
            }
        }
    }

    /// Starts the session and, where replicas share the counts, resets those against the account and the visitor in the
    /// same step. Returns whether they are reset.
    async fn start_and_reset(
        &self,
        visitor: &Visitor,
        start: Start<'_>,
        facts: &Facts,
    ) -> (Result<Option<Started>, ChangeError>, bool) {
        let store = &*self.parts.store;
        let Some(login) = facts.login.as_ref().filter(|_| store.rows().is_some()) else {
            return (store.start(start).await, false);
        };
        let step = OneStep::new(store, |rows| async move {
            match store.start(Start { rows, ..start }).await {
                Ok(Some(mut started)) => {
                    let rows = started.rows.take();
                    (Ok(Some(started)), Ok(rows))
                }
                not_started => (not_started, Err(Unavailable)),
            }
        });
        let (account, limits) = (self.account(visitor, login), &self.parts.limits);
        let reset = limits.sign_in_succeeded_on(&step, &account, &facts.accepted, visitor.address);
        let is_reset = reset.await.is_ok();
        (step.outcome().await, is_reset)
    }

    /// Revokes the tokens of a proof that does not count, and lets the customer try again. A session that was to be
    /// stepped up stays as it was.
    async fn refuse(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        problem: Problem,
    ) -> Result<Outcome, FlowError> {
        if let Stage::Approved { tokens } = &attempt.stage {
            self.tell_of_objection(&attempt.facts, &tokens.claims, problem);
        }
        let fresh = attempt.renewed(Some(problem), self.now(), &self.parts.settings.rules);
        let Some(stored) = self.load(visitor, &tab).await? else {
            return Ok(self.start_again(visitor, Some(&attempt)));
        };
        let is_ours = stored.attempt.facts.serial == attempt.facts.serial
            && self.replace(visitor, &tab, stored.revision, fresh.clone()).await?;
        if is_ours && let Some(tokens) = attempt.into_tokens() {
            self.give_back(tokens, &visitor.requester());
        }
        Ok(Outcome::new(tab, fresh))
    }
}
