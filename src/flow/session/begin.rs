//! Starting a session: it is stored before the browser learns of it.

use std::sync::atomic::Ordering;

use jiff::Timestamp;
use okta_direct_auth::{Claims, IdToken, TokenSet};

use super::presentable::tell_of_untold_groups;
use crate::domain::attempt::{Attempt, Event, Facts};
use crate::domain::browser::Browser;
use crate::domain::end::EndReason;
use crate::domain::factor::Factor;
use crate::domain::identity::{Identity, Person};
use crate::domain::ids::{SessionId, Tab};
use crate::domain::session::{Session, Tokens, after, moment, until};
use crate::flow::{Flow, FlowError, Outcome, SignedIn, Visitor};
use crate::session::{ChangeError, HashedId, Start};

/// What came of trying to start a session.
#[derive(Debug)]
pub(in crate::flow) enum Begun {
    /// It is stored, and its attempt is finished.
    Session(SessionId, Box<Attempt>),
    /// The attempt has moved on meanwhile.
    MovedOn(Box<Attempt>),
    /// The attempt no longer exists.
    Gone,
    /// The session may be stored under this id and the attempt finished: then the tokens belong to the session.
    Unknown(HashedId, ChangeError),
    /// Nothing has changed.
    NotDone(ChangeError),
}

impl Flow {
    /// Stores the session before the browser hears of it, in one step with its attempt: a cookie without a session
    /// would be worse than a session without a cookie, and a second session with the same tokens worse than either.
    pub(in crate::flow) async fn begin_session(
        &self,
        visitor: &Visitor,
        (tab, serial): (&Tab, u32),
        session: &Session,
        tokens: &Tokens,
        finish: impl Fn(Attempt, &Event) -> Option<Attempt>,
    ) -> Result<Begun, FlowError> {
        let (mut session, mut tokens) = (session.clone(), tokens.clone());
        if let Some(hint) = self.inherited(visitor, &session).await {
            (session.is_hosted, tokens.okta_session) = (true, Some(hint));
        }
        let id = self.parts.secrets.ids.new_session();
        let press = visitor.press();
        let masked_id = press.map(|press| self.parts.secrets.csrf.mask(press, id.expose_bytes()));
        let started = Event::SessionStarted(masked_id);
        loop {
            let Some(stored) = self.load(visitor, tab).await? else {
                return Ok(Begun::Gone);
            };
            if stored.attempt.facts.serial != serial {
                return Ok(Begun::MovedOn(Box::new(stored.attempt)));
            }
            let Some(finished) = finish(stored.attempt.clone(), &started) else {
                return Ok(Begun::MovedOn(Box::new(stored.attempt)));
            };
            let start = Start {
                visit: visitor.key(),
                tab,
                expected: stored.revision,
                attempt: finished.clone(),
                id: HashedId::of_session(&id),
                session: session.clone(),
                tokens: tokens.clone(),
                former: visitor.session_key(),
                requester: visitor.requester(),
            };
            let started = match self.parts.store.start(start).await {
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
                return Ok(Begun::Session(id, Box::new(finished)));
            }
        }
    }

    /// If the app at Okta lacks the grant, asking for refresh tokens is in vain, and nothing else would show it.
    fn tell_of_no_refresh(&self, tokens: &Tokens) {
        let is_missing = self.parts.settings.asks_for_refresh_token && tokens.refresh.is_none();
        if is_missing && !self.warned_of_no_refresh.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "Okta gave no refresh token although okta.scopes holds \"offline_access\": switch on the grant \"Refresh Token\" of the \
                 app, or sessions can be checked with Okta only while their access tokens live"
            );
        }
    }

    /// A customer who raises or renews a session in another way still has the session at Okta that the former one began
    /// with.
    async fn inherited(&self, visitor: &Visitor, session: &Session) -> Option<IdToken> {
        let former = visitor.session_key().filter(|_| !session.is_hosted)?;
        // OK because without the former session there is less to end at Okta, and nothing else is lost.
        let live = self.live(former).await.ok().flatten()?.session;
        let is_theirs = live.identity.subject() == session.identity.subject();
        if !live.is_hosted || !is_theirs {
            return None;
        }
        let tokens = self.parts.store.tokens(former).await.ok().flatten()?;
        tokens.okta_session
    }

    /// What follows once a session is stored.
    pub(in crate::flow) async fn welcome(
        &self,
        visitor: &Visitor,
        tab: Tab,
        finished: Attempt,
        (id, session): (&SessionId, &Session),
    ) -> Result<Outcome, FlowError> {
        if let Some(login) = &finished.facts.login {
            let (account, accepted) = (self.account(visitor, login), &finished.facts.accepted);
            self.parts
                .limits
                .sign_in_succeeded(&account, accepted, visitor.address)
                .await;
        }
        let (subject, newest) = (session.identity.subject(), HashedId::of_session(id));
        if let Err(error) = self.keep_to_the_bound(visitor, subject, newest).await {
            tracing::error!(%error, "a customer has more sessions than one may have; the next sign-in ends them");
        }
        self.finish_other_tabs(visitor, &tab).await?;
        let factors = how(&finished.facts);
        tracing::info!(factors, "a session started");
        tell_of_untold_groups(&session.identity);
        let signed_in = self.signed_in(visitor, id, session, &finished);
        Ok(Outcome {
            signed_in: Some(signed_in),
            ..Outcome::new(tab, finished)
        })
    }

    pub(in crate::flow) fn signed_in(
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

    pub(in crate::flow) fn session_from(&self, visitor: &Visitor, facts: &Facts, tokens: &TokenSet) -> Session {
        let (now, settings) = (self.now(), &self.parts.settings);
        let is_remembered = facts.remember && settings.lifetimes.remembered.is_some();
        let mut expires = after(now, settings.lifetimes.of(is_remembered).absolute);
        // Without a refresh token, the access token is the last that Okta says about the customer.
        if settings.follow_token_life && tokens.refresh_token.is_none() && tokens.access_token.is_some() {
            expires = expires.min(after(now, tokens.expires_in));
        }
        Session {
            identity: Identity::from(person(facts, &tokens.claims, now)),
            factors: facts.accepted.clone().into(),
            started: now,
            expires,
            checked: now,
            is_remembered,
            is_hosted: facts.hosted.is_proven(),
            browser: Browser::of(visitor.user_agent.as_deref()),
        }
    }
}

/// How the customer proved who they are, for the log.
fn how(facts: &Facts) -> String {
    if facts.hosted.is_proven() {
        return "okta_page".to_owned();
    }
    let names: Vec<_> = facts.accepted.iter().map(|factor| factor.name()).collect();
    names.join("+")
}

/// What the claims of a proof say about the customer.
pub(in crate::flow) fn person(facts: &Facts, claims: &Claims, now: Timestamp) -> Person {
    let typed = facts.login.as_ref().map(|login| login.as_str().to_owned());
    let login = claims
        .preferred_username
        .clone()
        .or(typed)
        .unwrap_or_else(|| claims.sub.clone());
    // A proof given here was given just now. One at Okta's hosted page may be long ago, and without a claim nothing
    // says otherwise.
    let unsaid = if facts.hosted.is_proven() {
        Timestamp::UNIX_EPOCH
    } else {
        now
    };
    Person {
        subject: claims.sub.clone(),
        name: claims.name.clone().unwrap_or_else(|| login.clone()),
        login,
        email: claims.email.clone(),
        groups: claims.groups.clone(),
        acr: claims.acr.clone(),
        amr: claims.amr.clone(),
        auth_time: claims.auth_time.map_or(unsaid, moment),
    }
}
