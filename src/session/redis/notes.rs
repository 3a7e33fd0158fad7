//! How sessions ended, for the pages that tell. Nothing but words hangs on it, so it is not sealed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RedisStore;
use crate::domain::end::EndReason;
use crate::session::{DebtId, EndNote, HashedId, StoreError};

/// How long the note of an end is kept, in milliseconds.
const NOTES_KEPT_MS: u64 = 60 * 60 * 1000;

#[derive(Serialize, Deserialize)]
struct Note {
    reason: String,
    at: Timestamp,
    owed: Option<String>,
}

impl RedisStore {
    pub(super) async fn write_note(&self, id: HashedId, note: EndNote) -> Result<(), StoreError> {
        let note = Note {
            reason: note.reason.name().to_owned(),
            at: note.at,
            owed: note.owed.map(DebtId::to_text),
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
                owed: note.owed.as_deref().and_then(DebtId::parse),
            })
        }))
    }
}
