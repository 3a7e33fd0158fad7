//! Attempts in the memory of this process.

mod greed;
mod turn;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::OptionFuture;
use jiff::Timestamp;
use tokio::sync::Notify;

use super::{HashedId, MEMORY_OF_THE_ENDED, Move, Stored, TABS};
use crate::domain::attempt::{Attempt, Stage};
use crate::domain::ids::Tab;
use crate::domain::session::after;
use greed::Greed;

/// Which part of all places one network's untouched forms may take before they are the first to make room.
const SHARE: usize = 100;

/// A bounded map of attempts. At its bound a visit makes room: of those that did nothing but open the form the one
/// touched longest ago, so that a flood of page views pushes nobody out who is signing in; and of these first one of the
/// network that has opened most, so that one client's page views push out its own.
#[derive(Debug, Clone)]
pub(super) struct MemoryAttempts {
    inner: Arc<Mutex<Inner>>,
}

type Visits = lru::LruCache<HashedId, VecDeque<Slot>>;

#[derive(Debug)]
struct Inner {
    /// Visits that did nothing but open the form.
    idle: Visits,
    /// From where these came.
    greed: Greed,
    /// Visits that are signing in.
    busy: Visits,
    attempts: usize,
    bound: usize,
}

#[derive(Debug)]
struct Slot {
    tab: Tab,
    attempt: Attempt,
    revision: u64,
    /// Wakes the requests that wait for the next revision; `None` while none waits. A `watch` channel would cost ten times as much, for each attempt.
    changed: Option<Arc<Notify>>,
    /// Held by the request that writes the attempt to a disk; `None` while none does.
    turn: Option<Arc<tokio::sync::Mutex<()>>>,
}

impl Drop for Slot {
    /// That it is gone is a change as well.
    fn drop(&mut self) {
        self.tells();
    }
}

/// An attempt that is kept no longer.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) visit: HashedId,
    pub(super) tab: Tab,
    pub(super) attempt: Attempt,
    /// Only its tokens are gone.
    is_kept: bool,
}

impl Gone {
    fn new(visit: HashedId, slot: &Slot) -> Self {
        let mut attempt = slot.attempt.clone();
        if slot.is_written() {
            // Whoever writes it has its tokens.
            attempt.stage = Stage::Finished { session: None };
        }
        Self {
            visit,
            tab: slot.tab,
            attempt,
            is_kept: false,
        }
    }
}

impl Slot {
    /// There is something new to see.
    fn revise(&mut self) {
        self.revision += 1;
        self.tells();
    }

    fn tells(&mut self) {
        if let Some(changed) = self.changed.take() {
            changed.notify_waiters();
        }
    }

    /// Whether somebody writes it to a disk at this moment.
    fn is_written(&self) -> bool {
        let turn = self.turn.as_ref();
        turn.is_some_and(|turn| turn.try_lock().is_err())
    }

    /// An approval whose time is over, as it was; only where it was going is kept.
    fn unclaimed(&mut self, now: Timestamp) -> Option<(Tab, Attempt)> {
        let is_over = self.attempt.has_tokens() && self.attempt.is_expired(now);
        if !is_over || self.is_written() {
            return None;
        }
        let unclaimed = self.attempt.clone();
        self.attempt.close();
        self.revise();
        Some((self.tab, unclaimed))
    }
}

/// The attempts alone.
pub(super) fn attempts(gone: Vec<Gone>) -> Vec<Attempt> {
    gone.into_iter().map(|gone| gone.attempt).collect()
}

