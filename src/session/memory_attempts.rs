//! Attempts in the memory of this process.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{Answer, AttemptStore, HashedId, Stored};
use crate::domain::attempt::Attempt;
use crate::domain::ids::Tab;
use crate::domain::session::after;

/// Attempts that one browser may have open; more tabs than people use.
const TABS: usize = 5;

/// How long an ended attempt is still known, so that its page can say so and keep the destination.
const MEMORY_OF_THE_ENDED: Duration = Duration::from_hours(1);

/// A bounded map of attempts. At its bound a visit makes room: of those that did nothing but open the form the one
/// touched longest ago, so that a flood of page views pushes nobody out who is signing in.
#[derive(Debug, Clone)]
pub struct MemoryAttempts {
    inner: Arc<Mutex<Inner>>,
}

type Visits = lru::LruCache<HashedId, VecDeque<Slot>>;

#[derive(Debug)]
struct Inner {
    /// Visits that did nothing but open the form.
    idle: Visits,
    /// Visits that are signing in.
    busy: Visits,
    attempts: usize,
    bound: usize,
}

#[derive(Debug)]
struct Slot {
    tab: Tab,
    attempt: Attempt,
    revision: watch::Sender<u64>,
}

impl MemoryAttempts {
    /// Keeps at most `bound` attempts.
    pub fn new(bound: usize) -> Self {
        let inner = Inner {
            idle: Visits::unbounded(),
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
        self.idle.get_mut(&visit)
    }

    /// From now on this visit gives way only to others that are signing in.
    fn keep_busy(&mut self, visit: HashedId) {
        if let Some(slots) = self.idle.pop(&visit) {
            self.busy.put(visit, slots);
        }
    }

    fn open(&mut self, visit: HashedId, tab: &Tab, attempt: Attempt) {
        let slot = Slot {
            tab: tab.clone(),
            attempt,
            revision: watch::Sender::new(0),
        };
        let home = if self.busy.contains(&visit) {
            &mut self.busy
        } else {
            &mut self.idle
        };
        // Most browsers have one tab here; room for more would cost each of them some KiB.
        let slots = home.get_or_insert_mut(visit, || VecDeque::with_capacity(1));
        slots.push_front(slot);
        self.attempts += 1;
        if slots.len() > TABS {
            slots.pop_back();
            self.attempts -= 1;
        }
        while self.attempts > self.bound {
            let Some((_, slots)) = self.idle.pop_lru().or_else(|| self.busy.pop_lru()) else {
                break;
            };
            self.attempts -= slots.len();
        }
    }

    fn sweep(&mut self, now: Timestamp) {
        self.attempts = kept(&mut self.idle, now) + kept(&mut self.busy, now);
    }
}

/// Forgets what ended long ago and counts what is left.
fn kept(visits: &mut Visits, now: Timestamp) -> usize {
    let mut gone = Vec::new();
    let mut kept = 0;
    for (visit, slots) in visits.iter_mut() {
        slots.retain(|slot| now < after(slot.attempt.facts.expires, MEMORY_OF_THE_ENDED));
        kept += slots.len();
        if slots.is_empty() {
            gone.push(*visit);
        }
    }
    for visit in gone {
        visits.pop(&visit);
    }
    kept
}

impl AttemptStore for MemoryAttempts {
    fn open<'a>(&'a self, visit: HashedId, tab: &'a Tab, attempt: Attempt) -> Answer<'a, ()> {
        async move {
            self.lock().open(visit, tab, attempt);
            Ok(())
        }
        .boxed()
    }

    fn load<'a>(&'a self, visit: HashedId, tab: &'a Tab) -> Answer<'a, Option<Stored>> {
        async move {
            let mut inner = self.lock();
            Ok(inner.slot(visit, tab).map(|slot| Stored {
                attempt: slot.attempt.clone(),
                revision: *slot.revision.borrow(),
            }))
        }
        .boxed()
    }

    fn tabs(&self, visit: HashedId) -> Answer<'_, Vec<Tab>> {
        async move {
            let mut inner = self.lock();
            let slots = inner.slots(visit);
            Ok(slots
                .map(|slots| slots.iter().map(|slot| slot.tab.clone()).collect())
                .unwrap_or_default())
        }
        .boxed()
    }

