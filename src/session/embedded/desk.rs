//! What the help desk asks about: in memory, and in the file for the next start.

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::load::CLOSED;
use super::tables::{FileTable, Write};
use crate::domain::past_try::PastTry;
use crate::session::desk::DeskStore;
use crate::session::{AccountHash, Answer, Change};

impl EmbeddedStore {
    /// Forgets the tries that are too old.
    pub(super) fn sweep_tries(&self, now: Timestamp) {
        let gone = self.desk.sweep(now).into_iter();
        let writes: Vec<Write> = gone.map(|account| Write::delete(FileTable::Tries, account)).collect();
        if !writes.is_empty() {
            self.disk.write_later(writes, OnFailure::Keep);
        }
    }
}

impl DeskStore for EmbeddedStore {
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()> {
        async move {
            let (tries, gone) = self.desk.note(account, one);
            let sealed = self.records.seal_tries(account, &tries);
            let mut writes = vec![Write::put(FileTable::Tries, account, sealed)];
            writes.extend(gone.map(|account| Write::delete(FileTable::Tries, account)));
            self.disk.write_later(writes, OnFailure::Keep);
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
            self.desk.forget(account);
            let delete = vec![Write::delete(FileTable::Tries, account)];
            self.disk.write(delete, OnFailure::Keep, None).await
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
