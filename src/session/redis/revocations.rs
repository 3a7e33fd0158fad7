//! Pending revocations, shared by replicas: each try is made by one of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::{RedisStore, readable};
use crate::domain::revocation::PendingRevocation;
use crate::session::{Answer, Change, ChangeError, DUE_AT_ONCE, RevocationId, RevocationStore, StoreError};

impl RedisStore {
    /// Writes a pending revocation; if `before` is given, only if it is still due then. Returns whether it was written.
    async fn write_revocation(
        &self,
        id: RevocationId,
        revocation: &PendingRevocation,
        next: Timestamp,
        before: Option<i64>,
    ) -> Result<bool, ChangeError> {
        let sealed = self.records.seal_revocation(id, revocation);
        let written = self.redis.change_safely(&self.redis.scripts().keep_revocation, |call| {
            call.arg(id.to_text())
                .arg(&sealed)
                .arg(next.as_millisecond())
                .arg(before.map(|before| before.to_string()).unwrap_or_default());
        });
        written.await
    }

    async fn take_due(
        &self,
        name: String,
        before: i64,
        now: Timestamp,
    ) -> Result<Option<(RevocationId, PendingRevocation)>, StoreError> {
        let Some(id) = RevocationId::parse(&name) else {
            return Ok(None);
        };
        let mut command = redis::cmd("HGET");
        command.arg(self.redis.name("debt")).arg(&name);
        let sealed: Option<Vec<u8>> = self.redis.ask(&command).await?;
        let Some(sealed) = sealed else {
            return Ok(None);
        };
        let Some(mut revocation) = readable(self.records.open_revocation(id, &sealed), "a pending revocation")? else {
            self.forget_revocation(id).await?;
            return Ok(None);
        };
        revocation.tries = revocation.tries.saturating_add(1);
        let next = id.next_try(&revocation, now);
        match self.write_revocation(id, &revocation, next, Some(before)).await {
            Ok(is_ours) => Ok(is_ours.then_some((id, revocation))),
            // Postponed or not, it stays pending; it is returned when it is next due.
            Err(ChangeError::NotDone(error) | ChangeError::Unknown(error)) => Err(error),
        }
    }
}

impl RevocationStore for RedisStore {
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()> {
        async move {
            let next = id.next_try(&revocation, now);
            self.write_revocation(id, &revocation, next, None).await.map(drop)
        }
        .boxed()
    }

    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        async move {
            let mut command = redis::cmd("ZRANGEBYSCORE");
            command
                .arg(self.redis.name("debts"))
                .arg("-inf")
                .arg(now.as_millisecond())
                .arg("WITHSCORES")
                .arg("LIMIT")
                .arg(0)
                .arg(DUE_AT_ONCE);
            let found: Vec<(String, i64)> = self.redis.ask(&command).await?;
            let mut due = Vec::new();
            for (name, before) in found {
                match self.take_due(name, before, now).await {
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

    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()> {
        self.redis
            .run(&self.redis.scripts().forget_revocation, move |call| {
                call.arg(id.to_text());
            })
            .boxed()
    }

    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool> {
        async move {
            let mut command = redis::cmd("HEXISTS");
            command.arg(self.redis.name("debt")).arg(id.to_text());
            self.redis.ask(&command).await
        }
        .boxed()
    }

    fn count_revocations(&self) -> Answer<'_, usize> {
        async move {
            let mut command = redis::cmd("ZCARD");
            command.arg(self.redis.name("debts"));
            self.redis.ask(&command).await
        }
        .boxed()
    }
}

impl RevocationId {
    pub(super) fn to_text(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }
}
