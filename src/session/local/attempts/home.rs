//! The visits of one kind: idle, under way, or ended.

use std::collections::VecDeque;

use jiff::Timestamp;
use lru::LruCache;

use super::slot::{Gone, Slot};
use super::visits_by_network::VisitsByNetwork;
use crate::session::{HashedId, making_room};

/// The attempts of one visit, newest first.
pub(super) type Slots = VecDeque<Slot>;

/// Visits, least recently touched first.
#[derive(Debug)]
pub(super) struct Home {
    visits: LruCache<HashedId, Slots>,
    /// The networks they came from.
    by_network: VisitsByNetwork,
    /// How many attempts the visits have.
    attempts: usize,
}

impl Default for Home {
    fn default() -> Self {
        Self {
            visits: LruCache::unbounded(),
            by_network: VisitsByNetwork::default(),
            attempts: 0,
        }
    }
}

impl Home {
    pub(super) fn attempts(&self) -> usize {
        self.attempts
    }

    pub(super) fn has(&self, visit: HashedId) -> bool {
        self.visits.contains(&visit)
    }

    pub(super) fn peek(&self, visit: HashedId) -> Option<&Slots> {
        self.visits.peek(&visit)
    }

    pub(super) fn get_mut(&mut self, visit: HashedId) -> Option<&mut Slots> {
        self.by_network.looks(visit);
        self.visits.get_mut(&visit)
    }

    pub(super) fn put(&mut self, visit: HashedId, slots: Slots) {
        if let Some(oldest) = slots.back() {
            let network = oldest.attempt.facts.network;
            self.by_network.arrives(network, visit, slots.len());
        }
        self.attempts += slots.len();
        self.visits.put(visit, slots);
    }

    pub(super) fn take(&mut self, visit: HashedId) -> Option<Slots> {
        let slots = self.visits.pop(&visit)?;
        self.by_network.leaves(visit);
        self.attempts -= slots.len();
        Some(slots)
    }

    /// The next visit to be evicted of a network that has more than its share of `bound`.
    pub(super) fn greedy(&self, bound: usize) -> Option<HashedId> {
        self.by_network.above(making_room::of_one_network(bound))
    }

    pub(super) fn oldest(&self) -> Option<HashedId> {
        let (visit, _) = self.visits.peek_lru()?;
        Some(*visit)
    }

    /// How many attempts are in progress.
    pub(super) fn in_progress(&self, now: Timestamp) -> usize {
        let slots = self.visits.iter().flat_map(|(_, slots)| slots);
        slots.filter(|slot| slot.is_in_progress(now)).count()
    }

    /// The visits whose attempts are all only remembered.
    pub(super) fn remembered(&self, now: Timestamp) -> Vec<HashedId> {
        self.those(|slots| slots.iter().all(|slot| slot.is_remembered(now)))
    }

    fn those(&self, are: impl Fn(&Slots) -> bool) -> Vec<HashedId> {
        let found = self.visits.iter().filter(|(_, slots)| are(slots));
        found.map(|(visit, _)| *visit).collect()
    }

    /// Removes attempts that ended long ago, and takes the tokens out of those that have just ended.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Gone> {
        let mut gone = Vec::new();
        let is_shrinking = |slots: &Slots| !slots.iter().all(|slot| slot.is_kept(now));
        for visit in self.those(is_shrinking) {
            let (kept, ended): (Slots, Slots) = self
                .take(visit)
                .unwrap_or_default()
                .into_iter()
                .partition(|slot| slot.is_kept(now));
            gone.extend(ended.iter().map(|slot| Gone::new(visit, slot)));
            if !kept.is_empty() {
                self.put(visit, kept);
            }
        }
        // Tokens are taken out first; a later sweep removes the attempt.
        for (visit, slots) in &mut self.visits {
            let unclaimed = slots.iter_mut().filter_map(|slot| slot.unclaimed(*visit, now));
            gone.extend(unclaimed);
        }
        gone
    }
}
