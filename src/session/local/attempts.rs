//! Attempts in the memory of this process.

mod home;
mod slot;
mod visits;
mod visits_by_network;
mod write_lock;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::OptionFuture;
use jiff::Timestamp;

use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::session::{HashedId, Move, Stored};
use slot::Slot;
use visits::Visits;

pub(in crate::session) use slot::{Gone, attempts};

/// A bounded map of attempts. At its bound, some attempts are evicted (see [`room`](crate::session::making_room)).
#[derive(Debug, Clone)]
pub(in crate::session) struct MemoryAttempts {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    visits: Visits,
    bound: usize,
}

impl MemoryAttempts {
    /// Keeps at most `bound` attempts.
    pub(in crate::session) fn new(bound: usize) -> Self {
        let inner = Inner {
            visits: Visits::default(),
            bound: bound.max(1),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change below is complete when the lock is released, so a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn slot(&mut self, visit: HashedId, tab: &Tab) -> Option<&mut Slot> {
        let slots = self.visits.get_mut(visit)?;
        slots.iter_mut().find(|slot| slot.tab == *tab)
    }

    fn open(&mut self, visit: HashedId, tab: &Tab, attempt: Attempt) -> Option<Vec<Gone>> {
        if self.slot(visit, tab).is_some() {
            return None;
        }
        let too_many = self.visits.add(visit, Slot::new(*tab, attempt));
        let mut gone: Vec<Gone> = too_many.iter().map(|slot| Gone::new(visit, slot)).collect();
        while self.visits.attempts() > self.bound {
            let Some((visit, slots)) = self.visits.give_way(self.bound) else {
                break;
            };
            gone.extend(slots.iter().map(|slot| Gone::new(visit, slot)));
        }
        Some(gone)
    }

    fn replace(&mut self, visit: HashedId, tab: &Tab, expected: u64, attempt: Arc<Attempt>) -> bool {
        let Some(slot) = self.slot(visit, tab) else {
            return false;
        };
        if slot.revision != expected {
            return false;
        }
        slot.attempt = attempt;
        slot.revise();
        self.visits.settle(visit);
        true
    }
}

impl MemoryAttempts {
    /// Adds an attempt; returns the evicted ones, or `None` if the visit has this tab already.
    pub(in crate::session) fn open(&self, visit: HashedId, tab: &Tab, attempt: Attempt) -> Option<Vec<Gone>> {
        self.lock().open(visit, tab, attempt)
    }

    pub(in crate::session) fn load(&self, visit: HashedId, tab: &Tab) -> Option<Stored> {
        let mut inner = self.lock();
        inner.slot(visit, tab).map(|slot| Stored {
            attempt: Arc::clone(&slot.attempt),
            revision: slot.revision,
        })
    }

    /// Whether the attempt is over: nothing is left to prove.
    pub(in crate::session) fn is_finished(&self, visit: HashedId, tab: &Tab) -> bool {
        let mut inner = self.lock();
        let slot = inner.slot(visit, tab);
        slot.is_some_and(|slot| slot.attempt.stage.is_over())
    }

    pub(in crate::session) fn tabs(&self, visit: HashedId) -> Vec<Tab> {
        let mut inner = self.lock();
        let slots = inner.visits.get_mut(visit);
        slots
            .map(|slots| slots.iter().map(|slot| slot.tab).collect())
            .unwrap_or_default()
    }

    /// Writes if the revision is still `expected`; returns whether it was.
    pub(in crate::session) fn replace(
        &self,
        visit: HashedId,
        tab: &Tab,
        expected: u64,
        attempt: impl Into<Arc<Attempt>>,
    ) -> bool {
        self.lock().replace(visit, tab, expected, attempt.into())
    }

    /// The same for a change that need not reach the disk, while no request writes the attempt there. `None`: it must, or
    /// one does; nothing has changed.
    pub(in crate::session) fn replace_mark(
        &self,
        visit: HashedId,
        tab: &Tab,
        expected: u64,
        attempt: &Arc<Attempt>,
    ) -> Option<bool> {
        let mut inner = self.lock();
        let Some(slot) = inner.slot(visit, tab) else {
            return Some(false);
        };
        if slot.write_lock.is_some() {
            return None;
        }
        if slot.revision != expected {
            return Some(false);
        }
        if attempt.is_a_step_from(&slot.attempt) {
            return None;
        }
        let former = std::mem::replace(&mut slot.attempt, Arc::clone(attempt));
        slot.revise();
        inner.visits.settle(visit);
        drop(inner);
        // It may be the last copy, and wiping it takes longer than the change.
        drop(former);
        Some(true)
    }

    /// Moves an attempt to another visit if it is at the expected revision; returns the evicted attempts.
    pub(in crate::session) fn move_on(&self, to: Move<'_>) -> Option<Vec<Gone>> {
        let mut inner = self.lock();
        if !inner.replace(to.visit, to.tab, to.expected, to.left.into()) {
            return None;
        }
        // No browser knows the new visit, so it has no tab yet.
        Some(inner.open(to.to, to.tab, to.attempt).unwrap_or_default())
    }

    /// Completes when the attempt has another revision, or is gone. The future is small, because thousands wait.
    pub(in crate::session) fn changed(
        &self,
        visit: HashedId,
        tab: &Tab,
        revision: u64,
    ) -> impl Future<Output = ()> + use<> {
        let changed = self
            .lock()
            .slot(visit, tab)
            .filter(|slot| slot.revision == revision)
            // Created under the lock, so that it misses no change.
            .map(|slot| Arc::clone(slot.changed.get_or_insert_default()).notified_owned());
        OptionFuture::from(changed).map(|_| ())
    }

    /// How many are in progress.
    pub(in crate::session) fn count(&self, now: Timestamp) -> usize {
        self.lock().visits.in_progress(now)
    }

    /// Removes attempts that ended long ago, and closes approvals that were not claimed in time; returns all of them.
    pub(in crate::session) fn sweep(&self, now: Timestamp) -> Vec<Gone> {
        self.lock().visits.sweep(now)
    }
}

#[cfg(test)]
mod tests;
