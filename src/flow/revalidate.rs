//! Asking Okta now and then whether a session is still right.
//!
//! A session that is used is renewed with its refresh token before what is known of it becomes older than the operator
//! allows. Towards the end of that time a use starts the renewal and does not wait; after it, uses wait for the answer. A
//! lease in the store lets one request ask for all of them, on whatever replica. A *no* ends the session; silence, limits
//! and faults of Okta leave it as it is, within its own limits.

use std::time::Duration;

use okta_direct_auth::{
    AccessToken, Claims, Device, Error, ErrorKind, Introspection, RefreshToken, TokenRef, TokenSet,
    UserInfo,
};

use super::call::Outage;
use super::finish::SKEW;
use super::revoke::device;
use super::{Flow, FlowError};
use crate::domain::debt::Requester;
use crate::domain::end::EndReason;
use crate::domain::session::{Identity, Live, Session, Tokens, after, moment};
use crate::limits::Share;
use crate::session::{HashedId, Lease, Leasing, Renewed};

/// The longest that a use waits for Okta's word; then it goes on with what is known.
const PATIENCE: Duration = Duration::from_secs(3);

/// Of the time between two checks, the part after which a use asks ahead.
const EARLY: f64 = 0.7;

/// By how much more that part differs from session to session, so that those that began together do not ask together.
const SPREAD: f64 = 0.2;

/// How sessions without a refresh token are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithoutRefreshToken {
    /// By the user-info endpoint, for as long as the access token lives.
    UserInfo,
    /// By introspection of the access token, for as long as it lives.
    Introspection,
    /// Not at all.
    Nothing,
}

/// When and how sessions are checked.
#[derive(Debug, Clone, Copy)]
pub struct Revalidation {
    /// The oldest that Okta's word may be when a session is used.
    pub every: Duration,
    /// What to do when Okta gave no refresh token.
    pub otherwise: WithoutRefreshToken,
}

/// How one session is asked about.
struct Asked {
    revalidation: Revalidation,
    /// From where it was used: Okta's policies may care.
    requester: Requester,
}

/// What became of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    /// It is over, or there was none to make.
    Over,
    /// Somebody else is making it.
    ByAnother,
}

