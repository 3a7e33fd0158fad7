//! From an approved attempt to a session.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use okta_direct_auth::{Claims, TokenSet};

use super::settle::Mark;
use super::{Flow, FlowError, SignedIn, Turn, Visitor};
use crate::domain::attempt::{Attempt, Event, Facts, Stage};
use crate::domain::factor::Factor;
use crate::domain::ids::{SessionId, Tab};
use crate::domain::session::{Identity, Session, Tokens, after};
use crate::session::door::Door;

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
                let session = self.session_from(&attempt.facts, tokens);
                self.start_session(visitor, tab, attempt, session).await
            }
            Stage::Finished { session: Some(id) }
                if self.now() < after(attempt.facts.changed, DOUBLE_CLAIM) =>
            {
                let is_live = self.session(id).await?.is_some();
                let signed_in = is_live.then(|| self.signed_in(id.clone(), &attempt));
                Ok(Turn {
                    signed_in,
                    ..Turn::new(tab, attempt)
                })
            }
            _ => Ok(Turn::new(tab, attempt)),
        }
    }

    async fn start_session(
        &self,
        visitor: &Visitor,
        tab: Tab,
        attempt: Attempt,
        session: Session,
    ) -> Result<Turn, FlowError> {
        let id = self.parts.door.new_session();
        let key = Door::hash_session(&id);
        // Kept before the browser hears of it: a cookie without a session would be worse than a session without one.
        self.parts
            .sessions
            .insert(key, session)
            .await
            .map_err(FlowError::storing_session)?;
        let serial = attempt.facts.serial;
        let started = Event::SessionStarted(id.clone());
        let now = self
            .apply(visitor, &tab, serial, started, Mark::Clear)
            .await?
            .unwrap_or(attempt);
        let ours = now
            .session()
            .is_some_and(|kept| kept.expose_bytes() == id.expose_bytes());
        if !ours {
            // Another request of this browser was quicker; its session is the one.
            self.parts
                .sessions
                .remove(key)
                .await
                .map_err(FlowError::storing_session)?;
            let signed_in = now.session().map(|kept| self.signed_in(kept.clone(), &now));
            return Ok(Turn {
                signed_in,
                ..Turn::new(tab, now)
            });
        }
        if let Some(login) = &now.facts.login {
            self.parts
                .limits
                .sign_in_succeeded(&self.parts.limits.account(login.as_str()), visitor.address);
        }
        self.end_former(visitor).await;
        self.finish_other_tabs(visitor, &tab).await?;
        let factors = now
            .facts
            .accepted
            .iter()
            .map(|factor| factor.name())
            .collect::<Vec<_>>()
            .join("+");
        tracing::info!(factors, "a session started");
        let signed_in = self.signed_in(id, &now);
        Ok(Turn {
            signed_in: Some(signed_in),
            ..Turn::new(tab, now)
        })
    }

    fn signed_in(&self, session: SessionId, attempt: &Attempt) -> SignedIn {
        SignedIn {
            session,
            destination: self.destination_of(attempt),
            last_factor: attempt
                .facts
                .accepted
                .last()
                .copied()
                .filter(|factor| *factor != Factor::Password),
        }
    }

    /// A sign-in over a live session ends that session; identities never merge.
    async fn end_former(&self, visitor: &Visitor) {
        let Some(former) = &visitor.session else {
            return;
        };
        match self.parts.sessions.remove(Door::hash_session(former)).await {
            Ok(Some(session)) => {
                self.parts.witness.session_ended("replaced");
                self.revoke_later(session.tokens, visitor.device());
            }
            Ok(None) => {}
            Err(error) => {
                tracing::error!(%error, "the former session of this browser could not be ended");
            }
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
                let mut done = stored.attempt;
                if let Stage::Approved { tokens } = &done.stage {
                    self.revoke_later(Tokens::from(tokens.clone()), visitor.device());
                }
                done.stage = Stage::Finished { session: None };
                done.facts.busy_until = None;
                done.facts.serial = done.facts.serial.saturating_add(1);
                if self.replace(visitor, &tab, stored.revision, done).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    fn session_from(&self, facts: &Facts, tokens: &TokenSet) -> Session {
        let now = self.now();
        Session {
            identity: identity(facts, &tokens.claims, now),
            factors: facts.accepted.clone(),
            started: now,
            last_used: now,
            expires: after(now, self.parts.settings.lifetimes.absolute),
            tokens: Tokens::from(Box::new(tokens.clone())),
        }
    }
}

impl From<Box<TokenSet>> for Tokens {
    fn from(tokens: Box<TokenSet>) -> Self {
        Self {
            access: tokens.access_token,
            refresh: tokens.refresh_token,
        }
    }
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

fn moment(time: SystemTime) -> Timestamp {
    Timestamp::try_from(time).unwrap_or(Timestamp::UNIX_EPOCH)
}
