//! From an approved attempt to a session.

use std::time::Duration;

use jiff::Timestamp;
use okta_direct_auth::{Claims, TokenSet};

use super::settle::Mark;
use super::{Flow, FlowError, SignedIn, Turn, Visitor};
use crate::domain::attempt::{Attempt, Event, Facts, Stage};
use crate::domain::browser::Browser;
use crate::domain::end::EndReason;
use crate::domain::factor::Factor;
use crate::domain::ids::{SessionId, Tab};
use crate::domain::problem::Problem;
use crate::domain::session::{Identity, Session, Tokens, after, moment, until};
use crate::session::door::Door;
use crate::session::{Start, Stored};

/// By how much Okta's clock and ours may differ.
pub(super) const SKEW: Duration = Duration::from_mins(1);

/// How long the second half of a double submit still gets the cookie of the first.
const DOUBLE_CLAIM: Duration = Duration::from_secs(30);

impl Flow {
    /// Starts the session of an approved attempt; gives the session of a finished one again to the browser that began
    /// it; leaves every other attempt as it is.
    pub async fn complete(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
    ) -> Result<Turn, FlowError> {
        match &attempt.stage {
            Stage::Approved { tokens } => {
                if let Some(problem) = not_raised(&attempt.facts, &tokens.claims) {
                    let tokens = tokens.clone();
                    return self.refuse(visitor, tab, attempt, (tokens, problem)).await;
                }
                let session = self.session_from(visitor, &attempt.facts, tokens);
                let tokens = Tokens::from(tokens.clone());
                // Boxed: this is the rare end of what every handler may do, and too large to be carried by all of them.
                Box::pin(self.start_session(visitor, tab, attempt, session, tokens)).await
            }
            Stage::Finished { session: Some(id) }
                if self.now() < after(attempt.facts.changed, DOUBLE_CLAIM) =>
            {
                let live = self.session(id).await?;
                let signed_in =
                    live.map(|live| self.signed_in(visitor, id, &live.session, &attempt));
                Ok(Turn {
                    signed_in,
                    ..Turn::new(tab, attempt)
                })
            }
            _ => Ok(Turn::new(tab, attempt)),
        }
    }

    /// Stores the session before the browser hears of it, in one step with its attempt: a cookie without a session would
    /// be worse than a session without one, and a second session of the same tokens worse than either.
    async fn start_session(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        session: Session,
        tokens: Tokens,
    ) -> Result<Turn, FlowError> {
        let id = self.parts.door.new_session();
        let started = Event::SessionStarted(id.clone());
        let serial = attempt.facts.serial;
        let finished = loop {
            let Some(stored) = self.load(visitor, &tab).await? else {
                return self.start_again(visitor, Some(&attempt)).await;
            };
            if stored.attempt.facts.serial != serial {
                // Another request of this browser was quicker; its session is the one.
                return Box::pin(self.complete(visitor, tab, stored.attempt)).await;
            }
            let Some(next) = self.advanced(stored.attempt.clone(), &started, Mark::Clear) else {
                return Ok(Turn::new(tab, stored.attempt));
            };
            let start = Start {
                visit: visitor.key(),
                tab: &tab,
                expected: stored.revision,
                attempt: next.clone(),
                id: Door::hash_session(&id),
                session: session.clone(),
                tokens: tokens.clone(),
                former: visitor.session_key(),
                requester: visitor.requester(),
            };
            let started = self.parts.store.start(start).await;
            if let Some(started) = started.map_err(FlowError::storing_session)? {
                if let Some(former) = started.former {
                    self.conclude(former, EndReason::Replaced).await;
                }
                break next;
            }
        };
        if let Some(login) = &finished.facts.login {
            let (account, accepted) = (self.account(visitor, login), &finished.facts.accepted);
            self.parts
                .limits
                .sign_in_succeeded(&account, accepted, visitor.address)
                .await;
        }
        let (subject, newest) = (&session.identity.subject, Door::hash_session(&id));
        if let Err(error) = self.keep_to_the_bound(visitor, subject, newest).await {
            tracing::error!(%error, "a customer has more sessions than one may have; the next sign-in ends them");
        }
        self.finish_other_tabs(visitor, &tab).await?;
        let factors = finished
            .facts
            .accepted
            .iter()
            .map(|factor| factor.name())
            .collect::<Vec<_>>()
            .join("+");
        tracing::info!(factors, "a session started");
        let signed_in = self.signed_in(visitor, &id, &session, &finished);
        Ok(Turn {
            signed_in: Some(signed_in),
            ..Turn::new(tab, finished)
        })
    }

