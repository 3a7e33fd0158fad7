//! Tombstones, kept for an hour for the pages that say how a session ended. Nothing in them would help a thief, so they
//! are not sealed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RedisStore;
use crate::domain::end::EndReason;
use crate::session::{HashedId, RevocationId, StoreError, Tombstone};

/// How long a tombstone is kept, in milliseconds.
const TOMBSTONES_KEPT_MS: u64 = 60 * 60 * 1000;

#[derive(Serialize, Deserialize)]
struct Written {
    reason: String,
    at: Timestamp,
    #[serde(rename = "owed")]
    revocation: Option<String>,
}

impl RedisStore {
    pub(super) async fn write_tombstone(&self, id: HashedId, tombstone: Tombstone) -> Result<(), StoreError> {
        let tombstone = Written {
            reason: tombstone.reason.name().to_owned(),
            at: tombstone.at,
            revocation: tombstone.revocation.map(RevocationId::to_text),
        };
        let mut command = redis::cmd("SET");
        command
            .arg(self.redis.name(&format!("note:{}", id.to_text())))
            .arg(serde_json::to_string(&tombstone).unwrap_or_default())
            .arg("PX")
            .arg(TOMBSTONES_KEPT_MS);
        self.redis.ask(&command).await
    }

    pub(super) async fn read_tombstone(&self, id: HashedId) -> Result<Option<Tombstone>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.redis.name(&format!("note:{}", id.to_text())));
        let text: Option<String> = self.redis.ask(&command).await?;
        let tombstone = text.and_then(|text| serde_json::from_str::<Written>(&text).ok());
        Ok(tombstone.and_then(|tombstone| {
            Some(Tombstone {
                reason: EndReason::parse(&tombstone.reason)?,
                at: tombstone.at,
                revocation: tombstone.revocation.as_deref().and_then(RevocationId::parse),
            })
        }))
    }
}
