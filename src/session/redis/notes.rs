//! What is remembered for a while: how sessions ended, for the pages that tell, and which orders came before. Nothing
//! that would help a thief, so it is not sealed.

use futures_util::FutureExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RedisStore;
use super::sessions::hashed;
use crate::domain::end::EndReason;
use crate::session::{Answer, Change, EndNote, HashedId, ReplayStore, RevocationId, StoreError};

/// How long the note of an end is kept, in milliseconds.
const NOTES_KEPT_MS: u64 = 60 * 60 * 1000;

#[derive(Serialize, Deserialize)]
struct Note {
    reason: String,
    at: Timestamp,
    revocation: Option<String>,
}

impl RedisStore {
    fn order_key(&self, name: &str) -> String {
        self.link.name(&format!("order:{}", hashed("order", name)))
    }

    pub(super) async fn write_note(&self, id: HashedId, note: EndNote) -> Result<(), StoreError> {
        let note = Note {
            reason: note.reason.name().to_owned(),
            at: note.at,
            revocation: note.revocation.map(RevocationId::to_text),
        };
        let mut command = redis::cmd("SET");
        command
            .arg(self.link.name(&format!("note:{}", id.to_text())))
            .arg(serde_json::to_string(&note).unwrap_or_default())
            .arg("PX")
            .arg(NOTES_KEPT_MS);
        self.link.ask(&command).await
    }

    pub(super) async fn read_note(&self, id: HashedId) -> Result<Option<EndNote>, StoreError> {
        let mut command = redis::cmd("GET");
        command.arg(self.link.name(&format!("note:{}", id.to_text())));
        let text: Option<String> = self.link.ask(&command).await?;
        let note = text.and_then(|text| serde_json::from_str::<Note>(&text).ok());
        Ok(note.and_then(|note| {
            Some(EndNote {
                reason: EndReason::parse(&note.reason)?,
                at: note.at,
                revocation: note.revocation.as_deref().and_then(RevocationId::parse),
            })
        }))
    }
}

impl ReplayStore for RedisStore {
    fn is_new<'a>(&'a self, name: &'a str, until: Timestamp, now: Timestamp) -> Change<'a, bool> {
        async move {
            let rest = until.as_millisecond().saturating_sub(now.as_millisecond());
            let (order, caller) = (hashed("order", name), self.nonce());
            let answer = self.link.change(&self.link.scripts().order, |call| {
                call.arg(&order).arg(&caller).arg(rest.max(1));
            });
            answer.await
        }
        .boxed()
    }

    fn forget_replay<'a>(&'a self, name: &'a str) -> Answer<'a, ()> {
        async move {
            let mut command = redis::cmd("DEL");
            command.arg(self.order_key(name));
            self.link.ask(&command).await
        }
        .boxed()
    }
}