    /// Gives back what a proof brought that does not count, and lets the customer try again. The session that was to be
    /// raised stays as it was.
    async fn refuse(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        (tokens, problem): (Box<TokenSet>, Problem),
    ) -> Result<Turn, FlowError> {
        tracing::warn!(?problem, "a session was not raised");
        let fresh = attempt.renewed(Some(problem), self.now(), &self.parts.settings.rules);
        let Some(stored) = self.load(visitor, &tab).await? else {
            return self.start_again(visitor, Some(&attempt)).await;
        };
        let is_ours = stored.attempt.facts.serial == attempt.facts.serial
            && self
                .replace(visitor, &tab, stored.revision, fresh.clone())
                .await?;
        if is_ours {
            self.give_back(Tokens::from(tokens), &visitor.requester());
        }
        Ok(Turn::new(tab, fresh))
    }

    fn signed_in(
        &self,
        visitor: &Visitor,
        id: &SessionId,
        session: &Session,
        attempt: &Attempt,
    ) -> SignedIn {
        let ends = session.ends(self.parts.settings.lifetimes);
        let login = attempt.facts.login.as_ref();
        SignedIn {
            session: id.clone(),
            known_device: login.map(|login| self.vouched(visitor, login)),
            keep_for: session.is_remembered.then(|| until(self.now(), ends)),
            destination: self.destination_of(attempt),
            last_factor: attempt
                .facts
                .accepted
                .last()
                .copied()
                .filter(|factor| *factor != Factor::Password),
        }
    }

    /// The other tabs of this browser have nothing left to prove; they keep only where they were going.
    async fn finish_other_tabs(&self, visitor: &Visitor, mine: &Tab) -> Result<(), FlowError> {
        for tab in self.tabs(visitor).await? {
            if tab == *mine {
                continue;
            }
            while let Some(stored) = self.load(visitor, &tab).await? {
                if matches!(stored.attempt.stage, Stage::Finished { .. }) {
                    break;
                }
                if self.close_tab(visitor, &tab, stored).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Leaves nothing of an attempt but where it was going, and gives back what Okta gave for it; answers whether the
    /// attempt was still as it is here.
    pub(super) async fn close_tab(
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

    fn session_from(&self, visitor: &Visitor, facts: &Facts, tokens: &TokenSet) -> Session {
        let (now, settings) = (self.now(), &self.parts.settings);
        let is_remembered = facts.remember && settings.lifetimes.remembered.is_some();
        let mut expires = after(now, settings.lifetimes.of(is_remembered).absolute);
        // Without a refresh token the access token is the last that Okta says of the customer.
        if settings.follow_token_life
            && tokens.refresh_token.is_none()
            && tokens.access_token.is_some()
        {
            expires = expires.min(after(now, tokens.expires_in));
        }
        Session {
            identity: identity(facts, &tokens.claims, now),
            factors: facts.accepted.clone(),
            started: now,
            expires,
            checked: now,
            is_remembered,
            browser: Browser::of(visitor.user_agent.as_deref()),
        }
    }
}

/// Why a proof does not raise the session it was asked for (SEC-207): it is somebody else's, or it is old.
fn not_raised(facts: &Facts, claims: &Claims) -> Option<Problem> {
    let raised = facts.raises.as_ref()?;
    if claims.sub != *raised {
        return Some(Problem::SomebodyElse);
    }
    let proved = claims.auth_time.map(moment);
    let is_new = proved.is_some_and(|proved| after(proved, SKEW) >= facts.started);
    (!is_new).then_some(Problem::Nonsense)
}

fn identity(facts: &Facts, claims: &Claims, now: Timestamp) -> Identity {
    let typed = facts.login.as_ref().map(|login| login.as_str().to_owned());
    let login = claims
        .preferred_username
        .clone()
        .or(typed)
        .unwrap_or_else(|| claims.sub.clone());
    Identity {
        subject: claims.sub.clone(),
        name: claims.name.clone().unwrap_or_else(|| login.clone()),
        login,
        email: claims.email.clone(),
        groups: claims.groups.clone(),
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        auth_time: claims.auth_time.map_or(now, moment),
    }
}
