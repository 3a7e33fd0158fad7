//! Ending many sessions in few commits.
//!
//! First all of them are removed, from memory and in one commit; nothing is read before. Their tokens are then in the
//! file without a session, and become pending revocations some hundreds at a time. If the process dies in between, the
//! next start turns the remaining ones into pending revocations.

use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::sessions::{delete_session, open_tokens};
use super::tables::{FileTable, Write};
use crate::domain::revocation::Requester;
use crate::domain::session::Live;
use crate::session::{ChangeError, Ended, EndedMany, HashedId};

/// Sessions whose tokens become pending revocations in one commit.
const REVOCATIONS_AT_ONCE: usize = 500;

impl EmbeddedStore {
    pub(super) async fn end_many(&self, ids: Vec<HashedId>, requester: Requester, now: Timestamp) -> EndedMany {
        let goes = |id| Some((id, self.sessions.remove(id, || ())?));
        let mut gone: Vec<(HashedId, Live)> = ids.into_iter().filter_map(goes).collect();
        // In the order of the file, so that each of its pages is changed once.
        gone.sort_unstable_by_key(|(id, _)| *id);
        if gone.is_empty() {
            return EndedMany::default();
        }
        // Queued before anything is awaited: a caller that gives up leaves no session that a restart would bring back.
        // A renewal queued earlier is on disk when this is, so the tokens read below are the newest.
        let mut writes: Vec<Write> = gone.iter().flat_map(|(id, _)| delete_session(*id)).collect();
        for (id, live) in &gone {
            let notice = self.notice(live, now);
            writes.extend(self.notice_write(*id, notice.as_ref()));
            if let Some(notice) = notice {
                self.notices.put(*id, notice, now);
            }
        }
        let mut many = EndedMany {
            ended: Vec::with_capacity(gone.len()),
            failed: self.disk.write(writes, OnFailure::Keep, None).await.err(),
        };
        for some in gone.chunks(REVOCATIONS_AT_ONCE) {
            // A failure of some does not affect the others.
            match self.revocations_of(some, &requester, now).await {
                Ok(ended) => many.ended.extend(ended),
                Err(error) => many.fails(error),
            }
        }
        many
    }

    /// Turns the tokens of ended sessions into pending revocations.
    async fn revocations_of(
        &self,
        gone: &[(HashedId, Live)],
        requester: &Requester,
        now: Timestamp,
    ) -> Result<Vec<Ended>, ChangeError> {
        let keys = gone.iter().map(|(id, _)| id.as_bytes().to_vec());
        // They have ended; the next start finds the tokens to revoke.
        let sealed = self.disk.read_all(FileTable::Tokens, keys.collect()).await;
        let sealed = sealed.map_err(ChangeError::Unknown)?;
        let (mut ended, mut writes) = (Vec::with_capacity(gone.len()), Vec::new());
        for ((id, live), sealed) in gone.iter().zip(sealed) {
            let tokens = sealed.and_then(|sealed| open_tokens(&self.records, *id, &sealed));
            let revocation = self.revocation(tokens, requester.clone(), now);
            writes.push(Write::delete(FileTable::Tokens, id.as_bytes()));
            if let Some((id, revocation)) = &revocation {
                let next = id.next_try(revocation, now);
                writes.push(self.revocation_write(*id, revocation, next));
                self.revocations().insert(*id, next);
            }
            ended.push(Ended {
                id: *id,
                live: live.clone(),
                revocation,
            });
        }
        self.disk.write(writes, OnFailure::Keep, None).await?;
        Ok(ended)
    }
}
