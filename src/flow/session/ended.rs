//! Ending sessions, for whatever reason, and what is remembered of them afterwards.

use std::error::Error as StdError;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::domain::end::EndReason;
use crate::domain::identity::Identity;
use crate::domain::ids::SessionId;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::after;
use crate::flow::{AtOkta, AuditAct, Flow, FlowError, SessionKey, of_this_request};
use crate::session::{ChangeError, Ended, HashedId, StoreError, Tombstone};

/// How long a browser with the cookie of an ended session is told why it ended.
const TOLD_FOR: Duration = Duration::from_hours(1);

/// The pause before watching a session again that turned out not to have changed: while a renewal is paused, a store
/// says "changed" whenever it is asked. An end during the pause is still noticed within the second that it may take.
const PAUSE: Duration = Duration::from_millis(500);

/// How many ends are sent to the store concurrently.
const SIDE_BY_SIDE: usize = 16;

/// What is known of a session that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedSession {
    pub reason: EndReason,
    /// Whether its tokens have been revoked by now.
    pub at_okta: AtOkta,
}

impl Flow {
    /// Ends a session: it is refused from now on. Returns it with its pending revocation; `None` when it had ended
    /// already.
    pub(in crate::flow) async fn end(
        &self,
        id: HashedId,
        reason: EndReason,
        requester: Requester,
    ) -> Result<Option<Ended>, FlowError> {
        let ended = self.parts.store.end(id, requester, self.now()).await;
        let ended = ended.map_err(FlowError::storing_session)?;
        if let Some(ended) = &ended {
            self.record_end(ended, reason).await;
        }
        Ok(ended)
    }

    /// Like [`end`](Self::end), without waiting for Okta; returns whether there was a session to end.
    pub(in crate::flow) async fn end_behind(
        &self,
        id: HashedId,
        reason: EndReason,
        requester: Requester,
    ) -> Result<bool, FlowError> {
        let ended = self.end(id, reason, requester).await?;
        let was_there = ended.is_some();
        self.revoke_later(ended.and_then(|ended| ended.revocation));
        Ok(was_there)
    }

    /// Like [`end_behind`](Self::end_behind) for many sessions, without a browser; returns how many there were to end.
    pub(in crate::flow) async fn end_all_behind(
        &self,
        ids: Vec<HashedId>,
        reason: EndReason,
    ) -> Result<usize, FlowError> {
        let flow = self.clone();
        // It continues when the caller disconnects, which could not know which sessions have ended.
        let ending = tokio::spawn(of_this_request(async move {
            let (store, nobody) = (&flow.parts.store, Requester::default());
            let many = store.end_all(ids, nobody, flow.now()).await;
            let count = many.ended.len();
            flow.conclude_all(many.ended, |_| reason).await;
            match many.failed {
                Some(error) => Err(error),
                // Other requests may have ended the rest a moment ago.
                None => store.safe().await.map(|()| count),
            }
        }));
        // The error's own text would quote the panic.
        let ended = ending.await.unwrap_or_else(|_| {
            Err(ChangeError::Unknown(StoreError {
                reason: "ending sessions broke off".to_owned(),
                is_logged: false,
            }))
        });
        ended.map_err(FlowError::storing_session)
    }

    /// For a session that the store ended by itself: its end is recorded, and its tokens are revoked afterwards.
    pub(in crate::flow) async fn conclude(&self, ended: Ended, reason: EndReason) {
        self.record_end(&ended, reason).await;
        self.revoke_later(ended.revocation);
    }

    /// Like [`conclude`](Self::conclude) for many sessions.
    pub(in crate::flow) async fn conclude_all(&self, ended: Vec<Ended>, reason: impl Fn(&Ended) -> EndReason) {
        let concluded = stream::iter(ended).for_each_concurrent(SIDE_BY_SIDE, |ended| {
            let reason = reason(&ended);
            self.conclude(ended, reason)
        });
        concluded.await;
    }

    /// What the log calls a session and its user: the name in `Portico-Session`, and a pseudonym.
    pub(in crate::flow) fn told(&self, id: HashedId, identity: &Identity) -> (String, String) {
        (id.to_text(), self.parts.secrets.pseudonyms.of(identity.login()))
    }

