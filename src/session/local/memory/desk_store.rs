//! What the help desk asks about, and what it changes.

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::MemoryStore;
use crate::domain::past_try::PastTry;
use crate::session::{AccountHash, Answer, Change, DeskStore};

impl DeskStore for MemoryStore {
    fn note_try(&self, account: AccountHash, one: PastTry) -> Answer<'_, ()> {
        async move {
            self.desk.note(account, one);
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
            Ok(())
        }
        .boxed()
    }

    fn closed_since(&self) -> Answer<'_, Option<Timestamp>> {
        async move { Ok(self.desk.closed_since()) }.boxed()
    }

    fn set_closed(&self, since: Option<Timestamp>) -> Change<'_, ()> {
        async move {
            self.desk.set_closed(since);
            Ok(())
        }
        .boxed()
    }
}
