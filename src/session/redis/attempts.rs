//! Sign-ins in progress, shared by replicas.

use std::error::Error as StdError;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use redis::Cmd;

use super::rows::in_order_of;
use super::{RedisStore, readable};
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::session::after;
use crate::session::{
    Answer, AttemptStore, Change, ChangeError, HashedId, Move, Opened, RowChange, RowValues, StoreError, Stored, TABS,
    making_room,
};

/// Attempts swept in one step.
const AT_ONCE: usize = 500;

impl RedisStore {
    async fn read_attempt(&self, visit: HashedId, tab: &Tab) -> Result<Option<Stored>, StoreError> {
        let (sealed, revision) = self.attempt_fields(visit, tab).await?;
        let (Some(sealed), Some(revision)) = (sealed, revision) else {
            return Ok(None);
        };
        let opened = self.records.open_attempt(visit, tab, &sealed);
        let attempt = readable(opened, "a sign-in in progress")?;
        Ok(attempt.map(|attempt| Stored {
            attempt: Arc::new(attempt),
            revision,
        }))
    }

    async fn attempt_fields(&self, visit: HashedId, tab: &Tab) -> Result<(Option<Vec<u8>>, Option<u64>), StoreError> {
        let mut command = redis::cmd("HMGET");
        command
            .arg(self.redis.name(&format!("visit:{}", visit.to_text())))
            .arg(format!("a{}", tab.as_str()))
            .arg(format!("r{}", tab.as_str()));
        self.redis.ask(&command).await
    }

    /// Closes approvals that were not claimed in time, each for one replica, which gets its tokens; only the
    /// destination is kept. A failure with one of them is left to the next sweep, and does not affect the others.
    async fn sweep_unclaimed(&self, now: Timestamp) -> Result<Vec<Attempt>, StoreError> {
        let set = self.redis.name("attempts:unclaimed");
        let mut command = redis::cmd("ZRANGEBYSCORE");
        command
            .arg(&set)
            .arg("-inf")
            .arg(now.as_millisecond())
            .arg("LIMIT")
            .arg(0)
            .arg(AT_ONCE);
        let names: Vec<String> = self.redis.ask(&command).await?;
        let mut unclaimed = Vec::new();
        for name in names {
            match self.close_unclaimed(&set, &name, now).await {
                Ok(one) => unclaimed.extend(one),
                Err(ChangeError::NotDone(error)) => {
                    tracing::warn!(
                        error = &error as &dyn StdError,
                        "an approval that nobody claimed could not be closed"
                    );
                }
                // It may have been claimed at the last moment, and its tokens may belong to a session.
                Err(ChangeError::Unknown(error)) => {
                    tracing::error!(
                        error = &error as &dyn StdError,
                        "it is unknown whether an approval was claimed; its tokens are not revoked"
                    );
                }
            }
        }
        Ok(unclaimed)
    }

    async fn close_unclaimed(&self, set: &str, name: &str, now: Timestamp) -> Result<Option<Attempt>, ChangeError> {
        let Some((visit, tab)) = parse_name(name.as_bytes()) else {
            return Ok(None);
        };
        let stored = self.read_attempt(visit, &tab).await;
        let Some(stored) = stored.map_err(ChangeError::NotDone)? else {
            let forget = redis::cmd("ZREM").arg(set).arg(name).to_owned();
            let forgotten = self.redis.ask::<()>(&forget).await;
            return forgotten.map(|()| None).map_err(ChangeError::NotDone);
        };
        let mut closed = Attempt::clone(&stored.attempt);
        closed.close(now);
        let is_ours = self.replace(visit, &tab, stored.revision, closed.into()).await?;
        Ok(is_ours.then(|| Arc::unwrap_or_clone(stored.attempt)))
    }

    /// The attempts that a script returned as alternating names and sealed texts.
    pub(super) fn handed_out(&self, gone: Vec<Vec<u8>>) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        let mut parts = gone.into_iter();
        while let (Some(name), Some(sealed)) = (parts.next(), parts.next()) {
            let Some((visit, tab)) = parse_name(&name) else {
                continue;
            };
            match self.records.open_attempt(visit, &tab, &sealed) {
                Ok(attempt) => attempts.push(attempt),
                Err(why) => tracing::warn!(%why, "a deleted sign-in could not be read"),
            }
        }
        attempts
    }
}

