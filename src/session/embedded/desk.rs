//! What the help desk asks about: in memory, and in the file for the next start.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::load::CLOSED;
use super::tables::{FileTable, Write};
use crate::domain::past_try::PastTry;
use crate::session::desk::DeskStore;
use crate::session::{AccountHash, Answer, Change, SessionStore as _};

impl EmbeddedStore {
    /// Forgets the tries that are too old, and writes those that are new: not each by itself, because no sign-in should
    /// wait for the disk because of them.
    pub(super) fn write_tries(&self, now: Timestamp) {
        // Held until the writes are queued, so that tries which are forgotten meanwhile are not written after that.
        let mut unwritten = self.unwritten_tries();
        let mut changed = std::mem::take(&mut *unwritten);
        changed.extend(self.desk.sweep(now));
        let write = |account| match self.desk.tries_of(account, now) {
            tries if tries.is_empty() => Write::delete(FileTable::Tries, account),
            tries => Write::put(FileTable::Tries, account, self.records.seal_tries(account, &tries)),
        };
        let writes: Vec<Write> = changed.into_iter().map(write).collect();
        if !writes.is_empty() {
            self.disk.write_later(writes, OnFailure::Keep);
        }
    }

    fn unwritten_tries(&self) -> MutexGuard<'_, BTreeSet<AccountHash>> {
        // Every change is one call, so a panic elsewhere leaves nothing half done.
        self.unwritten_tries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl DeskStore for EmbeddedStore {
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()> {
        async move {
            let gone = self.desk.note(account, one);
            self.unwritten_tries().extend(gone.into_iter().chain([account]));
            Ok(())
        }
        .boxed()
    }

    fn tries(&self, account: AccountHash, now: Timestamp) -> Answer<'_, Vec<PastTry>> {
        async move { Ok(self.desk.tries_of(account, now)) }.boxed()
    }

    fn tried_accounts(&self, most: usize, now: Timestamp) -> Answer<'_, Vec<AccountHash>> {
        async move { Ok(self.desk.tried(most, now)) }.boxed()
    }

    fn forget_tries(&self, account: AccountHash) -> Change<'_, ()> {
        async move {
            {
                let mut unwritten = self.unwritten_tries();
                self.desk.forget(account);
                unwritten.remove(&account);
                let delete = vec![Write::delete(FileTable::Tries, account)];
                self.disk.write_later(delete, OnFailure::Keep);
            }
            self.safe().await
        }
        .boxed()
    }

    fn closed_since(&self) -> Answer<'_, Option<Timestamp>> {
        async move { Ok(self.desk.closed_since()) }.boxed()
    }

    fn set_closed(&self, since: Option<Timestamp>) -> Change<'_, ()> {
        async move {
            self.desk.set_closed(since);
            let write = match since {
                Some(since) => Write::put(FileTable::Meta, CLOSED, since.to_string()),
                None => Write::delete(FileTable::Meta, CLOSED),
            };
            self.disk.write(vec![write], OnFailure::Keep, None).await
        }
        .boxed()
    }
}
