//! Logout notices, shared by replicas: each try is made by one of them.

use std::error::Error as StdError;

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::{RedisStore, readable};
use crate::domain::logout_notice::{KEPT_FOR, LONGEST_PAUSE, LogoutNotice};
use crate::domain::session::{Live, after};
use crate::session::{Answer, HashedId, LogoutNoticeStore, StoreError};

/// Most notices that are forgotten in one script.
const AT_ONCE: usize = 500;

/// A logout notice as arguments of the scripts that end sessions: empty if there is no portal to tell.
pub(super) struct NoticeArguments {
    pub(super) sealed: Vec<u8>,
    pub(super) due: i64,
    pub(super) kept_for: u128,
}

impl RedisStore {
    pub(super) fn notice_arguments(&self, ending: Option<(HashedId, &Live)>, now: Timestamp) -> NoticeArguments {
        let kept = ending.filter(|_| self.bounds.keeps_notices);
        let seal = |(id, live): (HashedId, &Live)| self.records.seal_notice(id, &LogoutNotice::new(&live.session, now));
        NoticeArguments {
            sealed: kept.map(seal).unwrap_or_default(),
            due: now.as_millisecond(),
            kept_for: KEPT_FOR.as_millis(),
        }
    }

    /// Writes a notice; if `times` are given, the next and the former one, only if it is still due at the former. Returns whether it was written.
    async fn write_notice(
        &self,
        id: HashedId,
        notice: &LogoutNotice,
        times: Option<(Timestamp, i64)>,
    ) -> Result<bool, StoreError> {
        let sealed = self.records.seal_notice(id, notice);
        let (next, before) = times.map_or_else(Default::default, |(next, before)| {
            (next.as_millisecond().to_string(), before.to_string())
        });
        let written = self.redis.run(&self.redis.scripts().keep_notice, |call| {
            call.arg(id.to_text()).arg(&sealed).arg(&next).arg(&before);
        });
        written.await
    }

    async fn take_notice(
        &self,
        name: &str,
        before: i64,
        now: Timestamp,
    ) -> Result<Option<(HashedId, LogoutNotice)>, StoreError> {
        let Some(id) = HashedId::parse(name) else {
            return self.skip(name, None).await;
        };
        let mut command = redis::cmd("HGET");
        command.arg(self.redis.name("logout")).arg(name);
        let sealed: Option<Vec<u8>> = self.redis.ask(&command).await?;
        let Some(sealed) = sealed else {
            return self.skip(name, None).await;
        };
        let mut notice = match readable(self.records.open_notice(id, &sealed), "a logout notice") {
            Ok(Some(notice)) => notice,
            Ok(None) => {
                self.forget_notice(id).await?;
                return Ok(None);
            }
            Err(error) => {
                // Another replica may be able to. Meanwhile it keeps no others from being told.
                tracing::warn!(error = &error as &dyn StdError, "a logout notice is left for later");
                return self.skip(name, Some(after(now, LONGEST_PAUSE))).await;
            }
        };
        notice.tries = notice.tries.saturating_add(1);
        let next = notice.next_try(now, id.share());
        let is_ours = self.write_notice(id, &notice, Some((next, before))).await?;
        Ok(is_ours.then_some((id, notice)))
    }

    /// Takes a name out of the way of the others, until this time or for good.
    async fn skip(&self, name: &str, until: Option<Timestamp>) -> Result<Option<(HashedId, LogoutNotice)>, StoreError> {
        let due = self.redis.name("logouts");
        let mut command = match until {
            Some(_) => redis::cmd("ZADD"),
            None => redis::cmd("ZREM"),
        };
        command.arg(due);
        if let Some(until) = until {
            command.arg("XX").arg(until.as_millisecond());
        }
        self.redis.ask::<usize>(command.arg(name)).await?;
        Ok(None)
    }

    async fn forget_all(&self, names: &[String]) -> Result<(), StoreError> {
        let forgotten = self.redis.run(&self.redis.scripts().forget_notices, |call| {
            for name in names {
                call.arg(name);
            }
        });
        forgotten.await
    }
}

impl LogoutNoticeStore for RedisStore {
    fn due_notices(&self, at_most: usize, now: Timestamp) -> Answer<'_, Vec<(HashedId, LogoutNotice)>> {
        async move {
            let mut command = redis::cmd("ZRANGEBYSCORE");
            command
                .arg(self.redis.name("logouts"))
                .arg("-inf")
                .arg(now.as_millisecond())
                .arg("WITHSCORES")
                .arg("LIMIT")
                .arg(0)
                .arg(at_most);
            let found: Vec<(String, i64)> = self.redis.ask(&command).await?;
            let mut due = Vec::new();
            for (name, before) in found {
                match self.take_notice(&name, before, now).await {
                    Ok(one) => due.extend(one),
                    // Those claimed before are already postponed.
                    Err(_) if !due.is_empty() => break,
                    Err(error) => return Err(error),
                }
            }
            Ok(due)
        }
        .boxed()
    }

    fn keep_notice<'a>(&'a self, id: HashedId, notice: &'a LogoutNotice) -> Answer<'a, ()> {
        async move { self.write_notice(id, notice, None).await.map(drop) }.boxed()
    }

    fn forget_notice(&self, id: HashedId) -> Answer<'_, ()> {
        async move { self.forget_all(&[id.to_text()]).await }.boxed()
    }

    fn drop_notices(&self, most: usize) -> Answer<'_, usize> {
        async move {
            let surplus = self.count_notices().await?.saturating_sub(most);
            let mut gone = 0;
            while gone < surplus {
                let some = AT_ONCE.min(surplus - gone);
                let mut command = redis::cmd("ZREVRANGE");
                command.arg(self.redis.name("logouts")).arg(0).arg(some - 1);
                let names: Vec<String> = self.redis.ask(&command).await?;
                if names.is_empty() {
                    break;
                }
                self.forget_all(&names).await?;
                gone += names.len();
            }
            Ok(gone)
        }
        .boxed()
    }

    fn count_notices(&self) -> Answer<'_, usize> {
        async move {
            let mut command = redis::cmd("ZCARD");
            command.arg(self.redis.name("logouts"));
            self.redis.ask(&command).await
        }
        .boxed()
    }
}
