//! Renewing a session's tokens: one replica at a time.

use jiff::Timestamp;

use super::{RedisStore, readable};
use crate::domain::session::{Session, Tokens};
use crate::session::{ChangeError, HashedId, Lease, Leasing, Renewed, StoreError};

impl RedisStore {
    pub(super) async fn take_lease(
        &self,
        id: HashedId,
        version: u64,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Leasing, StoreError> {
        let asked = self.redis.run(&self.redis.scripts().lease, |call| {
            call.arg(id.to_text())
                .arg(version)
                .arg(until.as_millisecond())
                .arg(now.as_millisecond());
        });
        self.leasing(id, asked.await?)
    }

    /// Reads the script's answer.
    pub(super) fn leasing(&self, id: HashedId, asked: Vec<Vec<u8>>) -> Result<Leasing, StoreError> {
        let mut parts = asked.into_iter();
        Ok(match parts.next().as_deref() {
            Some(b"busy") => Leasing::Busy,
            Some(b"resting") => Leasing::Resting,
            Some(b"granted") => {
                let number = parts
                    .next()
                    .and_then(|number| std::str::from_utf8(&number).ok()?.parse().ok());
                let opened = parts.next().map(|sealed| self.records.open_tokens(id, &sealed));
                let tokens = match opened {
                    Some(opened) => readable(opened, "the tokens of a session")?,
                    None => None,
                };
                match (number, tokens) {
                    (Some(number), Some(tokens)) => Leasing::Granted(Lease { tokens, number }),
                    _ => Leasing::Nothing,
                }
            }
            _ => Leasing::Nothing,
        })
    }

    pub(super) async fn write_renewal(
        &self,
        id: HashedId,
        lease: u64,
        session: Session,
        tokens: Tokens,
    ) -> Result<Renewed, ChangeError> {
        let (record, sealed) = (
            self.records.seal_session(id, &session),
            self.records.seal_tokens(id, &tokens),
        );
        let outcome = self.redis.change_safely(&self.redis.scripts().renew, |call| {
            call.arg(id.to_text())
                .arg(lease)
                .arg(&record)
                .arg(&sealed)
                .arg(session.expires.as_millisecond());
        });
        let outcome: String = outcome.await?;
        self.cache.forget(id);
        Ok(match outcome.as_str() {
            "renewed" => Renewed::Done,
            "superseded" => Renewed::Superseded,
            _ => Renewed::Ended,
        })
    }
}
