//! The content of a new session, and what follows once it is stored.

use std::error::Error as StdError;
use std::sync::atomic::Ordering;

use okta_direct_auth::{IdToken, TokenSet};

use super::presentable::tell_of_untold_groups;
use crate::domain::attempt::{Attempt, Facts};
use crate::domain::browser::Browser;
use crate::domain::factor::Factor;
use crate::domain::identity::Identity;
use crate::domain::ids::{SessionId, Tab};
use crate::domain::session::{Session, Tokens, after, until};
use crate::flow::hosted::OKTA_PAGE;
use crate::flow::proof::person;
use crate::flow::{AuditAct, Flow, FlowError, Outcome, SignedIn, Visitor};
use crate::session::HashedId;

/// A session that is stored, and its finished attempt.
#[derive(Debug)]
pub(in crate::flow) struct NewSession {
    pub(in crate::flow) id: SessionId,
    pub(in crate::flow) session: Session,
    pub(in crate::flow) attempt: Attempt,
    /// How many sessions its customer has now, at most.
    pub(in crate::flow) customers_sessions: usize,
    /// Whether its visit has no other attempt.
    pub(in crate::flow) is_only_tab: bool,
    /// Whether the counts against its customer were reset with its start.
    pub(in crate::flow) is_reset: bool,
    /// Okta's id of the call that accepted the last factor.
    pub(in crate::flow) okta_request_id: Option<String>,
}

impl Flow {
    /// Warns once that the app at Okta lacks the refresh token grant, which nothing else would show.
    pub(in crate::flow) fn tell_of_no_refresh(&self, tokens: &Tokens) {
        let is_missing = self.parts.settings.asks_for_refresh_token && tokens.refresh.is_none();
        if is_missing && !self.warned_of_no_refresh.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "Okta gave no refresh token although okta.scopes holds \"offline_access\": switch on the grant \"Refresh Token\" of the \
                 app, or sessions can be checked with Okta only while their access tokens live"
            );
        }
    }

    /// A customer who steps up or renews a session in another way still has the session at Okta that the former one
    /// began with.
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
        new: NewSession,
    ) -> Result<Outcome, FlowError> {
        let NewSession {
            id,
            session,
            attempt: finished,
            customers_sessions,
            is_only_tab,
            is_reset,
            okta_request_id,
        } = new;
        if let Some(login) = finished.facts.login.as_ref().filter(|_| !is_reset) {
            let (account, accepted) = (self.account(visitor, login), &finished.facts.accepted);
            self.parts
                .limits
                .sign_in_succeeded(&account, accepted, visitor.address)
                .await;
        }
        let (subject, newest) = (session.identity.subject(), HashedId::of_session(&id));
        if customers_sessions > self.parts.settings.sessions_per_user.max(1)
            && let Err(error) = self.keep_to_the_bound(visitor, subject, newest).await
        {
            tracing::error!(
                error = &error as &dyn StdError,
                "a customer has more sessions than allowed; the surplus ends at the next sign-in"
            );
        }
        self.finish_other_tabs(visitor, &tab, is_only_tab).await?;
        let factors = how(&finished.facts);
        let (session_name, user) = self.told(newest, &session.identity);
        tracing::info!(
            event = "session_started",
            session = session_name,
            user,
            factors,
            okta_request_id,
            "a session started"
        );
        self.note_sign_in(visitor, &finished.facts, &session).await;
        self.audit(AuditAct::SessionStarted, |event| {
            event.is_step_up = finished.facts.parameters.get().raises.is_some();
            (event.session, event.user) = (Some(session_name), Some(user));
            (event.factor, event.okta_request_id) = (Some(factors), okta_request_id);
        });
        tell_of_untold_groups(&session.identity);
        let signed_in = self.signed_in(visitor, &id, &session, &finished);
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

    /// The session that an approval leads to, and its tokens.
    pub(in crate::flow) async fn session_from(
        &self,
        visitor: &Visitor,
        facts: &Facts,
        tokens: &TokenSet,
    ) -> (Session, Tokens) {
        let (now, settings) = (self.now(), &self.parts.settings);
        let is_remembered = facts.remember && settings.lifetimes.remembered.is_some();
        let mut expires = after(now, settings.lifetimes.of(is_remembered).absolute);
        // Without a refresh token, the access token is Okta's last statement about the customer.
        if settings.follow_token_life && tokens.refresh_token.is_none() && tokens.access_token.is_some() {
            expires = expires.min(after(now, tokens.expires_in));
        }
        let mut session = Session {
            identity: Identity::from(person(facts, &tokens.claims, now)),
            factors: facts.accepted.clone().into(),
            started: now,
            expires,
            checked: now,
            is_remembered,
            is_hosted: facts.hosted.is_proven(),
            browser: Browser::of(visitor.user_agent.as_deref()),
        };
        let mut kept = facts.hosted.tokens(Box::new(tokens.clone()));
        if let Some(hint) = self.inherited(visitor, &session).await {
            (session.is_hosted, kept.okta_session) = (true, Some(hint));
        }
        (session, kept)
    }
}

/// How the customer proved who they are, for the log.
fn how(facts: &Facts) -> String {
    if facts.hosted.is_proven() {
        return OKTA_PAGE.to_owned();
    }
    let names: Vec<_> = facts.accepted.iter().map(|factor| factor.name()).collect();
    names.join("+")
}
