//! Asks Okta now and then whether a session is still valid.
//!
//! A session in use is renewed with its refresh token before what is known of it becomes older than the operator
//! allows. Towards the end of that time a use starts the renewal and does not wait; after it, uses wait for the answer.
//! A lease in the store lets one request, on whichever replica, ask on behalf of all. A refusal ends the session;
//! timeouts, rate limits and faults of Okta leave it as it is, within its own limits.

pub(in crate::flow) mod hold;
mod outcome;
mod request;

use std::error::Error as StdError;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::end::EndReason;
use crate::domain::revocation::Requester;
use crate::domain::session::{Live, Session, Tokens, after};
use crate::flow::{Flow, FlowError, of_this_request};
use crate::session::{HashedId, Lease, Leasing, Renewed};
use hold::HOLD;
use outcome::RevalidationOutcome;
use request::RevalidationRequest;

/// The longest that a use waits for Okta's answer; then it continues with what is known.
const PATIENCE: Duration = Duration::from_secs(3);

/// The share of the time between two checks after which a use asks ahead.
const EARLY: f64 = 0.7;

/// By how much that share may grow from session to session, so that sessions that began together do not ask together.
const SPREAD: f64 = 0.2;

/// The pause before storing the result of a renewal is retried.
const KEPT_AGAIN: Duration = Duration::from_secs(1);

/// The request that holds the lease of a session and asks Okta about it.
#[derive(Debug, Clone, Copy)]
struct LeaseHolder<'a> {
    id: HashedId,
    lease: u64,
    requester: &'a Requester,
}

/// The outcome of a renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renewal {
    /// It is done, or none was needed.
    Over,
    /// Another request is making it.
    ByAnother,
}