    /// Counts and logs the end of a session, and leaves a tombstone.
    async fn record_end(&self, ended: &Ended, reason: EndReason) {
        self.portal_logouts.wake();
        self.parts.observer.session_ended(reason.name());
        let (session, user) = self.told(ended.id, &ended.live.session.identity);
        tracing::info!(
            event = "session_ended",
            session,
            user,
            reason = reason.name(),
            "a session ended"
        );
        self.audit(AuditAct::SessionEnded, |event| {
            (event.session, event.user) = (Some(session), Some(user));
            event.reason = Some(reason.name());
        });
        let tombstone = Tombstone {
            reason,
            at: self.now(),
            revocation: ended.revocation.as_ref().map(|(id, _)| *id),
        };
        if let Err(error) = self.parts.store.bury(ended.id, tombstone).await {
            tracing::warn!(
                error = &error as &dyn StdError,
                "how a session ended could not be stored; its browser is told less"
            );
        }
    }

    /// Completes when the session with this id has ended, through any replica, or has expired.
    pub async fn session_ends(&self, id: &SessionId) -> Result<(), FlowError> {
        self.ends(HashedId::of_session(id)).await
    }

    /// The same for a session in use. While the store does not answer, no session counts as ended.
    pub async fn session_is_over(&self, SessionKey(id): SessionKey) {
        while let Err(error) = self.ends(id).await {
            tracing::warn!(
                error = &error as &dyn StdError,
                "whether a session has ended cannot be seen"
            );
            let clock = &self.parts.clock;
            clock.sleep_until(after(self.now(), PAUSE)).await;
        }
    }

    async fn ends(&self, id: HashedId) -> Result<(), FlowError> {
        let clock = &self.parts.clock;
        let mut watched = None;
        while let Some(live) = self.live(id).await? {
            if watched.replace(live.version) == Some(live.version) {
                clock.sleep_until(after(self.now(), PAUSE)).await;
            }
            let over = live.idle_expires(self.parts.settings.lifetimes);
            tokio::select! {
                changed = self.parts.store.session_changed(id, live.version) => {
                    changed.map_err(FlowError::reading_session)?;
                }
                () = clock.sleep_until(over) => {}
            }
        }
        Ok(())
    }

    /// The name of an ended session in a URL.
    pub fn reference(id: &SessionId) -> String {
        HashedId::of_session(id).to_text()
    }

    /// Why the session no longer exists; `None` when it is live or nothing is remembered of it.
    pub async fn why_ended(&self, key: SessionKey) -> Result<Option<EndReason>, FlowError> {
        Ok(self
            .ended_session(&key.to_text())
            .await?
            .map(|ended_session| ended_session.reason))
    }

    /// What is known of an ended session, by the text that [`reference`](Self::reference) gave.
    pub async fn ended_session(&self, reference: &str) -> Result<Option<EndedSession>, FlowError> {
        let Some(id) = HashedId::parse(reference) else {
            return Ok(None);
        };
        let (store, lifetimes, now) = (&self.parts.store, self.parts.settings.lifetimes, self.now());
        let session = store.session(id).await.map_err(FlowError::reading_session)?;
        if let Some(live) = session {
            // Expired, and not yet swept.
            let ended_session = EndedSession {
                reason: live.limit(lifetimes),
                at_okta: AtOkta::Pending,
            };
            return Ok((!live.is_live(lifetimes, now)).then_some(ended_session));
        }
        let note = store.tombstone(id).await.map_err(FlowError::reading_session)?;
        let Some(note) = note.filter(|note| now < after(note.at, TOLD_FOR)) else {
            return Ok(None);
        };
        let at_okta = match note.revocation {
            None => AtOkta::Nothing,
            Some(revocation) => {
                let is_pending = store.is_pending(revocation).await;
                if is_pending.map_err(FlowError::reading_revocations)? {
                    AtOkta::Pending
                } else {
                    AtOkta::Revoked
                }
            }
        };
        Ok(Some(EndedSession {
            reason: note.reason,
            at_okta,
        }))
    }

    /// The state of a revocation from that moment whose record is gone. When no revocation is pending, it is done,
    /// unless it is so old that it may have been given up.
    pub async fn pending_since(&self, moment: Timestamp) -> Result<AtOkta, FlowError> {
        let revocations = self.parts.store.count_revocations().await;
        let is_kept = PendingRevocation::is_kept_since(moment, self.now());
        Ok(match revocations.map_err(FlowError::reading_revocations)? {
            0 if is_kept => AtOkta::Revoked,
            0 => AtOkta::Nothing,
            _ => AtOkta::Pending,
        })
    }
}
