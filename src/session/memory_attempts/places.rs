//! The visits, and which of them make room for others.

use std::collections::VecDeque;

use jiff::Timestamp;
use lru::LruCache;

use super::greed::Greed;
use super::slot::{Gone, Slot};
use crate::session::{HashedId, TABS, room};

/// The attempts of one visit, the newest first.
pub(super) type Slots = VecDeque<Slot>;

type Visits = LruCache<HashedId, Slots>;

/// In each list those longest untouched are first.
#[derive(Debug)]
pub(super) struct Places {
    /// Visits with which nobody is signing in.
    idle: Visits,
    /// From where these came.
    greed: Greed,
    /// Visits with which somebody is.
    under_way: Visits,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            idle: LruCache::unbounded(),
            greed: Greed::default(),
            under_way: LruCache::unbounded(),
        }
    }
}

impl Places {
    pub(super) fn get_mut(&mut self, visit: HashedId) -> Option<&mut Slots> {
        // Not `or_else`: the borrow checker cannot see that the first look-up is over when it found nothing.
        if self.under_way.contains(&visit) {
            return self.under_way.get_mut(&visit);
        }
        self.greed.looks(visit);
        self.idle.get_mut(&visit)
    }

    /// Adds an attempt to a visit; answers the one that is too many there.
    pub(super) fn add(&mut self, visit: HashedId, slot: Slot) -> Option<Slot> {
        let slots = if self.under_way.contains(&visit) {
            self.under_way.get_mut(&visit)?
        } else {
            self.greed.arrives(slot.attempt.facts.network, visit);
            // Most browsers have one tab here; room for more would cost each of them some KiB.
            self.idle
                .get_or_insert_mut(visit, || Slots::with_capacity(1))
        };
        slots.push_front(slot);
        let too_many = (slots.len() > TABS).then(|| slots.pop_back()).flatten();
        self.settle(visit);
        too_many
    }

    /// Puts a visit where it belongs, now that one of its attempts has changed.
    pub(super) fn settle(&mut self, visit: HashedId) {
        if self.idle.peek(&visit).is_some_and(is_under_way) {
            self.greed.leaves(visit);
            move_over(visit, &mut self.idle, &mut self.under_way);
        } else if let Some(slots) = self.under_way.peek(&visit)
            && !is_under_way(slots)
            && let Some(newest) = slots.front()
        {
            self.greed.arrives(newest.attempt.facts.network, visit);
            move_over(visit, &mut self.under_way, &mut self.idle);
        }
    }

    /// Who makes room where there is place for so many attempts; see [`room`].
    pub(super) fn give_way(&mut self, bound: usize) -> Option<(HashedId, Slots)> {
        let are_idle_first = self.idle.len() > room::kept_idle(bound) || self.under_way.is_empty();
        let idle = match self.greed.above(room::of_one_network(bound)) {
            Some(visit) => self.idle.pop_entry(&visit),
            None if are_idle_first => self.idle.pop_lru(),
            None => None,
        };
        if let Some((visit, _)) = &idle {
            self.greed.leaves(*visit);
        }
        idle.or_else(|| self.under_way.pop_lru())
    }

    /// Forgets what ended long ago, and of what ended just now the tokens.
    pub(super) fn sweep(&mut self, now: Timestamp) -> Vec<Gone> {
        let mut gone = forget(&mut self.idle, now);
        for gone in &gone {
            if !self.idle.contains(&gone.visit) {
                self.greed.leaves(gone.visit);
            }
        }
        gone.extend(forget(&mut self.under_way, now));
        self.demote_ended(now);
        gone
    }

    /// Nobody signs in any more with what has ended: it is the first idle one to make room.
    fn demote_ended(&mut self, now: Timestamp) {
        let has_ended = |slots: &Slots| slots.iter().all(|slot| slot.attempt.is_expired(now));
        let ended: Vec<HashedId> = self
            .under_way
            .iter()
            .filter(|(_, slots)| has_ended(slots))
            .map(|(visit, _)| *visit)
            .collect();
        for visit in ended {
            move_over(visit, &mut self.under_way, &mut self.idle);
            self.idle.demote(&visit);
        }
    }
}

fn is_under_way(slots: &Slots) -> bool {
    slots.iter().any(|slot| slot.attempt.is_under_way())
}

fn move_over(visit: HashedId, from: &mut Visits, to: &mut Visits) {
    if let Some(slots) = from.pop(&visit) {
        to.put(visit, slots);
    }
}

fn forget(visits: &mut Visits, now: Timestamp) -> Vec<Gone> {
    let (mut gone, mut empty) = (Vec::new(), Vec::new());
    for (visit, slots) in visits.iter_mut() {
        if !slots.iter().all(|slot| slot.is_kept(now)) {
            let (kept, ended): (Slots, Slots) = std::mem::take(slots)
                .into_iter()
                .partition(|slot| slot.is_kept(now));
            *slots = kept;
            gone.extend(ended.iter().map(|slot| Gone::new(*visit, slot)));
        }
        gone.extend(
            slots
                .iter_mut()
                .filter_map(|slot| slot.unclaimed(*visit, now)),
        );
        if slots.is_empty() {
            empty.push(*visit);
        }
    }
    for visit in empty {
        visits.pop(&visit);
    }
    gone
}
