//! Pending revocations.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::tables::{FileTable, Write};
use crate::clock::Entropy;
use crate::domain::revocation::{PendingRevocation, Requester};
use crate::domain::session::Tokens;
use crate::session::record::Records;
use crate::session::{Answer, Change, DUE_AT_ONCE, RevocationId, RevocationStore, StoreError};

/// When the next try of a revocation that was given up is due: never.
const GIVEN_UP: Timestamp = Timestamp::MAX;

impl EmbeddedStore {
    pub(super) fn revocations(&self) -> MutexGuard<'_, BTreeMap<RevocationId, Timestamp>> {
        // Every change is one call on the map, so a panic elsewhere leaves nothing half done.
        self.revocations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn revocation_write(&self, id: RevocationId, revocation: &PendingRevocation, next: Timestamp) -> Write {
        revocation_write(&self.records, id, revocation, next)
    }

    /// The pending revocation for the tokens of a session.
    pub(super) fn revocation(
        &self,
        tokens: Option<Tokens>,
        requester: Requester,
        now: Timestamp,
    ) -> Option<(RevocationId, PendingRevocation)> {
        revocation(tokens, self.entropy.as_ref(), requester, now)
    }

    /// Gives up on a revocation. Pages say of it that it is pending, because Okta did not revoke the tokens; but nothing
    /// more will come of it, so it is not counted.
    fn give_up(&self, id: RevocationId) {
        self.revocations().insert(id, GIVEN_UP);
        self.disk
            .write_later(vec![Write::delete(FileTable::Revocations, id.0)], OnFailure::Keep);
    }

    /// The sealed pending revocation; `None` until it has reached the disk.
    async fn read_revocation(&self, id: RevocationId) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.disk.read(FileTable::Revocations, id.0.to_vec()).await?;
        let sealed = value
            .as_deref()
            .and_then(<[u8]>::split_first_chunk::<8>)
            .map(|(_, sealed)| sealed.to_vec());
        Ok(sealed)
    }
}

pub(super) fn revocation_write(
    records: &Records,
    id: RevocationId,
    revocation: &PendingRevocation,
    next: Timestamp,
) -> Write {
    let mut value = next.as_millisecond().to_be_bytes().to_vec();
    value.extend(records.seal_revocation(id, revocation));
    Write::put(FileTable::Revocations, id.0, value)
}

pub(super) fn revocation(
    tokens: Option<Tokens>,
    entropy: &dyn Entropy,
    requester: Requester,
    now: Timestamp,
) -> Option<(RevocationId, PendingRevocation)> {
    let revocation = PendingRevocation::new(tokens?, requester, now)?;
    Some((RevocationId::new(entropy), revocation))
}

impl RevocationStore for EmbeddedStore {
    fn keep_revocation(&self, id: RevocationId, revocation: PendingRevocation, now: Timestamp) -> Change<'_, ()> {
        async move {
            let next = id.next_try(&revocation, now);
            let write = self.revocation_write(id, &revocation, next);
            self.revocations().insert(id, next);
            self.disk.write(vec![write], OnFailure::Keep, None).await
        }
        .boxed()
    }

    fn due(&self, now: Timestamp) -> Answer<'_, Vec<(RevocationId, PendingRevocation)>> {
        async move {
            let ids: Vec<RevocationId> = self
                .revocations()
                .iter()
                .filter(|(_, next)| **next <= now)
                .map(|(id, _)| *id)
                .take(DUE_AT_ONCE)
                .collect();
            let mut due = Vec::new();
            for id in ids {
                let Some(sealed) = self.read_revocation(id).await? else {
                    continue;
                };
                let mut revocation = match self.records.open_revocation(id, &sealed) {
                    Ok(revocation) => revocation,
                    Err(why) => {
                        tracing::error!(%why, "a pending revocation cannot be read; it is given up");
                        self.give_up(id);
                        continue;
                    }
                };
                revocation.tries = revocation.tries.saturating_add(1);
                let next = id.next_try(&revocation, now);
                self.revocations().insert(id, next);
                self.disk
                    .write_later(vec![self.revocation_write(id, &revocation, next)], OnFailure::Keep);
                due.push((id, revocation));
            }
            Ok(due)
        }
        .boxed()
    }

    fn forget_revocation(&self, id: RevocationId) -> Answer<'_, ()> {
        async move {
            self.revocations().remove(&id);
            // After a crash before this is on disk, the token is revoked a second time, which Okta accepts.
            self.disk
                .write_later(vec![Write::delete(FileTable::Revocations, id.0)], OnFailure::Keep);
            Ok(())
        }
        .boxed()
    }

    fn is_pending(&self, id: RevocationId) -> Answer<'_, bool> {
        async move { Ok(self.revocations().contains_key(&id)) }.boxed()
    }

    fn count_revocations(&self) -> Answer<'_, usize> {
        let is_tried = |next: &&Timestamp| **next != GIVEN_UP;
        async move { Ok(self.revocations().values().filter(is_tried).count()) }.boxed()
    }
}
