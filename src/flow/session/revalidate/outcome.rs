//! Asks Okta, and decides what its answer means for the session.

use jiff::Timestamp;
use okta_direct_auth::{
    AccessToken, Claims, Device, Error, ErrorKind, Failed, Introspection, RefreshToken, TokenRef, TokenSet, Unjudged,
    UserInfo,
};

use super::request::RevalidationRequest;
use crate::domain::identity::{Identity, Person};
use crate::domain::session::{Session, Tokens, after, moment};
use crate::flow::okta_call::Outage;
use crate::flow::proof::SKEW;
use crate::flow::revocation::revoke::device;
use crate::flow::session::presentable::tell_of_losses;
use crate::flow::{Flow, WithoutRefreshToken};
use crate::limits::Share;

/// What Okta's answer means.
pub(super) enum RevalidationOutcome {
    /// Still valid; perhaps with other facts and other tokens.
    Yes(Box<(Identity, Tokens)>),
    /// No longer valid.
    No(&'static str),
    /// No longer valid, and with new tokens that will not be used.
    NoWith(Box<Tokens>, &'static str),
    /// Undecided: Okta did not answer, or its answer is not about the customer.
    Silence(&'static str),
    /// An answer that cannot be judged here, with tokens that must be kept nevertheless.
    Unjudged(Box<Tokens>, &'static str),
}

impl RevalidationOutcome {
    pub(super) fn yes(identity: Identity, tokens: Tokens) -> Self {
        Self::Yes(Box::new((identity, tokens)))
    }
}

impl Flow {
    pub(super) async fn ask_okta(
        &self,
        session: &Session,
        tokens: Tokens,
        asked: &RevalidationRequest,
    ) -> RevalidationOutcome {
        let device = device(&asked.requester);
        if let Some(refresh) = tokens.refresh.clone() {
            return self.ask_by_refresh(session, tokens, &refresh, &device).await;
        }
        // An expired access token says nothing about the customer.
        let is_good = self.now() < tokens.access_expires;
        let access = tokens.access.clone().filter(|_| is_good);
        match (asked.revalidation.otherwise, access) {
            (WithoutRefreshToken::UserInfo, Some(access)) => self.ask_user_info(session, tokens, &access).await,
            (WithoutRefreshToken::Introspection, Some(access)) => {
                self.introspect(session, tokens, &access, &device).await
            }
            // Recorded as checked, so that not every use ends up here again.
            (WithoutRefreshToken::Nothing, _) | (_, None) => RevalidationOutcome::yes(session.identity.clone(), tokens),
        }
    }

    async fn ask_by_refresh(
        &self,
        session: &Session,
        tokens: Tokens,
        refresh: &RefreshToken,
        device: &Device,
    ) -> RevalidationOutcome {
        let (okta, subject) = (&self.parts.okta, session.identity.subject());
        let call = async {
            match &tokens.dpop {
                Some(key) => okta.refresh_bound(refresh, key, subject, device).await,
                None => okta.refresh(refresh, subject, device).await,
            }
        };
        match self.call(Share::Poll, call).await {
            Ok(set) => {
                let is_later = is_later(&set, session);
                let facts = Facts::from(&set.claims);
                let hint = tokens.okta_session.as_ref().map(|_| set.id_token.clone());
                let mut renewed = Tokens::from(Box::new(set));
                renewed.okta_session = hint;
                // Where Okta does not rotate refresh tokens, it sends none with the answer.
                renewed.refresh = renewed.refresh.or(tokens.refresh);
                renewed.dpop = renewed.dpop.or(tokens.dpop);
                let identity = if is_later {
                    Err("auth_time_moved")
                } else {
                    self.still_presentable(&session.identity, facts)
                };
                match identity {
                    Ok(identity) => RevalidationOutcome::yes(identity, renewed),
                    Err(why) => RevalidationOutcome::NoWith(Box::new(renewed), why),
                }
            }
            Err(Outage::Refused(Failed {
                error,
                retry: Some(unjudged),
            })) => RevalidationOutcome::Unjudged(Box::new(kept(unjudged, tokens, self.now())), error.cause()),
            Err(outage) => outcome_of(outage.without_state()),
        }
    }

    /// The identity with what has changed at Okta. A customer whose identity does not fit into headers gets no session,
    /// as after a sign-in.
    fn still_presentable(&self, known: &Identity, facts: Facts) -> Result<Identity, &'static str> {
        let identity = updated(known, facts);
        if let Some(claim) = self.untellable(&identity) {
            tracing::error!(claim, "a session ends: no header can carry the new value of this claim");
            return Err("untellable");
        }
        tell_of_losses(known, &identity);
        Ok(identity)
    }

    async fn ask_user_info(&self, session: &Session, tokens: Tokens, access: &AccessToken) -> RevalidationOutcome {
        let (okta, subject) = (&self.parts.okta, session.identity.subject());
        let call = async {
            match &tokens.dpop {
                Some(key) => okta.userinfo_bound(access, key, subject).await,
                None => okta.userinfo(access, subject).await,
            }
        };
        match self.call(Share::Poll, call).await {
            Ok(info) => match self.still_presentable(&session.identity, Facts::from(info)) {
                Ok(identity) => RevalidationOutcome::yes(identity, tokens),
                Err(why) => RevalidationOutcome::No(why),
            },
            Err(outage) => outcome_of(outage),
        }
    }

    async fn introspect(
        &self,
        session: &Session,
        tokens: Tokens,
        access: &AccessToken,
        device: &Device,
    ) -> RevalidationOutcome {
        let okta = &self.parts.okta;
        let call = okta.introspect(TokenRef::Access(access), device);
        match self.call(Share::Poll, call).await {
            Ok(Introspection::Inactive) => RevalidationOutcome::No("token_inactive"),
            Ok(Introspection::Active(token)) => {
                let is_same = |uid: &String| uid == session.identity.subject();
                if token.uid.as_ref().is_none_or(is_same) {
                    RevalidationOutcome::yes(session.identity.clone(), tokens)
                } else {
                    RevalidationOutcome::No("token_of_someone_else")
                }
            }
            Err(outage) => outcome_of(outage),
        }
    }
}

/// Only an answer about the customer ends a session. Everything else is trouble at Okta, on the way to it, or in the
/// settings, for which no customer is signed out.
fn outcome_of(outage: Outage<Error>) -> RevalidationOutcome {
    match outage {
        Outage::Full => RevalidationOutcome::Silence("too_many_calls"),
        Outage::HeldBack(_) => RevalidationOutcome::Silence("held_back"),
        Outage::Refused(error) => match error.kind() {
            ErrorKind::SessionOver
            | ErrorKind::NotAssigned
            | ErrorKind::PolicyDenied
            | ErrorKind::NetworkZoneDenied
            | ErrorKind::Denied
            // The library gave back tokens that did not validate, or belong to another user; ours are just as suspect.
            | ErrorKind::InvalidToken => RevalidationOutcome::No(error.cause()),
            _ => RevalidationOutcome::Silence(error.cause()),
        },
    }
}

/// New tokens replace the old; those that Okta did not send stay.
fn kept(new: Unjudged, old: Tokens, now: Timestamp) -> Tokens {
    let access_expires = match &new.access_token {
        Some(_) => after(now, new.expires_in),
        None => old.access_expires,
    };
    Tokens {
        access: new.access_token.or(old.access),
        refresh: new.refresh_token.or(old.refresh),
        access_expires,
        dpop: new.dpop_key.or(old.dpop),
        okta_session: old.okta_session,
    }
}

/// A refresh proves nothing anew: a later `auth_time` means a proof that this service did not see.
fn is_later(set: &TokenSet, session: &Session) -> bool {
    let proved = set.claims.auth_time.map(moment);
    proved.is_some_and(|proved| proved > after(session.identity.auth_time(), SKEW))
}

/// The facts that may change at Okta.
struct Facts {
    name: Option<String>,
    login: Option<String>,
    email: Option<String>,
    groups: Vec<String>,
}

/// Takes over the facts that may change; the subject and the proof stay.
fn updated(identity: &Identity, facts: Facts) -> Identity {
    let known = identity.person();
    Identity::from(Person {
        name: facts.name.unwrap_or(known.name),
        login: facts.login.unwrap_or(known.login),
        email: facts.email,
        groups: facts.groups,
        ..known
    })
}

impl From<&Claims> for Facts {
    fn from(claims: &Claims) -> Self {
        Self {
            name: claims.name.clone(),
            login: claims.preferred_username.clone(),
            email: claims.email.clone(),
            groups: claims.groups.clone(),
        }
    }
}

impl From<UserInfo> for Facts {
    fn from(info: UserInfo) -> Self {
        Self {
            name: info.name,
            login: info.preferred_username,
            email: info.email,
            groups: info.groups,
        }
    }
}