impl Flow {
    /// The session, revalidated as recently as the operator requires, as far as Okta answers.
    pub(in crate::flow) async fn revalidated(
        &self,
        id: HashedId,
        live: Live,
        requester: &Requester,
    ) -> Result<Option<Live>, FlowError> {
        let Some(revalidation) = self.parts.settings.revalidation else {
            return Ok(Some(live));
        };
        let (now, checked) = (self.now(), live.session.checked);
        if !self.is_to_be_checked(id, &live, now) {
            return Ok(Some(live));
        }
        let renewal = {
            let flow = self.clone();
            let asked = RevalidationRequest {
                revalidation,
                version: live.version,
                requester: requester.clone(),
            };
            tokio::spawn(of_this_request(async move { flow.renew(id, asked).await }))
        };
        if now < after(checked, revalidation.every) {
            return Ok(Some(live));
        }
        // The renewal goes on even if no request waits for it: its answer may carry the only valid refresh token.
        let answer = async {
            match renewal.await {
                Ok(Renewal::ByAnother) => self.parts.store.session_changed(id, live.version).await,
                Ok(Renewal::Over) => Ok(()),
                // Its own text would quote the panic, which may quote what a customer typed.
                Err(_) => {
                    tracing::error!("revalidating a session was aborted; it is repeated when the lease has expired");
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

    /// Whether it is time to ask Okta about a session.
    pub(in crate::flow) fn is_to_be_checked(&self, id: HashedId, live: &Live, now: Timestamp) -> bool {
        let every = self.parts.settings.revalidation.map(|asked| asked.every);
        every.is_some_and(|every| {
            let early = every.mul_f64(EARLY + SPREAD * id.share());
            now >= after(live.session.checked, early)
        })
    }

    /// Asks Okta, unless another request is asking.
    async fn renew(&self, id: HashedId, asked: RevalidationRequest) -> Renewal {
        self.try_to_renew(id, asked).await.unwrap_or_else(|error| {
            if !error.is_logged() {
                tracing::error!(error = &error as &dyn StdError, "a session could not be renewed");
            }
            Renewal::Over
        })
    }

    async fn try_to_renew(&self, id: HashedId, asked: RevalidationRequest) -> Result<Renewal, FlowError> {
        let (store, now) = (&self.parts.store, self.now());
        if !self.hold.is_over(now) {
            return Ok(Renewal::Over);
        }
        // The lease keeps other requests from asking for as long as this call may take. By default that is shorter than
        // the time in which Okta accepts the former refresh token once more when its answer was lost.
        let until = after(now, self.parts.settings.call_limit);
        let leasing = store.lease(id, asked.version, until, now).await;
        let Lease { tokens, number } = match leasing.map_err(FlowError::reading_session)? {
            Leasing::Granted(lease) => lease,
            Leasing::Busy => return Ok(Renewal::ByAnother),
            Leasing::Resting | Leasing::Nothing => return Ok(Renewal::Over),
        };
        let Some(live) = self.live(id).await? else {
            return Ok(Renewal::Over);
        };
        let outcome = self.ask_okta(&live.session, tokens, &asked).await;
        let holder = LeaseHolder {
            id,
            lease: number,
            requester: &asked.requester,
        };
        self.conclude_renewal(holder, &live.session, outcome).await?;
        Ok(Renewal::Over)
    }

    /// Stores Okta's answer in the session.
    async fn conclude_renewal(
        &self,
        holder: LeaseHolder<'_>,
        session: &Session,
        outcome: RevalidationOutcome,
    ) -> Result<(), FlowError> {
        match outcome {
            RevalidationOutcome::Yes(facts) => {
                let (identity, tokens) = *facts;
                let session = Session {
                    identity,
                    checked: self.now(),
                    ..session.clone()
                };
                self.keep_renewed(holder, session, tokens, "ok").await
            }
            RevalidationOutcome::No(why) => self.ends_at_oktas_word(holder.id, why).await,
            RevalidationOutcome::NoWith(tokens, why) => {
                self.give_back(*tokens, holder.requester);
                self.ends_at_oktas_word(holder.id, why).await
            }
            RevalidationOutcome::Silence(why) => {
                tracing::warn!(why, "Okta did not confirm or refuse a session; it continues");
                // OK because the lease also expires by itself.
                if let Err(error) = self.parts.store.rest(holder.id, holder.lease).await {
                    tracing::debug!(error = &error as &dyn StdError, "a lease could not be released");
                }
                self.parts.observer.revalidated("unanswered");
                Ok(())
            }
            RevalidationOutcome::Unjudged(tokens, why) => {
                if self.hold.begin(self.now()) {
                    tracing::error!(
                        why,
                        pause_s = HOLD.as_secs(),
                        "Okta's answers about sessions cannot be verified; the sessions continue and are checked \
                         again after a pause"
                    );
                }
                // What is known of the session stays as old as it was.
                self.keep_renewed(holder, session.clone(), *tokens, "unjudged").await
            }
        }
    }

    async fn ends_at_oktas_word(&self, id: HashedId, why: &'static str) -> Result<(), FlowError> {
        tracing::info!(why, "Okta refused a session when it was revalidated; the session ends");
        self.end_by_okta(id).await?;
        self.parts.observer.revalidated("ended");
        Ok(())
    }

    async fn keep_renewed(
        &self,
        holder: LeaseHolder<'_>,
        session: Session,
        tokens: Tokens,
        result: &'static str,
    ) -> Result<(), FlowError> {
        let LeaseHolder { id, lease, requester } = holder;
        let store = &self.parts.store;
        let over = after(self.now(), self.parts.settings.call_limit);
        let renewed = loop {
            let renewed = store.renew(id, lease, session.clone(), tokens.clone()).await;
            // Okta has rotated the token: a session that does not get it ends with the next renewal. Repeating is safe:
            // the store recognises what it has already done.
            if renewed.is_ok() || self.now() >= over {
                break renewed;
            }
            let next = after(self.now(), KEPT_AGAIN);
            self.parts.clock.sleep_until(next).await;
        };
        match renewed.map_err(FlowError::storing_session)? {
            Renewed::Done => self.parts.observer.revalidated(result),
            // The session ended meanwhile, and its former tokens are being revoked; so these must be, too.
            Renewed::Ended => self.give_back(tokens, requester),
            Renewed::Superseded => self.give_back_surplus(id, tokens, requester).await?,
        }
        Ok(())
    }

    /// Revokes the tokens of a renewal that came too late. The session lives on with later ones, and revoking a refresh
    /// token may end everything that came from its sign-in: so while the session lives, only an access token is revoked.
    async fn give_back_surplus(&self, id: HashedId, late: Tokens, requester: &Requester) -> Result<(), FlowError> {
        let kept = self.parts.store.tokens(id).await;
        let surplus = match kept.map_err(FlowError::reading_session)? {
            Some(kept) => Tokens {
                refresh: None,
                access: late.access.clone().filter(|_| !late.has_access_of(&kept)),
                ..late
            },
            // It ended after all, and its former tokens are being revoked.
            None => late,
        };
        self.give_back(surplus, requester);
        Ok(())
    }

    /// Ends a session because of Okta's answer or order.
    pub(in crate::flow) async fn end_by_okta(&self, id: HashedId) -> Result<(), FlowError> {
        self.end_behind(id, EndReason::Okta, Requester::default())
            .await
            .map(drop)
    }
}
