//! Attempts: in memory, and each step also on disk.

use std::sync::{Arc, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::EmbeddedStore;
use super::disk::OnFailure;
use super::tables::{FileTable, Write};
use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::Tab;
use crate::session::local::attempts::{Gone, attempts};
use crate::session::{Answer, AttemptStore, Change, HashedId, Move, Opened, RowChange, Stored};

impl EmbeddedStore {
    pub(super) fn attempt_write(&self, visit: HashedId, tab: &Tab, attempt: &Attempt) -> Write {
        let sealed = self.records.seal_attempt(visit, tab, attempt);
        Write::put(FileTable::Attempts, key(visit, tab), sealed)
    }

    /// Deletes attempts from the file as well, and returns them. One with tokens stays in the file until the next
    /// sweep: after a crash before its tokens became pending revocations, the next start finds them there.
    fn forget_attempts(&self, gone: Vec<Gone>) -> Vec<Attempt> {
        let (with_tokens, others): (Vec<Gone>, Vec<Gone>) =
            gone.into_iter().partition(|gone| gone.attempt.has_tokens());
        // If one stays in the file after a crash, the next start finds it expired.
        let deletes: Vec<Write> = others.iter().map(delete).collect();
        if !deletes.is_empty() {
            self.disk.write_later(deletes, OnFailure::Drop);
        }
        self.handed_out().extend(with_tokens.iter().map(delete));
        attempts(with_tokens.into_iter().chain(others).collect())
    }

    pub(super) fn finished(&self) -> MutexGuard<'_, Vec<(HashedId, Tab)>> {
        // Every change is one call on the list, so a panic elsewhere leaves nothing half done.
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes the earlier steps in the file of attempts that became sessions. Many are deleted at once: one at a time
    /// would cost each sign-in as much as writing the session does.
    pub(super) fn forget_finished(&self) {
        let finished = std::mem::take(&mut *self.finished());
        for (visit, tab) in finished {
            // Skipped if a request is writing it now, which begins it anew, or if it is no longer finished because one
            // did; an attempt that is gone has left the file as well.
            let Some(_write_lock) = self.attempts.free_write_lock(visit, &tab) else {
                continue;
            };
            if self.attempts.is_finished(visit, &tab) {
                let delete = Write::delete(FileTable::Attempts, key(visit, &tab));
                // Queued under the lock, so that no other request can queue a next step of it.
                self.disk.write_later(vec![delete], OnFailure::Drop);
            }
        }
    }

    fn handed_out(&self) -> MutexGuard<'_, Vec<Write>> {
        // Every change is one call on the list, so a panic elsewhere leaves nothing half done.
        self.handed_out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptStore for EmbeddedStore {
    fn open_with_rows<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        attempt: Attempt,
        _: Vec<RowChange>,
    ) -> Change<'a, Option<Opened>> {
        async move {
            // Its page contains the initial state, so only later steps go to the file.
            let is_in_page = matches!(attempt.stage, Stage::Start);
            let write = (!is_in_page).then(|| self.attempt_write(visit, tab, &attempt));
            let Some(gone) = self.attempts.open(visit, tab, attempt) else {
                return Ok(None);
            };
            if let Some(write) = write {
                self.disk.write_later(vec![write], OnFailure::Drop);
            }
            Ok(Some(Opened::evicting(self.forget_attempts(gone))))
        }
        .boxed()
    }

    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>> {
        async move { Ok(self.attempts.load(visit, tab)) }.boxed()
    }

    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>> {
        async move { Ok(self.attempts.tabs(visit)) }.boxed()
    }

    fn replace<'a>(&'a self, visit: HashedId, tab: &'a Tab, expected: u64, attempt: Arc<Attempt>) -> Change<'a, bool> {
        async move {
            if let Some(is_replaced) = self.attempts.replace_mark(visit, tab, expected, &attempt) {
                return Ok(is_replaced);
            }
            // One writer at a time, so that the order on disk is the order in memory.
            let Some(write_lock) = self.attempts.write_lock(visit, tab).await else {
                return Ok(false);
            };
            let Some(present) = self.attempts.load(visit, tab) else {
                return Ok(false);
            };
            if present.revision != expected {
                return Ok(false);
            }
            if !attempt.is_a_step_from(&present.attempt) {
                return Ok(self.attempts.replace(visit, tab, expected, attempt));
            }
            let write = self.attempt_write(visit, tab, &attempt);
            let (attempts, tab) = (Arc::clone(&self.attempts), *tab);
            // Visible once it is on disk, even if the caller has given up: an approval is stored before it is
            // announced.
            let then = move || {
                attempts.replace(visit, &tab, expected, attempt);
                drop(write_lock);
            };
            self.disk
                .write(vec![write], OnFailure::Drop, Some(Box::new(then)))
                .await?;
            Ok(true)
        }
        .boxed()
    }

    fn move_on<'a>(&'a self, to: Move<'a>) -> Change<'a, Option<Vec<Attempt>>> {
        async move {
            let Move {
                visit,
                tab,
                expected,
                left,
                to,
                attempt,
            } = to;
            let Some(write_lock) = self.attempts.write_lock(visit, tab).await else {
                return Ok(None);
            };
            let present = self.attempts.load(visit, tab);
            if present.is_none_or(|present| present.revision != expected) {
                return Ok(None);
            }
            let writes = vec![
                self.attempt_write(visit, tab, &left),
                self.attempt_write(to, tab, &attempt),
            ];
            // No request can look there before this completes.
            let gone = self.attempts.open(to, tab, attempt).unwrap_or_default();
            let gone = self.forget_attempts(gone);
            let (attempts, tab) = (Arc::clone(&self.attempts), *tab);
            let then = move || {
                attempts.replace(visit, &tab, expected, left);
                drop(write_lock);
            };
            self.disk.write(writes, OnFailure::Drop, Some(Box::new(then))).await?;
            Ok(Some(gone))
        }
        .boxed()
    }

    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()> {
        self.attempts.changed(visit, tab, revision).map(Ok).boxed()
    }

    fn count_attempts(&self, now: Timestamp) -> Answer<'_, usize> {
        async move { Ok(self.attempts.count(now)) }.boxed()
    }

    fn sweep_attempts(&self, now: Timestamp) -> Change<'_, Vec<Attempt>> {
        async move {
            self.forget_finished();
            self.write_tries(now);
            let handed_out = std::mem::take(&mut *self.handed_out());
            if !handed_out.is_empty() {
                self.disk.write_later(handed_out, OnFailure::Keep);
            }
            Ok(self.forget_attempts(self.attempts.sweep(now)))
        }
        .boxed()
    }
}

fn delete(gone: &Gone) -> Write {
    Write::delete(FileTable::Attempts, key(gone.visit, &gone.tab))
}

pub(super) fn key(visit: HashedId, tab: &Tab) -> Vec<u8> {
    [visit.as_bytes(), tab.as_str().as_bytes()].concat()
}

pub(super) fn parse_key(key: &[u8]) -> Option<(HashedId, Tab)> {
    let (visit, tab) = key.split_at_checked(32)?;
    Some((
        HashedId::from_bytes(visit)?,
        Tab::parse(std::str::from_utf8(tab).ok()?)?,
    ))
}
