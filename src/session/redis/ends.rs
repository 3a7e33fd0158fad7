//! Ends of sessions: from then on they are refused everywhere, and their tokens are to be revoked.

use std::error::Error as StdError;

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use super::{RedisStore, last_use, readable};
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::{Lifetimes, Live};
use crate::session::{ChangeError, Ended, EndedMany, HashedId, RevocationId, StoreError};

/// Sessions checked in one batch.
const AT_ONCE: usize = 500;

/// Of those, the number handled concurrently.
const SIDE_BY_SIDE: usize = 16;

/// A session that is about to end.
pub(super) struct EndingRow {
    pub(super) id: HashedId,
    pub(super) live: Live,
    /// The change count at which its tokens were read: it may end only if it still is that.
    pub(super) changes: u64,
    /// A nonce that distinguishes this end from every other one.
    pub(super) ender: String,
    pub(super) revocation: Option<(RevocationId, PendingRevocation)>,
}

impl RedisStore {
    pub(super) async fn leaving(
        &self,
        id: HashedId,
        requester: Requester,
        now: Timestamp,
    ) -> Result<Option<EndingRow>, StoreError> {
        type All = (Option<Vec<u8>>, Option<u64>, Option<i64>, Option<Vec<u8>>, Option<u64>);
        let mut command = redis::cmd("HMGET");
        command.arg(self.session_key(id)).arg(&["r", "v", "u", "t", "c"]);
        let (record, version, used, tokens, changes): All = self.redis.ask(&command).await?;
        let (Some(live), Some(changes)) = (self.live(id, (record, version, used))?, changes) else {
            return Ok(None);
        };
        let tokens = match tokens {
            Some(sealed) => readable(self.records.open_tokens(id, &sealed), "the tokens of a session")?,
            None => None,
        };
        let revocation = tokens.and_then(|tokens| PendingRevocation::new(tokens, requester, now));
        Ok(Some(EndingRow {
            id,
            live,
            changes,
            ender: self.nonce(),
            revocation: revocation.map(|revocation| (RevocationId::new(self.entropy.as_ref()), revocation)),
        }))
    }

    pub(super) async fn end_now(
        &self,
        id: HashedId,
        requester: Requester,
        now: Timestamp,
    ) -> Result<Option<Ended>, ChangeError> {
        loop {
            let leaving = self.leaving(id, requester.clone(), now).await;
            let Some(leaving) = leaving.map_err(ChangeError::NotDone)? else {
                // The caller that ended it may not have been answered yet: perhaps no replica has the end.
                self.redis.safe().await?;
                return Ok(None);
            };
            let (revocation, sealed, due) = self.as_arguments(leaving.revocation.as_ref(), now);
            let notice = self.notice_arguments(Some((id, &leaving.live)), now);
            let outcome = self.redis.change_safely(&self.redis.scripts().end, |call| {
                call.arg(id.to_text())
                    .arg(leaving.changes)
                    .arg(&leaving.ender)
                    .arg(&revocation)
                    .arg(&sealed)
                    .arg(due)
                    .arg(&notice.sealed)
                    .arg(notice.due)
                    .arg(notice.kept_for);
            });
            let outcome: String = outcome.await?;
            match outcome.as_str() {
                "ended" => {
                    self.cache.forget(id);
                    return Ok(Some(leaving.ended()));
                }
                // Renewed in the meantime: another token is now to be revoked.
                "changed" => {}
                _ => return Ok(None),
            }
        }
    }

    /// Concurrently: all ends share one connection, on which no query waits for an earlier answer. A session that
    /// cannot be ended does not keep the others alive.
    pub(super) async fn end_many(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> EndedMany {
        let mut ends = stream::iter(ids)
            .map(|id| self.end_now(id, requester.clone(), now))
            .buffer_unordered(SIDE_BY_SIDE);
        let mut many = EndedMany::default();
        while let Some(one) = ends.next().await {
            many.takes(one);
        }
        many
    }

    /// A pending revocation as arguments of the scripts.
    pub(super) fn as_arguments(
        &self,
        revocation: Option<&(RevocationId, PendingRevocation)>,
        now: Timestamp,
    ) -> (String, Vec<u8>, i64) {
        match revocation {
            Some((id, revocation)) => (
                id.to_text(),
                self.records.seal_revocation(*id, revocation),
                id.next_try(revocation, now).as_millisecond(),
            ),
            None => (String::new(), Vec::new(), 0),
        }
    }

    /// Ends the sessions that are past their limits. Another replica may do the same; each session is ended once.
    pub(super) async fn sweep(&self, lifetimes: Lifetimes, now: Timestamp) -> EndedMany {
        let mut many = EndedMany::default();
        // A session used here is not idle, even if Redis does not know yet; other replicas write within a minute.
        if let Err(error) = last_use::write_now(&self.redis, &self.cache).await {
            many.takes(Err(ChangeError::NotDone(error)));
            return many;
        }
        for (kind, before) in Self::sets(lifetimes, now) {
            loop {
                let candidates = match self.up_to(kind, before).await {
                    Ok(candidates) => candidates,
                    Err(error) => {
                        many.takes(Err(ChangeError::NotDone(error)));
                        return many;
                    }
                };
                let is_all = candidates.len() < AT_ONCE;
                let mut ends = stream::iter(candidates)
                    .map(|id| self.end_if_over(id, lifetimes, now))
                    .buffer_unordered(SIDE_BY_SIDE);
                let known = many.ended.len();
                while let Some(one) = ends.next().await {
                    many.takes(one);
                }
                if many.failed.is_some() {
                    return many;
                }
                if is_all || many.ended.len() == known {
                    break;
                }
            }
        }
        many
    }

    /// The sets that list sessions that may be past their limits, and the latest score to look at. A session whose
    /// absolute limit became stricter is found once it is idle.
    fn sets(lifetimes: Lifetimes, now: Timestamp) -> [(&'static str, i64); 3] {
        let used_before = |is_remembered| {
            let idle = lifetimes.of(is_remembered).idle.as_millis();
            now.as_millisecond()
                .saturating_sub(i64::try_from(idle).unwrap_or(i64::MAX))
        };
        [
            ("used:usual", used_before(false)),
            ("used:remembered", used_before(true)),
            ("ends", now.as_millisecond()),
        ]
    }

    async fn end_if_over(
        &self,
        id: HashedId,
        lifetimes: Lifetimes,
        now: Timestamp,
    ) -> Result<Option<Ended>, ChangeError> {
        match self.leaving(id, Requester::default(), now).await {
            Ok(Some(leaving)) if !leaving.live.is_live(lifetimes, now) => {
                self.end_now(id, Requester::default(), now).await
            }
            Ok(_) => Ok(None),
            // Sealed with a key that this replica lacks: a replica that has the key will end it.
            Err(error) if !error.is_logged => {
                tracing::warn!(error = &error as &dyn StdError, "an expiring session could not be read");
                Ok(None)
            }
            Err(error) => Err(ChangeError::NotDone(error)),
        }
    }

    async fn up_to(&self, set: &str, score: i64) -> Result<Vec<HashedId>, StoreError> {
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command
            .arg(self.redis.name(set))
            .arg("-inf")
            .arg(score)
            .arg("LIMIT")
            .arg(0)
            .arg(AT_ONCE);
        self.ids(&command).await
    }
}

impl EndingRow {
    pub(super) fn ended(self) -> Ended {
        Ended {
            id: self.id,
            live: self.live,
            revocation: self.revocation,
        }
    }
}
