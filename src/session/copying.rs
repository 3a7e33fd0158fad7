//! Copies everything that one store holds into another, while no service uses either.
//!
//! What is copied is opened and sealed anew, so that a record that cannot be read is noticed, and never copied blindly.
//! Not copied: how sessions ended (an hour's memory for one page), and the names of hand-offs and logout orders that were
//! used (a restart with the embedded store forgets them, too).

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use thiserror::Error;

use super::desk::ACCOUNTS_KEPT;
use super::{AccountHash, Answer, Change, ChangeError, HashedId, RevocationId, Store, StoreError};
use crate::clock::Entropy;
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::logout_notice::LogoutNotice;
use crate::domain::past_try::PastTry;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Session, Tokens};

/// Sessions written in one step.
const AT_ONCE: usize = 100;

/// Of those, the number whose tokens are read concurrently.
const SIDE_BY_SIDE: usize = 16;

/// A session to be copied.
#[derive(Debug)]
pub struct CopiedSession {
    pub(in crate::session) id: HashedId,
    pub(in crate::session) session: Arc<Session>,
    pub(in crate::session) last_used: Timestamp,
    pub(in crate::session) tokens: Option<Tokens>,
}

/// A sign-in in progress to be copied.
#[derive(Debug)]
pub struct CopiedAttempt {
    pub(in crate::session) visit: HashedId,
    pub(in crate::session) tab: Tab,
    pub(in crate::session) attempt: Attempt,
}

/// A store that can be copied, and copied into.
pub trait CopyStore: Store {
    /// Every attempt that is remembered.
    fn each_attempt(&self) -> Answer<'_, Vec<CopiedAttempt>>;

    /// Every pending revocation.
    fn each_revocation(&self) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>>;

    /// Every logout notice that a portal has not taken.
    fn each_notice(&self) -> Answer<'_, Vec<(HashedId, LogoutNotice)>>;

    /// Adds sessions that it does not have.
    fn put_sessions(&self, sessions: Vec<CopiedSession>) -> Change<'_, ()>;

    /// Adds attempts that it does not have.
    fn put_attempts(&self, attempts: Vec<CopiedAttempt>) -> Change<'_, ()>;

    /// Adds logout notices that it does not have, due at once.
    fn put_notices(&self, notices: Vec<(HashedId, LogoutNotice)>, now: Timestamp) -> Change<'_, ()>;
}

/// How much was copied, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CopyCounts {
    /// Sessions.
    pub sessions: usize,
    /// Sign-ins in progress, and those that are still remembered.
    pub attempts: usize,
    /// Revocations that Okta has not confirmed.
    pub revocations: usize,
    /// Ended sessions that a portal has not been told of.
    pub notices: usize,
    /// Sessions that cannot be read, and would not be by a service either.
    pub unreadable: usize,
}

/// Why a copy failed.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The store that is copied cannot be read.
    #[error("reading the store to copy")]
    Read(#[source] StoreError),
    /// The other one cannot be written.
    #[error("writing the copy; it is not finished, and no service starts with it: run the command again")]
    Write(#[source] StoreError),
    /// It holds something else than the store that was copied.
    #[error(
        "the copy is not the same as the store: {0}; it is not finished, and no service starts with it: see that no service \
         uses either store, and run the command again"
    )]
    Differs(String),
}

/// What a store holds, without tokens.
#[derive(Debug)]
pub struct Contents {
    sessions: Vec<(HashedId, Arc<Session>, Timestamp)>,
    attempts: Vec<CopiedAttempt>,
    revocations: Vec<(RevocationId, PendingRevocation)>,
    notices: Vec<(HashedId, LogoutNotice)>,
    /// What the help desk asks about: of each account the newest first, and the account tried last first.
    tries: Vec<(AccountHash, Vec<PastTry>)>,
    closed_since: Option<Timestamp>,
    unreadable: usize,
}

impl Contents {
    /// Reads a store. Attempts that are over by `now` are left out; if one has tokens, these are to be revoked.
    pub async fn of(store: &dyn CopyStore, entropy: &dyn Entropy, now: Timestamp) -> Result<Self, CopyError> {
        let kept = store.count_sessions().await.map_err(CopyError::Read)?;
        let sessions = store.each_session().await.map_err(CopyError::Read)?;
        let sessions: Vec<_> = sessions
            .into_iter()
            .map(|(id, live)| (id, live.session, live.last_used))
            .collect();
        let mut revocations = store.each_revocation().await.map_err(CopyError::Read)?;
        let attempts = store.each_attempt().await.map_err(CopyError::Read)?;
        let (over, mut attempts): (Vec<_>, Vec<_>) = attempts.into_iter().partition(|one| one.attempt.is_expired(now));
        let unclaimed = over.into_iter().filter_map(|one| one.attempt.into_tokens());
        let unclaimed = unclaimed.filter_map(|tokens| PendingRevocation::new(tokens, Requester::default(), now));
        revocations.extend(unclaimed.map(|revocation| (RevocationId::new(entropy), revocation)));
        let notices = store.each_notice().await.map_err(CopyError::Read)?;
        let accounts = store.tried_accounts(ACCOUNTS_KEPT, now).await;
        let mut tries = Vec::new();
        for account in accounts.map_err(CopyError::Read)? {
            tries.push((account, store.tries(account, now).await.map_err(CopyError::Read)?));
        }
        // The oldest first: the order in which the tabs of a browser were opened is kept.
        attempts.sort_by_key(|one| one.attempt.facts.started);
        Ok(Self {
            unreadable: kept.saturating_sub(sessions.len()),
            sessions,
            attempts,
            revocations,
            notices,
            tries,
            closed_since: store.closed_since().await.map_err(CopyError::Read)?,
        })
    }