    fn replace<'a>(
        &'a self,
        visit: HashedId,
        tab: &'a Tab,
        expected: u64,
        attempt: Attempt,
    ) -> Answer<'a, bool> {
        async move {
            let mut inner = self.lock();
            let Some(slot) = inner.slot(visit, tab) else {
                return Ok(false);
            };
            if *slot.revision.borrow() != expected {
                return Ok(false);
            }
            slot.attempt = attempt;
            slot.revision.send_modify(|revision| *revision += 1);
            inner.keep_busy(visit);
            Ok(true)
        }
        .boxed()
    }

    fn changed<'a>(&'a self, visit: HashedId, tab: &'a Tab, revision: u64) -> Answer<'a, ()> {
        async move {
            let watched = self
                .lock()
                .slot(visit, tab)
                .map(|slot| slot.revision.subscribe());
            if let Some(mut watched) = watched {
                // An error means that the attempt was dropped, which is a change as well.
                let _ = watched.wait_for(|now| *now != revision).await;
            }
            Ok(())
        }
        .boxed()
    }

    fn count(&self) -> Answer<'_, usize> {
        async move { Ok(self.lock().attempts) }.boxed()
    }

    fn sweep(&self, now: Timestamp) -> Answer<'_, ()> {
        async move {
            self.lock().sweep(now);
            Ok(())
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;
    use crate::domain::attempt::{Destination, Rules};
    use crate::session::door::Door;

    fn attempt(now: Timestamp) -> Attempt {
        Attempt::new(
            Destination("https://portal.example.com/".to_owned()),
            Vec::new(),
            now,
            &Rules::default(),
        )
    }

    fn door() -> Door {
        Door::new(Arc::new(SystemEntropy))
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[tokio::test]
    async fn of_two_writers_at_one_revision_one_wins() {
        let (store, door) = (MemoryAttempts::new(10), door());
        let (visit, tab) = (Door::hash_visit(&door.new_visit()), door.new_tab());
        store.open(visit, &tab, attempt(NOW)).await.unwrap();
        let read = store.load(visit, &tab).await.unwrap().unwrap();
        assert!(
            store
                .replace(visit, &tab, read.revision, read.attempt.clone())
                .await
                .unwrap()
        );
        assert!(
            !store
                .replace(visit, &tab, read.revision, read.attempt)
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn sec_142_a_visit_keeps_five_tabs_the_newest_first() {
        let (store, door) = (MemoryAttempts::new(100), door());
        let visit = Door::hash_visit(&door.new_visit());
        let tabs: Vec<Tab> = (0..6).map(|_| door.new_tab()).collect();
        for tab in &tabs {
            store.open(visit, tab, attempt(NOW)).await.unwrap();
        }
        let kept = store.tabs(visit).await.unwrap();
        assert_eq!(kept, tabs.iter().skip(1).rev().cloned().collect::<Vec<_>>());
        assert_eq!(store.count().await.unwrap(), 5);
        assert!(store.load(visit, &tabs[0]).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn at_the_bound_the_visit_longest_untouched_makes_room() {
        let (store, door) = (MemoryAttempts::new(2), door());
        let visits: Vec<HashedId> = (0..3)
            .map(|_| Door::hash_visit(&door.new_visit()))
            .collect();
        let tab = door.new_tab();
        store.open(visits[0], &tab, attempt(NOW)).await.unwrap();
        store.open(visits[1], &tab, attempt(NOW)).await.unwrap();
        store.load(visits[0], &tab).await.unwrap();
        store.open(visits[2], &tab, attempt(NOW)).await.unwrap();
        assert!(store.load(visits[0], &tab).await.unwrap().is_some());
        assert!(store.load(visits[1], &tab).await.unwrap().is_none());
        assert_eq!(store.count().await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_flood_of_page_views_pushes_nobody_out_who_is_signing_in() {
        let (store, door) = (MemoryAttempts::new(3), door());
        let (visit, tab) = (Door::hash_visit(&door.new_visit()), door.new_tab());
        store.open(visit, &tab, attempt(NOW)).await.unwrap();
        let read = store.load(visit, &tab).await.unwrap().unwrap();
        assert!(
            store
                .replace(visit, &tab, read.revision, read.attempt)
                .await
                .unwrap()
        );
        for _ in 0..10 {
            let stranger = Door::hash_visit(&door.new_visit());
            store.open(stranger, &tab, attempt(NOW)).await.unwrap();
        }
        assert!(store.load(visit, &tab).await.unwrap().is_some());
        assert_eq!(store.count().await.unwrap(), 3);
    }

    #[tokio::test]
    async fn an_ended_attempt_is_known_for_an_hour_and_then_forgotten() {
        let (store, door) = (MemoryAttempts::new(10), door());
        let (visit, tab) = (Door::hash_visit(&door.new_visit()), door.new_tab());
        store.open(visit, &tab, attempt(NOW)).await.unwrap();
        store
            .sweep(after(NOW, Duration::from_mins(69)))
            .await
            .unwrap();
        assert_eq!(store.count().await.unwrap(), 1);
        store
            .sweep(after(NOW, Duration::from_mins(70)))
            .await
            .unwrap();
        assert_eq!(store.count().await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_change_wakes_whoever_waits_for_it() {
        let (store, door) = (MemoryAttempts::new(10), door());
        let (visit, tab) = (Door::hash_visit(&door.new_visit()), door.new_tab());
        store.open(visit, &tab, attempt(NOW)).await.unwrap();
        let read = store.load(visit, &tab).await.unwrap().unwrap();
        let waiter = {
            let (store, tab) = (store.clone(), tab.clone());
            tokio::spawn(async move { store.changed(visit, &tab, 0).await })
        };
        assert!(
            store
                .replace(visit, &tab, read.revision, read.attempt)
                .await
                .unwrap()
        );
        waiter.await.unwrap().unwrap();
    }
}