/// What Okta said.
enum Word {
    /// Still right; perhaps with other facts and other tokens.
    Yes(Box<(Identity, Tokens)>),
    /// No longer.
    No(&'static str),
    /// Nothing that would tell.
    Silence(&'static str),
}

impl Word {
    fn yes(identity: Identity, tokens: Tokens) -> Self {
        Self::Yes(Box::new((identity, tokens)))
    }
}

impl Flow {
    /// The session with what is known of it no older than the operator allows, as far as Okta answers.
    pub(super) async fn revalidated(
        &self,
        id: HashedId,
        live: Live,
        requester: &Requester,
    ) -> Result<Option<Live>, FlowError> {
        let Some(revalidation) = self.parts.settings.revalidation else {
            return Ok(Some(live));
        };
        let (now, checked) = (self.now(), live.session.checked);
        if now
            < after(
                checked,
                revalidation.every.mul_f64(EARLY + SPREAD * id.share()),
            )
        {
            return Ok(Some(live));
        }
        let renewal = {
            let flow = self.clone();
            let asked = Asked {
                revalidation,
                requester: requester.clone(),
            };
            tokio::spawn(async move { flow.renew(id, asked).await })
        };
        if now < after(checked, revalidation.every) {
            return Ok(Some(live));
        }
        // The renewal goes on whoever waits: its answer may carry the only good refresh token.
        let answer = async {
            match renewal.await {
                Ok(Renewal::ByAnother) => self.parts.store.session_changed(id, live.version).await,
                Ok(Renewal::Over) => Ok(()),
                Err(broken) => {
                    tracing::error!(%broken, "a renewal broke off; the next one follows when its lease has run out");
                    Ok(())
                }
            }
        };
        tokio::select! {
            waited = answer => waited.map_err(FlowError::reading_session)?,
            () = self.parts.clock.sleep_until(after(now, PATIENCE)) => {}
        }
        self.live(id).await
    }

    /// Asks Okta if nobody else does.
    async fn renew(&self, id: HashedId, asked: Asked) -> Renewal {
        self.try_to_renew(id, asked).await.unwrap_or_else(|error| {
            if !error.is_told() {
                tracing::error!(%error, "a session could not be renewed");
            }
            Renewal::Over
        })
    }

    async fn try_to_renew(&self, id: HashedId, asked: Asked) -> Result<Renewal, FlowError> {
        let (store, now) = (&self.parts.store, self.now());
        // One request keeps the others from asking for as long as its call may take. By default that is shorter than the
        // time in which Okta takes the former refresh token once more when its answer was lost.
        let until = after(now, self.parts.settings.call_limit);
        let leasing = store.lease(id, until, now).await;
        let Lease { tokens, number } = match leasing.map_err(FlowError::reading_session)? {
            Leasing::Granted(lease) => lease,
            Leasing::Busy => return Ok(Renewal::ByAnother),
            Leasing::Resting | Leasing::Nothing => return Ok(Renewal::Over),
        };
        let Some(live) = self.live(id).await? else {
            return Ok(Renewal::Over);
        };
        match self.ask_okta(&live.session, tokens, &asked).await {
            Word::Yes(facts) => {
                let (identity, tokens) = *facts;
                let session = Session {
                    identity,
                    checked: self.now(),
                    ..Session::clone(&live.session)
                };
                let renewed = store.renew(id, number, session, tokens.clone()).await;
                match renewed.map_err(FlowError::storing_session)? {
                    Renewed::Done => self.parts.witness.revalidated("ok"),
                    // The session ended meanwhile, owing the tokens of before; these are owed as well.
                    Renewed::Ended => self.give_back(tokens, &asked.requester),
                    Renewed::Superseded => {
                        self.give_back_surplus(id, tokens, &asked.requester).await?;
                    }
                }
            }
            Word::No(why) => {
                tracing::info!(why, "Okta no longer stands by a session; it ends");
                self.end_by_okta(id).await?;
                self.parts.witness.revalidated("ended");
            }
            Word::Silence(why) => {
                tracing::warn!(
                    why,
                    "Okta did not say whether a session is still right; it goes on"
                );
                let rested = store.rest(id, number).await;
                rested.map_err(FlowError::storing_session)?;
                self.parts.witness.revalidated("unanswered");
            }
        }
        Ok(Renewal::Over)
    }

    /// Gives back what a renewal brought that came too late. The session lives with what came after, and to revoke a
    /// refresh token may end everything that came of its sign-in: while the session lives, only an access token goes.
    async fn give_back_surplus(
        &self,
        id: HashedId,
        late: Tokens,
        requester: &Requester,
    ) -> Result<(), FlowError> {
        let kept = self.parts.store.tokens(id).await;
        let surplus = match kept.map_err(FlowError::reading_session)? {
            Some(kept) => Tokens {
                refresh: None,
                access: late.access.clone().filter(|_| !late.has_access_of(&kept)),
                ..late
            },
            // It ended after all, and the tokens of before are owed.
            None => late,
        };
        self.give_back(surplus, requester);
        Ok(())
    }

    /// Ends a session at Okta's word.
    pub(super) async fn end_by_okta(&self, id: HashedId) -> Result<(), FlowError> {
        self.end_behind(id, EndReason::Okta, Requester::default())
            .await
            .map(drop)
    }

    async fn ask_okta(&self, session: &Session, tokens: Tokens, asked: &Asked) -> Word {
        let device = device(&asked.requester);
        if let Some(refresh) = tokens.refresh.clone() {
            return self
                .ask_by_refresh(session, tokens, (&refresh, &device))
                .await;
        }
        // An access token that has expired by itself tells nothing of the customer.
        let is_good = self.now() < tokens.access_expires;
        let access = tokens.access.clone().filter(|_| is_good);
        match (asked.revalidation.otherwise, access) {
            (WithoutRefreshToken::UserInfo, Some(access)) => {
                self.ask_user_info(session, tokens, &access).await
            }
            (WithoutRefreshToken::Introspection, Some(access)) => {
                self.introspect(session, tokens, (&access, &device)).await
            }
            // Noted as checked, so that not every use comes here again.
            (WithoutRefreshToken::Nothing, _) | (_, None) => {
                Word::yes(session.identity.clone(), tokens)
            }
        }
    }

    async fn ask_by_refresh(
        &self,
        session: &Session,
        tokens: Tokens,
        (refresh, device): (&RefreshToken, &Device),
    ) -> Word {
        let (okta, subject) = (&self.parts.okta, &session.identity.subject);
        let call = async {
            match &tokens.dpop {
                Some(key) => okta.refresh_bound(refresh, key, subject, device).await,
                None => okta.refresh(refresh, subject, device).await,
            }
        };
        match self.call(Share::Poll, Box::pin(call)).await {
            Ok(set) if is_later(&set, session) => Word::No("auth_time_moved"),
            Ok(set) => {
                let identity = updated(&session.identity, Facts::from(&set.claims));
                let mut renewed = Tokens::from(Box::new(set));
                // Where Okta does not rotate refresh tokens it sends none along.
                renewed.refresh = renewed.refresh.or(tokens.refresh);
                renewed.dpop = renewed.dpop.or(tokens.dpop);
                Word::yes(identity, renewed)
            }
            Err(outage) => word(outage),
        }
    }

    async fn ask_user_info(&self, session: &Session, tokens: Tokens, access: &AccessToken) -> Word {
        let (okta, subject) = (&self.parts.okta, &session.identity.subject);
        let call = async {
            match &tokens.dpop {
                Some(key) => okta.userinfo_bound(access, key, subject).await,
                None => okta.userinfo(access, subject).await,
            }
        };
        match self.call(Share::Poll, Box::pin(call)).await {
            Ok(info) => Word::yes(updated(&session.identity, Facts::from(info)), tokens),
            Err(outage) => word(outage),
        }
    }

    async fn introspect(
        &self,
        session: &Session,
        tokens: Tokens,
        (access, device): (&AccessToken, &Device),
    ) -> Word {
        let okta = &self.parts.okta;
        let call = okta.introspect(TokenRef::Access(access), device);
        match self.call(Share::Poll, Box::pin(call)).await {
            Ok(Introspection::Inactive) => Word::No("token_inactive"),
            Ok(Introspection::Active(token)) => {
                let is_same = |uid: &String| *uid == session.identity.subject;
                if token.uid.as_ref().is_none_or(is_same) {
                    Word::yes(session.identity.clone(), tokens)
                } else {
                    Word::No("token_of_someone_else")
                }
            }
            Err(outage) => word(outage),
        }
    }
}

/// Only an answer about the customer ends a session; everything else is trouble of Okta's, of the way to it, or of the
/// settings, for which no customer is signed out.
fn word(outage: Outage<Error>) -> Word {
    match outage {
        Outage::Full => Word::Silence("too_many_calls"),
        Outage::HeldBack(_) => Word::Silence("held_back"),
        Outage::Refused(error) => match error.kind() {
            ErrorKind::SessionOver
            | ErrorKind::NotAssigned
            | ErrorKind::PolicyDenied
            | ErrorKind::NetworkZoneDenied
            | ErrorKind::Denied
            // The library gave back tokens that did not validate, or were someone else's; ours are as suspect.
            | ErrorKind::InvalidToken => Word::No(error.cause()),
            _ => Word::Silence(error.cause()),
        },
    }
}

/// A refresh proves nothing anew: a later moment of proof is none that this service saw.
fn is_later(set: &TokenSet, session: &Session) -> bool {
    let proved = set.claims.auth_time.map(moment);
    proved.is_some_and(|proved| proved > after(session.identity.auth_time, SKEW))
}

/// What may change at Okta.
struct Facts {
    name: Option<String>,
    login: Option<String>,
    email: Option<String>,
    groups: Vec<String>,
}

/// What may change does; who it is and how it was proved stay.
fn updated(identity: &Identity, facts: Facts) -> Identity {
    Identity {
        name: facts.name.unwrap_or_else(|| identity.name.clone()),
        login: facts.login.unwrap_or_else(|| identity.login.clone()),
        email: facts.email,
        groups: facts.groups,
        ..identity.clone()
    }
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
