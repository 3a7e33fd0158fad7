//! From an approved attempt to a session.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use okta_direct_auth::{Claims, TokenSet};

use super::claim::Work;
use super::commit::Mark;
use crate::domain::attempt::{Attempt, Event, Facts, Stage};
use crate::domain::ids::Tab;
use crate::domain::problem::Problem;
use crate::domain::session::{Session, Tokens, after, moment};
use crate::flow::session::begin::Begun;
use crate::flow::{Flow, FlowError, Outcome, Visitor};
use crate::session::{HashedId, Stored};

/// How far Okta's clock and ours may differ.
pub(in crate::flow) const SKEW: Duration = Duration::from_mins(1);

/// What came of doing the last two steps in one write.
#[derive(Debug)]
pub(in crate::flow) enum AtOnce {
    /// The session has started.
    Done(Box<Outcome>),
    /// There is more to prove, or two steps are needed after all: what Okta accepted is stored, then claimed.
    No,
    /// A session with this id may have started.
    Unknown(HashedId),
}

impl Flow {
    /// Starts the session of an approved attempt; repeats what the same press led to a moment ago; leaves every other
    /// attempt as it is.
    ///
    /// Boxed, like [`start_again`](Self::start_again).
    pub fn complete<'a>(
        &'a self,
        visitor: &'a Visitor,
        tab: Tab,
        attempt: Attempt,
    ) -> BoxFuture<'a, Result<Outcome, FlowError>> {
        async move {
            match &attempt.stage {
                Stage::Approved { tokens } => {
                    if let Some(problem) = self.objection(&attempt.facts, &tokens.claims) {
                        let tokens = tokens.clone();
                        return Box::pin(self.refuse(visitor, tab, attempt, (tokens, problem))).await;
                    }
                    let session = self.session_from(visitor, &attempt.facts, tokens);
                    let tokens = attempt.facts.hosted.tokens(tokens.clone());
                    // Boxed: this is the rare end of what every handler may do, and too large for all of them to carry.
                    Box::pin(self.start_session(visitor, tab, attempt, session, tokens)).await
                }
                stage if stage.is_over() => {
                    let again = Box::pin(self.answer_again(visitor, &tab)).await?;
                    Ok(again.unwrap_or_else(|| Outcome::new(tab, attempt)))
                }
                _ => Ok(Outcome::new(tab, attempt)),
            }
        }
        .boxed()
    }

    /// Writes the last factor and the session that it starts in one step, when the browser that proved it is waiting.
    pub(in crate::flow) async fn complete_at_once(
        &self,
        visitor: &Visitor,
        work: &Work,
        event: &Event,
    ) -> Result<AtOnce, FlowError> {
        let Some(approved) = self.advanced(work.attempt.clone(), event, Mark::Clear) else {
            return Ok(AtOnce::No);
        };
        let Stage::Approved { tokens } = &approved.stage else {
            return Ok(AtOnce::No);
        };
        if self.objection(&approved.facts, &tokens.claims).is_some() {
            return Ok(AtOnce::No);
        }
        let session = self.session_from(visitor, &approved.facts, tokens);
        let tokens = approved.facts.hosted.tokens(tokens.clone());
        let serial = work.attempt.facts.serial;
        let finish = |attempt, started: &Event| {
            let approved = self.advanced(attempt, event, Mark::Clear)?;
            self.advanced(approved, started, Mark::Clear)
        };
        let begun = self
            .begin_session(visitor, (&work.tab, serial), &session, &tokens, finish)
            .await;
        match begun {
            Ok(Begun::Session(id, finished)) => self
                .welcome(visitor, work.tab, *finished, (&id, &session))
                .await
                .map(|outcome| AtOnce::Done(Box::new(outcome))),
            Ok(Begun::MovedOn(_) | Begun::Gone) => Ok(AtOnce::No),
            Ok(Begun::Unknown(id, error)) => {
                tracing::warn!(%error, "whether a session has started is not known; its tokens are kept");
                Ok(AtOnce::Unknown(id))
            }
            // An approval may still be stored where a session could not be.
            Ok(Begun::NotDone(error)) => {
                tracing::warn!(%error, "a session could not be started at once; its approval is kept apart");
                Ok(AtOnce::No)
            }
            Err(error) => {
                tracing::warn!(%error, "a session could not be started at once; its approval is kept apart");
                Ok(AtOnce::No)
            }
        }
    }

    /// Makes sure that what was read so far outlives a crash and a fail-over.
    pub(in crate::flow) async fn is_safe(&self) -> Result<(), FlowError> {
        let safe = self.parts.store.safe().await;
        safe.map_err(FlowError::storing_session)
    }

    /// Claims an approval for a session.
    async fn start_session(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        session: Session,
        tokens: Tokens,
    ) -> Result<Outcome, FlowError> {
        let serial = attempt.facts.serial;
        let finish = |attempt, started: &Event| self.advanced(attempt, started, Mark::Clear);
        let begun = self
            .begin_session(visitor, (&tab, serial), &session, &tokens, finish)
            .await?;
        match begun {
            Begun::Session(id, finished) => self.welcome(visitor, tab, *finished, (&id, &session)).await,
            // Another request of this browser was quicker; its session is the one that counts.
            Begun::MovedOn(other) => self.complete(visitor, tab, *other).await,
            Begun::Gone => self.start_again(visitor, Some(&attempt)).await,
            // The tokens belong to the attempt or to the session; the next request finds out which.
            Begun::Unknown(_, error) | Begun::NotDone(error) => Err(FlowError::storing_session(error)),
        }
    }

    /// Revokes the tokens of a proof that does not count, and lets the customer try again. The session that was to be
    /// raised stays as it was.
    async fn refuse(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        (tokens, problem): (Box<TokenSet>, Problem),
    ) -> Result<Outcome, FlowError> {
        self.tell_of_objection(&attempt.facts, &tokens.claims, problem);
        let fresh = attempt.renewed(Some(problem), self.now(), &self.parts.settings.rules);
        let Some(stored) = self.load(visitor, &tab).await? else {
            return self.start_again(visitor, Some(&attempt)).await;
        };
        let is_ours = stored.attempt.facts.serial == attempt.facts.serial
            && self.replace(visitor, &tab, stored.revision, fresh.clone()).await?;
        if is_ours {
            self.give_back(Tokens::from(tokens), &visitor.requester());
        }
        Ok(Outcome::new(tab, fresh))
    }

    /// The other tabs of this browser have nothing left to prove; only their destinations are kept.
    pub(in crate::flow) async fn finish_other_tabs(&self, visitor: &Visitor, mine: &Tab) -> Result<(), FlowError> {
        let others = visitor.others.iter().map(|visit| Visitor {
            visit: visit.clone(),
            ..visitor.clone()
        });
        for visitor in std::iter::once(visitor.clone()).chain(others) {
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

    /// Leaves nothing of an attempt but its destination, and revokes its tokens; returns whether the attempt was still
    /// as given here.
    pub(in crate::flow) async fn close_tab(
        &self,
        visitor: &Visitor,
        tab: &Tab,
        stored: Stored,
    ) -> Result<bool, FlowError> {
        let mut done = stored.attempt.clone();
        done.close();
        let is_closed = self.replace(visitor, tab, stored.revision, done).await?;
        if is_closed && let Some(tokens) = stored.attempt.into_tokens() {
            self.give_back(tokens, &visitor.requester());
        }
        Ok(is_closed)
    }
}

/// Why a proof does not raise the session it was requested for (SEC-207): it is another person's, or it is old.
pub(in crate::flow) fn not_raised(facts: &Facts, claims: &Claims) -> Option<Problem> {
    let raised = facts.parameters.get().raises.as_ref()?;
    if claims.sub != *raised {
        return Some(Problem::SomebodyElse);
    }
    let proved = claims.auth_time.map(moment);
    let is_new = proved.is_some_and(|proved| after(proved, SKEW) >= facts.started);
    (!is_new).then_some(Problem::Nonsense)
}
