//! A customer's own sessions: listed, ended one by one or all but one, and kept below the maximum.

use std::time::Duration;

use crate::domain::end::EndReason;
use crate::domain::ids::SessionId;
use crate::domain::session::{Live, after};
use crate::flow::{Flow, FlowError, Visitor};
use crate::session::HashedId;

/// How recent the customer's proof of identity must be for them to end other sessions (SEC-208).
const FRESH: Duration = Duration::from_mins(15);

/// Another session of the same customer.
#[derive(Debug)]
pub struct OwnSession {
    /// Its name in a form; not its id.
    pub handle: String,
    /// The session.
    pub live: Live,
}

/// The outcome of a request to end sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndOwn {
    /// This many sessions ended.
    Ended(u32),
    /// It had ended before.
    AlreadyEnded,
    /// It is the session that made the request.
    ThisOne,
    /// The handle belongs to another customer, or is invalid.
    NotTheirs,
    /// The customer's last proof of who they are is too old.
    ProofTooOld,
}

impl Flow {
    /// The other sessions of the customer to whom this session belongs, the most recently used first.
    pub async fn other_sessions(&self, id: &SessionId, live: &Live) -> Result<Vec<OwnSession>, FlowError> {
        let subject = live.session.identity.subject();
        let mut others = self.others(subject, HashedId::of_session(id)).await?;
        others.sort_by_key(|(_, live)| std::cmp::Reverse(live.last_used));
        let named = others.into_iter().map(|(id, live)| OwnSession {
            handle: self.parts.secrets.ids.handle(subject, id),
            live,
        });
        Ok(named.collect())
    }

    /// Ends one of the customer's other sessions.
    pub async fn end_own(
        &self,
        visitor: &Visitor,
        id: &SessionId,
        live: &Live,
        handle: &str,
    ) -> Result<EndOwn, FlowError> {
        let (subject, this) = (live.session.identity.subject(), HashedId::of_session(id));
        let Some(named) = self.parts.secrets.ids.open_handle(subject, handle) else {
            return Ok(EndOwn::NotTheirs);
        };
        if named.is(this) {
            return Ok(EndOwn::ThisOne);
        }
        if !self.is_fresh(live) {
            return Ok(EndOwn::ProofTooOld);
        }
        let mut others = self.others(subject, this).await?.into_iter();
        let Some((other, _)) = others.find(|(id, _)| named.is(*id)) else {
            self.wait_until_safe().await?;
            return Ok(EndOwn::AlreadyEnded);
        };
        Ok(match self.end_in_other_browsers(visitor, [other]).await? {
            0 => EndOwn::AlreadyEnded,
            count => EndOwn::Ended(count),
        })
    }

    /// Ends all of the customer's other sessions.
    pub async fn end_others(&self, visitor: &Visitor, id: &SessionId, live: &Live) -> Result<EndOwn, FlowError> {
        if !self.is_fresh(live) {
            return Ok(EndOwn::ProofTooOld);
        }
        let subject = live.session.identity.subject();
        let others = self.others(subject, HashedId::of_session(id)).await?;
        if others.is_empty() {
            self.wait_until_safe().await?;
        }
        let others = others.into_iter().map(|(id, _)| id);
        Ok(EndOwn::Ended(self.end_in_other_browsers(visitor, others).await?))
    }

    /// Ends the customer's oldest sessions beyond the maximum. The newest stays, whatever the clock says. Of two
    /// simultaneous sign-ins, each sees the other, so the maximum holds after both.
    pub(in crate::flow) async fn keep_to_the_bound(
        &self,
        visitor: &Visitor,
        subject: &str,
        newest: HashedId,
    ) -> Result<(), FlowError> {
        let mut others = self.others(subject, newest).await?;
        let bound = self.parts.settings.sessions_per_user.max(1);
        let surplus = (others.len() + 1).saturating_sub(bound);
        others.sort_by_key(|(id, live)| (live.session.started, *id));
        for (id, _) in others.into_iter().take(surplus) {
            self.end_behind(id, EndReason::TooMany, visitor.requester()).await?;
        }
        Ok(())
    }

    async fn others(&self, subject: &str, this: HashedId) -> Result<Vec<(HashedId, Live)>, FlowError> {
        let sessions = self.parts.store.of_subject(subject).await;
        let (lifetimes, now) = (self.parts.settings.lifetimes, self.now());
        Ok(sessions
            .map_err(FlowError::reading_session)?
            .into_iter()
            .filter(|(id, live)| *id != this && live.is_live(lifetimes, now))
            .collect())
    }

    async fn end_in_other_browsers(
        &self,
        visitor: &Visitor,
        ids: impl IntoIterator<Item = HashedId>,
    ) -> Result<u32, FlowError> {
        let mut count = 0;
        for id in ids {
            let (reason, requester) = (EndReason::OtherBrowser, visitor.requester());
            count += u32::from(self.end_behind(id, reason, requester).await?);
        }
        Ok(count)
    }

    fn is_fresh(&self, live: &Live) -> bool {
        self.now() < after(live.session.identity.auth_time(), FRESH)
    }
}