impl AttemptStore for RedisStore {
    fn open_with_rows<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        attempt: Attempt,
        rows: Vec<RowChange>,
    ) -> Change<'a, Option<Opened>> {
        async move {
            let sealed = self.records.seal_attempt(visit, tab, &attempt);
            let opened = self.redis.change(&self.redis.scripts().open, |call| {
                let now = self.clock.now();
                call.arg(visit.to_text())
                    .arg(tab.as_str())
                    .arg(now.as_millisecond())
                    .arg(TABS);
                add_attempt(call, &sealed, &attempt);
                add_room(call, self.bounds.attempts, now);
                self.add_rows(call, &rows);
            });
            let opened: Option<(Vec<Vec<u8>>, Option<RowValues>)> = opened.await?;
            Ok(opened.map(|(gone, present)| Opened {
                evicted: self.handed_out(gone),
                rows: present.map(|present| in_order_of(&rows, &present)),
            }))
        }
        .boxed()
    }

    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>> {
        self.read_attempt(visit, tab).boxed()
    }

    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>> {
        async move {
            let mut command = redis::cmd("HGETALL");
            command.arg(self.redis.name(&format!("visit:{}", visit.to_text())));
            Ok(in_order(self.redis.ask(&command).await?))
        }
        .boxed()
    }

    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Arc<Attempt>) -> Change<'a, bool> {
        async move {
            let sealed = self.records.seal_attempt(visit, tab, &attempt);
            let replaced = self.redis.change(&self.redis.scripts().replace, |call| {
                call.arg(visit.to_text())
                    .arg(tab.as_str())
                    .arg(expected)
                    .arg(self.clock.now().as_millisecond());
                add_attempt(call, &sealed, &attempt);
            });
            replaced.await
        }
        .boxed()
    }

    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>> {
        async move {
            let left = self.records.seal_attempt(to.visit, to.tab, &to.left);
            let sealed = self.records.seal_attempt(to.to, to.tab, &to.attempt);
            let moved = self.redis.change(&self.redis.scripts().move_on, |call| {
                let now = self.clock.now();
                call.arg(to.visit.to_text())
                    .arg(to.tab.as_str())
                    .arg(to.expected)
                    .arg(now.as_millisecond())
                    .arg(to.to.to_text());
                add_attempt(call, &left, &to.left);
                add_attempt(call, &sealed, &to.attempt);
                add_room(call, self.bounds.attempts, now);
            });
            let moved: Option<Vec<Vec<u8>>> = moved.await?;
            Ok(moved.map(|gone| self.handed_out(gone)))
        }
        .boxed()
    }

    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()> {
        async move {
            loop {
                let mut news = self.waiting.watch(&name(visit, tab));
                let (_, present) = self.attempt_fields(visit, tab).await?;
                if present != Some(revision) {
                    return Ok(());
                }
                // The error is the signal: the sender was dropped. It may be an old signal, so look again.
                while news.changed().await.is_ok() {}
            }
        }
        .boxed()
    }

    fn count_attempts(&self, now: Timestamp) -> Answer<'_, usize> {
        async move {
            // Scored by when each is forgotten, which is that long after its end.
            let ends = after(now, making_room::MEMORY_OF_THE_ENDED).as_millisecond();
            let mut command = redis::cmd("ZCOUNT");
            command
                .arg(self.redis.name("attempts"))
                .arg(format!("({ends}"))
                .arg("+inf");
            self.redis.ask(&command).await
        }
        .boxed()
    }

    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>> {
        async move {
            self.waiting.sweep();
            let caller = self.nonce();
            let gone = self.redis.change(&self.redis.scripts().sweep_attempts, |call| {
                call.arg(now.as_millisecond()).arg(AT_ONCE).arg(&caller);
            });
            let mut gone = self.handed_out(gone.await?);
            match self.sweep_unclaimed(now).await {
                Ok(unclaimed) => gone.extend(unclaimed),
                // The next sweep finds them again; the attempts forgotten above are in no later sweep.
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn StdError,
                        "approvals that nobody claimed could not be listed"
                    );
                }
            }
            Ok(gone)
        }
        .boxed()
    }
}

/// The tabs among the fields of a visit, newest first.
pub(super) fn in_order(fields: Vec<(String, Vec<u8>)>) -> Vec<Tab> {
    let mut tabs: Vec<(u64, Tab)> = fields
        .into_iter()
        .filter_map(|(field, value)| {
            let tab = Tab::parse(field.strip_prefix('o')?)?;
            let order = std::str::from_utf8(&value).ok()?.parse().ok()?;
            Some((order, tab))
        })
        .collect();
    tabs.sort_by_key(|(order, _)| std::cmp::Reverse(*order));
    tabs.into_iter().map(|(_, tab)| tab).collect()
}

/// Adds an attempt to the arguments of a script.
pub(super) fn add_attempt(call: &mut Cmd, sealed: &[u8], attempt: &Attempt) {
    call.arg(sealed)
        .arg(after(attempt.ends_at(), making_room::MEMORY_OF_THE_ENDED).as_millisecond())
        .arg(given_back_at(attempt))
        .arg(u8::from(attempt.is_under_way()))
        .arg(attempt.facts.network.to_text());
}

/// Adds the bounds for evictions (`room`) to the arguments of a script.
fn add_room(call: &mut Cmd, bound: usize, now: Timestamp) {
    call.arg(bound)
        .arg(making_room::of_one_network(bound))
        .arg(making_room::kept_idle(bound))
        .arg(making_room::remembered_before(now).as_millisecond());
}

/// When its tokens are to be revoked at Okta unless a browser claims them, in the form the scripts take.
fn given_back_at(attempt: &Attempt) -> String {
    if attempt.has_tokens() {
        attempt.facts.expires.as_millisecond().to_string()
    } else {
        String::new()
    }
}

/// The name of an attempt in scripts and invalidation messages.
fn name(visit: HashedId, tab: &Tab) -> String {
    format!("{}.{}", visit.to_text(), tab.as_str())
}

pub(super) fn parse_name(name: &[u8]) -> Option<(HashedId, Tab)> {
    let (visit, tab) = std::str::from_utf8(name).ok()?.split_once('.')?;
    Some((HashedId::parse(visit)?, Tab::parse(tab)?))
}