    /// Leaves out the logout notices, for a service that tells no portal.
    pub fn forget_notices(&mut self) {
        self.notices.clear();
    }

    /// How much it is.
    pub fn counts(&self) -> CopyCounts {
        CopyCounts {
            sessions: self.sessions.len(),
            attempts: self.attempts.len(),
            revocations: self.revocations.len(),
            notices: self.notices.len(),
            unreadable: self.unreadable,
        }
    }

    /// Writes all of it into an empty store; says after each step how many sessions are written.
    pub async fn copy(
        self,
        from: &dyn CopyStore,
        to: &dyn CopyStore,
        now: Timestamp,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), CopyError> {
        let mut written = 0;
        for some in self.sessions.chunks(AT_ONCE) {
            let opened = stream::iter(some)
                .map(|(id, session, last_used)| async move {
                    Ok::<_, StoreError>(CopiedSession {
                        id: *id,
                        session: Arc::clone(session),
                        last_used: *last_used,
                        tokens: from.tokens(*id).await?,
                    })
                })
                .buffered(SIDE_BY_SIDE)
                .try_collect();
            let opened: Vec<CopiedSession> = opened.await.map_err(CopyError::Read)?;
            to.put_sessions(opened).await.map_err(unwritten)?;
            written += some.len();
            progress(written);
        }
        to.put_attempts(self.attempts).await.map_err(unwritten)?;
        for (id, revocation) in self.revocations {
            to.keep_revocation(id, revocation, now).await.map_err(unwritten)?;
        }
        to.put_notices(self.notices, now).await.map_err(unwritten)?;
        // The oldest first, as they were noted.
        for (account, tries) in self.tries.into_iter().rev() {
            for one in tries.into_iter().rev() {
                to.note_try(account, one).await.map_err(CopyError::Write)?;
            }
        }
        to.set_closed(self.closed_since).await.map_err(unwritten)?;
        to.safe().await.map_err(unwritten)
    }
}

fn unwritten(error: ChangeError) -> CopyError {
    match error {
        ChangeError::NotDone(error) | ChangeError::Unknown(error) => CopyError::Write(error),
    }
}

/// What tells two stores apart.
#[derive(Debug, PartialEq, Eq)]
pub struct Fingerprint {
    sessions: BTreeMap<HashedId, Timestamp>,
    attempts: Vec<(HashedId, String)>,
    revocations: Vec<RevocationId>,
    notices: Vec<HashedId>,
    tries: usize,
    closed_since: Option<Timestamp>,
}

impl From<&Contents> for Fingerprint {
    fn from(contents: &Contents) -> Self {
        let whole_millis = |moment: Timestamp| Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment);
        let mut attempts: Vec<_> = contents
            .attempts
            .iter()
            .map(|one| (one.visit, one.tab.as_str().to_owned()))
            .collect();
        attempts.sort_unstable();
        let mut revocations: Vec<_> = contents.revocations.iter().map(|(id, _)| *id).collect();
        revocations.sort_unstable();
        let mut notices: Vec<_> = contents.notices.iter().map(|(id, _)| *id).collect();
        notices.sort_unstable();
        Self {
            sessions: contents
                .sessions
                .iter()
                .map(|(id, _, last_used)| (*id, whole_millis(*last_used)))
                .collect(),
            attempts,
            revocations,
            notices,
            tries: contents.tries.iter().map(|(_, tries)| tries.len()).sum(),
            closed_since: contents.closed_since,
        }
    }
}

impl Fingerprint {
    /// Compares the copy with the store that this was made of.
    pub fn check(&self, copy: &Contents) -> Result<(), CopyError> {
        let there = Self::from(copy);
        let differs = |what: &str, here: usize, there: usize| {
            Err(CopyError::Differs(format!(
                "{here} {what} were read, and the copy has {there}"
            )))
        };
        if self.sessions != there.sessions {
            return differs("sessions", self.sessions.len(), there.sessions.len());
        }
        if self.attempts != there.attempts {
            return differs("sign-ins in progress", self.attempts.len(), there.attempts.len());
        }
        if self.revocations != there.revocations {
            return differs("revocations", self.revocations.len(), there.revocations.len());
        }
        if self.notices != there.notices {
            return differs("logout notices", self.notices.len(), there.notices.len());
        }
        if self.tries != there.tries {
            return differs("past tries", self.tries, there.tries);
        }
        if self.closed_since != there.closed_since {
            return Err(CopyError::Differs("whether sign-ins are closed".to_owned()));
        }
        Ok(())
    }
}