impl MemoryAttempts {
    /// Keeps at most `bound` attempts.
    pub(super) fn new(bound: usize) -> Self {
        let inner = Inner {
            idle: Visits::unbounded(),
            greed: Greed::default(),
            busy: Visits::unbounded(),
            attempts: 0,
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
        self.slots(visit)?.iter_mut().find(|slot| slot.tab == *tab)
    }

    fn slots(&mut self, visit: HashedId) -> Option<&mut VecDeque<Slot>> {
        // Not `or_else`: the borrow checker cannot see that the first look-up is over when it found nothing.
        if self.busy.contains(&visit) {
            return self.busy.get_mut(&visit);
        }
        self.greed.looks(visit);
        self.idle.get_mut(&visit)
    }

    /// From now on this visit gives way only to others that are signing in.
    fn keep_busy(&mut self, visit: HashedId) {
        if let Some(slots) = self.idle.pop(&visit) {
            self.greed.leaves(visit);
            self.busy.put(visit, slots);
        }
    }

    fn open(&mut self, visit: HashedId, tab: &Tab, attempt: Attempt) -> Vec<Gone> {
        let mut gone = Vec::new();
        let network = attempt.facts.network;
        let slot = Slot {
            tab: *tab,
            attempt,
            revision: 0,
            changed: None,
            turn: None,
        };
        let home = if self.busy.contains(&visit) {
            &mut self.busy
        } else {
            self.greed.arrives(network, visit);
            &mut self.idle
        };
        // Most browsers have one tab here; room for more would cost each of them some KiB.
        let slots = home.get_or_insert_mut(visit, || VecDeque::with_capacity(1));
        slots.push_front(slot);
        self.attempts += 1;
        if slots.len() > TABS
            && let Some(oldest) = slots.pop_back()
        {
            gone.push(Gone::new(visit, &oldest));
            self.attempts -= 1;
        }
        while self.attempts > self.bound {
            let Some((visit, slots)) = self.makes_room() else {
                break;
            };
            self.attempts -= slots.len();
            gone.extend(slots.iter().map(|slot| Gone::new(visit, slot)));
        }
        gone
    }

    /// Who gives way at the bound.
    fn makes_room(&mut self) -> Option<(HashedId, VecDeque<Slot>)> {
        let greedy = self.greed.above((self.bound / SHARE).max(1));
        let idle = match greedy {
            Some(visit) => self.idle.pop_entry(&visit),
            None => self.idle.pop_lru(),
        };
        if let Some((visit, _)) = &idle {
            self.greed.leaves(*visit);
        }
        idle.or_else(|| self.busy.pop_lru())
    }

    fn replace(&mut self, visit: HashedId, tab: &Tab, expected: u64, attempt: Attempt) -> bool {
        let Some(slot) = self.slot(visit, tab) else {
            return false;
        };
        if slot.revision != expected {
            return false;
        }
        slot.attempt = attempt;
        slot.revise();
        self.keep_busy(visit);
        true
    }

    fn sweep(&mut self, now: Timestamp) -> Vec<Gone> {
        let mut gone = forget(&mut self.idle, now);
        for gone in &gone {
            if !self.idle.contains(&gone.visit) {
                self.greed.leaves(gone.visit);
            }
        }
        gone.extend(forget(&mut self.busy, now));
        self.attempts -= gone.iter().filter(|gone| !gone.is_kept).count();
        gone
    }
}

/// Forgets what ended long ago, and of what ended just now the tokens.
fn forget(visits: &mut Visits, now: Timestamp) -> Vec<Gone> {
    let (mut gone, mut empty) = (Vec::new(), Vec::new());
    for (visit, slots) in visits.iter_mut() {
        // Tokens are handed out before the attempt is forgotten, however late the sweep comes.
        let is_kept = |slot: &Slot| {
            now < after(slot.attempt.facts.expires, MEMORY_OF_THE_ENDED)
                || slot.attempt.has_tokens()
        };
        if !slots.iter().all(is_kept) {
            let (kept, ended): (VecDeque<_>, VecDeque<_>) =
                std::mem::take(slots).into_iter().partition(is_kept);
            *slots = kept;
            gone.extend(ended.iter().map(|slot| Gone::new(*visit, slot)));
        }
        let unclaimed = slots.iter_mut().filter_map(|slot| slot.unclaimed(now));
        gone.extend(unclaimed.map(|(tab, attempt)| Gone {
            visit: *visit,
            tab,
            attempt,
            is_kept: true,
        }));
        if slots.is_empty() {
            empty.push(*visit);
        }
    }
    for visit in empty {
        visits.pop(&visit);
    }
    gone
}

impl MemoryAttempts {
    /// Adds an attempt; answers what had to make room.
    pub(super) fn open(&self, visit: HashedId, tab: &Tab, attempt: Attempt) -> Vec<Gone> {
        self.lock().open(visit, tab, attempt)
    }

    pub(super) fn load(&self, visit: HashedId, tab: &Tab) -> Option<Stored> {
        let mut inner = self.lock();
        inner.slot(visit, tab).map(|slot| Stored {
            attempt: slot.attempt.clone(),
            revision: slot.revision,
        })
    }

    /// Whether nothing is left to prove.
    pub(super) fn is_finished(&self, visit: HashedId, tab: &Tab) -> bool {
        let mut inner = self.lock();
        let slot = inner.slot(visit, tab);
        slot.is_some_and(|slot| slot.attempt.stage.is_over())
    }

    pub(super) fn tabs(&self, visit: HashedId) -> Vec<Tab> {
        let mut inner = self.lock();
        let slots = inner.slots(visit);
        slots
            .map(|slots| slots.iter().map(|slot| slot.tab).collect())
            .unwrap_or_default()
    }

    /// Writes if the revision is still `expected`; answers whether it was.
    pub(super) fn replace(
        &self,
        visit: HashedId,
        tab: &Tab,
        expected: u64,
        attempt: Attempt,
    ) -> bool {
        self.lock().replace(visit, tab, expected, attempt)
    }

    /// Adds an attempt that somebody is signing in with already; answers what had to make room.
    pub(super) fn open_busy(&self, visit: HashedId, tab: &Tab, attempt: Attempt) -> Vec<Gone> {
        let mut inner = self.lock();
        inner.keep_busy(visit);
        if !inner.busy.contains(&visit) {
            inner.busy.put(visit, VecDeque::with_capacity(1));
        }
        inner.open(visit, tab, attempt)
    }

    /// Moves an attempt to another visit if its revision is still the expected one; answers what had to make room.
    pub(super) fn move_on(&self, to: Move<'_>) -> Option<Vec<Gone>> {
        let mut inner = self.lock();
        if !inner.replace(to.visit, to.tab, to.expected, to.left) {
            return None;
        }
        inner.busy.put(to.to, VecDeque::with_capacity(1));
        Some(inner.open(to.to, to.tab, to.attempt))
    }

    /// Completes when the attempt has another revision, or is gone. Small, because thousands wait.
    pub(super) fn changed(
        &self,
        visit: HashedId,
        tab: &Tab,
        revision: u64,
    ) -> impl Future<Output = ()> + use<> {
        let changed = self
            .lock()
            .slot(visit, tab)
            .filter(|slot| slot.revision == revision)
            // Made while nobody can change the slot, so that it misses no change.
            .map(|slot| Arc::clone(slot.changed.get_or_insert_default()).notified_owned());
        OptionFuture::from(changed).map(|_| ())
    }

    pub(super) fn count(&self) -> usize {
        self.lock().attempts
    }

    /// Forgets what ended long ago, and approvals whose time is over; answers what that was.
    pub(super) fn sweep(&self, now: Timestamp) -> Vec<Gone> {
        self.lock().sweep(now)
    }
}

#[cfg(test)]
mod tests;
